"""The walk of the wiring rules: from a stream or side packet back to what makes its packets."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules.forwarding import SHIFTS_TIME, Entry
from mediapipe_anchors.graph.rules.ways import (
    Condition,
    Conditions,
    Station,
    possible,
    ways_to,
)

MAX_VISITS = 50  # of one stream, under other conditions each; past them a walk forgets these

OTHER_TIME = -1
MAX_LOOPS = 3  # within each other; beyond them, times are not compared

MAKES_NO_LABELS = ("LandmarksToDetectionCalculator", "TensorsToDetectionsCalculator")


@dataclasses.dataclass(frozen=True)
class Arrival:
    """An output that packets come from.

    Attributes:
        station: the node, or None where they come from outside the graph.
        tag: of the node's output.
        name: of the stream or side packet.
        conditions: on which they arrive.
        clock: 0 if they arrive at the time at which they left, above 0 if they left within so many
            loops, `OTHER_TIME` if at another time.
        is_origin: nothing comes to them by a way that the walk knows.
    """

    station: Station | None
    tag: str
    name: str
    conditions: Conditions
    clock: int
    is_origin: bool

    @property
    def calculator(self) -> str:
        """What the node runs; "" outside the graph."""
        return "" if self.station is None else self.station.node.calculator


class _State(NamedTuple):
    name: str
    conditions: Conditions = frozenset()
    clock: int = 0


class Wiring:
    """A graph's nodes, and which of them makes a stream or side packet."""

    def __init__(self, graph: Graph) -> None:
        self.folder = Path() if graph.path is None else graph.path.parent
        self.stations = [Station.of(node) for node in graph.nodes]
        self._streams = {out.name: (s, out) for s in self.stations for out in s.outputs}
        self._side_packets = {out.name: (s, out) for s in self.stations for out in s.side_outputs}
        self._labels: dict[str, bool] = {}

    def sources(
        self,
        name: str,
        *,
        side_packet: bool = False,
        stop: Collection[str] = (),
        after: Arrival | None = None,
        depends: bool = False,
    ) -> Iterator[Arrival]:
        """What makes a stream or side packet, what comes to that by forwarding, and so on.

        Args:
            name: of the stream or side packet.
            side_packet: whether it is one.
            stop: calculators to which nothing comes, as far as the caller is concerned.
            after: an arrival that this one leads to; its conditions hold, too.
            depends: go on to what is not forwarded, but without which there is nothing.
        """
        makers = self._side_packets if side_packet else self._streams
        first = _State(name) if after is None else _State(name, after.conditions, after.clock)
        pending: list[_State] = [first]
        seen: set[_State] = set()
        visits: collections.Counter[str] = collections.Counter()
        while pending:
            state = pending.pop()
            if visits[state.name] >= MAX_VISITS:
                state = state._replace(conditions=frozenset())
            if state in seen:
                continue
            seen.add(state)
            visits[state.name] += 1
            if state.name not in makers:
                yield Arrival(None, "", *state, is_origin=True)
                continue
            station, output = makers[state.name]
            stops = station.node.calculator in stop
            found = ways_to(station, output, side_packet=side_packet, depends=depends)
            ways = [] if stops else list(found)
            pending += self._before(station, state, ways)
            yield Arrival(station, output.tag, *state, is_origin=not ways)

    def starts(self, name: str, after: Arrival | None = None) -> list[Conditions]:
        """The conditions on which a stream has packets at all, for each of its origins."""
        arrivals = self.sources(name, after=after, depends=True)
        return [arrival.conditions for arrival in arrivals if arrival.is_origin]

    def _before(
        self, station: Station, state: _State, ways: list[tuple[Entry, Condition | None]]
    ) -> Iterator[_State]:
        calculator = station.node.calculator
        clock = _clock_before(calculator, state.clock)
        for source, condition in ways:
            conditions = state.conditions
            if condition is not None and (clock == 0 or not condition.is_stream):
                conditions |= {condition}
            filtered = calculator == "FilterDetectionCalculator" and not self._has_labels(source)
            if possible(conditions) and not filtered:
                yield _State(source.name, conditions, clock)

    def _has_labels(self, entry: Entry) -> bool:
        """Whether detections may have labels in words; the others FilterDetection drops."""
        if entry.name not in self._labels:
            self._labels[entry.name] = True  # until known: streams may go round in circles
            self._labels[entry.name] = any(
                arrival.calculator == "DetectionLabelIdToTextCalculator"
                or (arrival.is_origin and arrival.calculator not in MAKES_NO_LABELS)
                for arrival in self.sources(entry.name)
            )
        return self._labels[entry.name]


def _clock_before(calculator: str, clock: int) -> int:
    """The clock of what comes to a node, from that of what comes out of it."""
    if calculator in SHIFTS_TIME or clock == OTHER_TIME:
        return OTHER_TIME
    if calculator.startswith("EndLoop"):
        return clock + 1 if clock < MAX_LOOPS else OTHER_TIME
    if calculator.startswith("BeginLoop"):
        return max(clock - 1, 0)
    return clock
