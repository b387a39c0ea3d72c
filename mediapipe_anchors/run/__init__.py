"""Runs a MediaPipe graph: `run_graph` for images at hand, `GraphRunner` for a stream."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, overload

from mediapipe_anchors.errors import GraphRunError, check_kind
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.run.backends import Session, open_session
from mediapipe_anchors.run.inputs import (
    check_frame,
    check_names,
    check_timestamp,
    frame_interval,
    frames_of,
    next_time,
    times_of,
)
from mediapipe_anchors.run.result import GraphResult, by_timestamp, settle


class GraphRunner:
    """A graph kept open over frames: `process` each, then `close`, or use it in a `with` block.

    Args:
        graph: a path (.pbtxt or .binarypb), the text or bytes of a graph, a `CalculatorGraphConfig`
            message, or a `Graph`. Relative paths of models resolve beside the graph's file (for a
            graph without file: in the working directory), then in the mediapipe package.
        backend: "mediapipe", or "auto" for the best one there is.
        side_packets: {side packet: value}.
        outputs: names of the streams to return, of the graph's inner ones too; default: its output
            streams.
        packet_types: {stream or side packet: packet type}, where the type should not follow from
            the value; see `mediapipe_anchors.run.packets` for what becomes what.
        fps: frames a second, for the timestamps of frames that are processed without one.
        warn: codes of rules of `lint` that are to give a `GraphWarning` instead of an error. The
            graph then reaches MediaPipe, whatever that does.

    Attributes:
        input_streams: names of the graph's input streams.
        output_streams: names of the streams that are returned.

    Raises:
        OptionsError: options on which MediaPipe would abort the process, hang, or read out of
            bounds; `.code` is that of the rule.
        GraphError: the graph cannot be read.
        GraphRunError: MediaPipe refuses the graph, a side packet or a name; holds MediaPipe's text.
        MissingExtraError: mediapipe is not installed.

    Warns:
        GraphWarning: options with which MediaPipe runs, but likely not as meant.
    """

    def __init__(
        self,
        graph: Any,
        *,
        backend: str = "auto",
        side_packets: Mapping[str, Any] | None = None,
        outputs: Sequence[str] | str | None = None,
        packet_types: Mapping[str, str] | None = None,
        fps: float = 30.0,
        warn: Collection[str] | str = (),
    ) -> None:
        self._interval = frame_interval(fps)
        self._last_timestamp: int | None = None
        self._lock = threading.Lock()
        for name, value in (("side_packets", side_packets), ("packet_types", packet_types)):
            check_kind(name, {} if value is None else value, Mapping)
        names = [outputs] if isinstance(outputs, str) else outputs
        check_names("outputs", [] if names is None else names)
        self._session: Session | None = open_session(
            backend, Graph.read(graph), side_packets or {}, names, packet_types or {}, warn
        )
        self.input_streams = self._session.input_streams
        self.output_streams = self._session.output_streams

    def process(self, inputs: Mapping[str, Any], *, timestamp: int | None = None) -> GraphResult:
        """Run the graph on one frame and return what it sent, without waiting for more to come.

        Args:
            inputs: {stream: value}. A stream that is left out, or whose value is None, has nothing
                at this time; the graph is told so and does not wait for it.
            timestamp: microseconds, above those of the frames before; default: one frame interval
                on.

        Raises:
            GraphRunError: a value that fits no packet, a stream the graph does not have, a
                timestamp that does not increase, or an error inside the graph, with MediaPipe's
                text.
        """
        with self._lock:
            session = self._opened()
            check_frame(inputs, session.input_streams)
            time = self._next_timestamp() if timestamp is None else timestamp
            time = check_timestamp(time, self._last_timestamp)
            emitted = session.send(time, inputs)
            self._last_timestamp = time
            return GraphResult(time, self.output_streams, emitted)

    def finish(self) -> list[GraphResult]:
        """End the input, wait for the graph to end, and close; one result a timestamp.

        Returns what the graph had not sent before.

        A graph without input streams runs here, from its start to its end.
        """
        try:
            with self._lock:
                emitted = self._opened().finish()
        finally:
            self.close()
        return by_timestamp(self.output_streams, emitted)

    def close(self) -> None:
        """Stop the graph and free it; what it has not sent is lost. Closing twice is no error."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    @property
    def closed(self) -> bool:
        """Whether the graph has been closed."""
        return self._session is None

    def __enter__(self) -> GraphRunner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except GraphRunError:
            if error is None:  # else the first error is the one to see
                raise

    def _opened(self) -> Session:
        if self._session is None:
            raise GraphRunError("this GraphRunner is closed; open a new one")
        failure = self._session.failure
        if failure is not None:
            raise GraphRunError(f"open a new GraphRunner: this graph has failed: {failure}")
        return self._session

    def _next_timestamp(self) -> int:
        return 0 if self._last_timestamp is None else self._last_timestamp + self._interval


