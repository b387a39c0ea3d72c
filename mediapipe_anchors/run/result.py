"""What a graph sent: for one frame (`GraphResult`), and how the parts of a run are put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Emitted(NamedTuple):
    """What a graph sent on one of its streams: `timestamp` in microseconds."""

    stream: str
    timestamp: int
    value: Any


class GraphResult(dict[str, Any]):
    """{stream: value} of one frame; the value is None where the graph sent nothing for this frame.

    Attributes:
        timestamp: the frame's time in microseconds.
        others: what the graph sent for other times while it worked on this frame, in the order it
            came: graphs may lag behind, and send headers before or summaries after the frames.
    """

    def __init__(
        self, timestamp: int, streams: Iterable[str], emitted: Iterable[Emitted] = ()
    ) -> None:
        super().__init__(dict.fromkeys(streams))
        self.timestamp = timestamp
        self.others: list[Emitted] = []
        for packet in emitted:
            if packet.timestamp == timestamp:
                self[packet.stream] = packet.value
            else:
                self.others.append(packet)

    @property
    def missing(self) -> tuple[str, ...]:
        """The streams on which the graph sent nothing for this frame."""
        return tuple(stream for stream, value in self.items() if value is None)

    def emitted(self) -> Iterator[Emitted]:
        """What the graph sent for this frame."""
        for stream, value in self.items():
            if value is not None:
                yield Emitted(stream, self.timestamp, value)


def by_timestamp(streams: Iterable[str], emitted: list[Emitted]) -> list[GraphResult]:
    """One result for each timestamp of `emitted`, in the order of time."""
    results = {
        time: GraphResult(time, streams)
        for time in sorted({packet.timestamp for packet in emitted})
    }
    for packet in emitted:
        results[packet.timestamp][packet.stream] = packet.value
    return list(results.values())


def settle(results: list[GraphResult]) -> None:
    """Move what came during one frame for another into the result of that other frame."""
    by_time = {result.timestamp: result for result in results}
    for result in results:
        others, result.others = result.others, []
        for packet in others:
            if packet.timestamp in by_time:
                by_time[packet.timestamp][packet.stream] = packet.value
            else:
                result.others.append(packet)