@overload
def run_graph(
    graph: Any,
    inputs: Mapping[str, Any],
    *,
    backend: str = ...,
    side_packets: Mapping[str, Any] | None = ...,
    outputs: Sequence[str] | str | None = ...,
    packet_types: Mapping[str, str] | None = ...,
    timestamps: Iterable[int] | None = ...,
    fps: float = ...,
    warn: Collection[str] | str = ...,
) -> GraphResult: ...


@overload
def run_graph(
    graph: Any,
    inputs: Iterable[Mapping[str, Any]],
    *,
    backend: str = ...,
    side_packets: Mapping[str, Any] | None = ...,
    outputs: Sequence[str] | str | None = ...,
    packet_types: Mapping[str, str] | None = ...,
    timestamps: Iterable[int] | None = ...,
    fps: float = ...,
    warn: Collection[str] | str = ...,
) -> list[GraphResult]: ...


def run_graph(
    graph: Any,
    inputs: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    *,
    backend: str = "auto",
    side_packets: Mapping[str, Any] | None = None,
    outputs: Sequence[str] | str | None = None,
    packet_types: Mapping[str, str] | None = None,
    timestamps: Iterable[int] | None = None,
    fps: float = 30.0,
    warn: Collection[str] | str = (),
) -> GraphResult | list[GraphResult]:
    """Run a graph on one frame or on several, to its end.

    Args:
        graph: as for `GraphRunner`.
        inputs: a mapping {stream: value} is one frame and gives one `GraphResult`; an iterable of
            such mappings is several frames of one stream and gives a list, one result a frame. A
            list inside a mapping is a value, never several frames. What the graph sends for a frame
            later on, or when it ends, is filed with that frame. For a graph without input streams,
            `{}` gives its first result (the rest in `.others`) and `[]` all of them, one a
            timestamp.
        timestamps: one a frame, in microseconds, increasing; default: 0 and on, by `fps`.
        backend: as for `GraphRunner`.
        side_packets: as for `GraphRunner`.
        outputs: as for `GraphRunner`.
        packet_types: as for `GraphRunner`.
        fps: as for `GraphRunner`.
        warn: as for `GraphRunner`.

    Raises:
        what `GraphRunner` and its `process` raise.

    Example:
        result = run_graph("face.pbtxt", {"image": image})
        boxes = result["detections"].boxes
    """
    single = isinstance(inputs, Mapping)
    frames: Iterable[Any] = [inputs] if single else inputs
    with GraphRunner(
        graph,
        backend=backend,
        side_packets=side_packets,
        outputs=outputs,
        packet_types=packet_types,
        fps=fps,
        warn=warn,
    ) as runner:
        if runner.input_streams:
            results = _run_frames(runner, frames, timestamps)
        else:
            results = runner.finish()
            if single:
                results = _first(results, runner.output_streams)
    return results[0] if single else results


def _run_frames(
    runner: GraphRunner, frames: Iterable[Any], timestamps: Iterable[int] | None
) -> list[GraphResult]:
    times = None if timestamps is None else times_of(timestamps)
    results: list[GraphResult] = []
    for inputs in frames_of(frames):
        results.append(runner.process(inputs, timestamp=next_time(times, len(results))))
    late = [packet for result in runner.finish() for packet in result.emitted()]
    if results:
        results[-1].others += late
    settle(results)
    return results


def _first(results: list[GraphResult], streams: Iterable[str]) -> list[GraphResult]:
    """One result: the first, with the packets of the others in `.others`."""
    if not results:
        return [GraphResult(0, streams)]
    results[0].others = [packet for result in results[1:] for packet in result.emitted()]
    return results[:1]
