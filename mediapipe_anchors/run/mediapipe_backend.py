"""Runs graphs on mediapipe: the session behind `GraphRunner`."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from mediapipe_anchors.errors import GraphRunError
from mediapipe_anchors.graph import Graph, stream_name
from mediapipe_anchors.graph.checks import GraphCheck
from mediapipe_anchors.run.detection_layout import UNKNOWN_LAYOUT, detection_layouts
from mediapipe_anchors.run.image_takers import image_takers, side_packet_key
from mediapipe_anchors.run.mediapipe_api import load_mediapipe
from mediapipe_anchors.run.model_paths import resolve_model_paths
from mediapipe_anchors.run.packet_images import check_image, images_in
from mediapipe_anchors.run.packet_values import read_packet, type_name
from mediapipe_anchors.run.packets import check_packet_types, make_packet
from mediapipe_anchors.run.result import Emitted
from mediapipe_anchors.run.side_packets import SidePacketNeeds
from mediapipe_anchors.run.validation import expanded_graph, mediapipe_errors, validate

_Result = TypeVar("_Result")

GRACE_SECONDS = 5.0  # how long closing waits for a frame that Ctrl-C has interrupted

_abandoned: list[Any] = []  # graphs still at work: freeing one would wait for its threads


def open_graph(
    graph: Graph,
    side_packets: Mapping[str, Any],
    outputs: Sequence[str] | None,
    packet_types: Mapping[str, str],
    warn: Collection[str] | str,
) -> MediaPipeSession:
    """Check the graph, give it to mediapipe, and start it."""
    api = load_mediapipe()
    checking = GraphCheck(warn)
    checking.check(graph)
    located = resolve_model_paths(graph, api.package_dir)
    validated = validate(located)
    expanded = expanded_graph(validated)
    checking.check(expanded)  # subgraphs take options from their callers
    return MediaPipeSession(validated, expanded, side_packets, outputs, packet_types)


class MediaPipeSession:
    """A started graph; `expanded` is that of `validated`, with nodes in place of subgraphs."""

    def __init__(
        self,
        validated: Any,
        expanded: Graph,
        side_packets: Mapping[str, Any],
        outputs: Sequence[str] | None,
        packet_types: Mapping[str, str],
    ) -> None:
        streams, side_names = _stream_names(expanded), _free_side_packets(expanded)
        check_packet_types(packet_types, streams | side_names)
        self._packet_types = packet_types
        self._takers = image_takers(expanded)
        self.input_streams = tuple(map(stream_name, expanded.input_streams))
        self.output_streams = _choose_outputs(expanded, streams, outputs)
        self._layouts = detection_layouts(expanded)
        self._needs = SidePacketNeeds(expanded)
        self._registered = {
            name: _registered(validated.registered_stream_type_name, name)
            for name in self.input_streams
        }
        self._emitted: list[tuple[str, Any]] = []  # filled by mediapipe's threads
        self._pending: concurrent.futures.Future[Any] | None = None
        self.failure: GraphRunError | None = None
        sides = self._side_packets(
            side_packets, side_names, validated.registered_side_packet_type_name
        )
        with mediapipe_errors():
            self._graph: Any = load_mediapipe().calculator_graph(validated_graph_config=validated)
        try:
            self._start(sides)
        except BaseException:
            self.close()
            raise

    def _start(self, side_packets: dict[str, Any]) -> None:
        with self._errors():
            for name in self.output_streams:
                self._graph.observe_output_stream(name, _receiver(self._emitted))
            self._wait(self._graph.start_run, side_packets)
            if self.input_streams:  # else the graph may run on for long, until finish()
                self._wait(self._graph.wait_until_idle)

    def send(self, timestamp: int, values: Mapping[str, Any]) -> list[Emitted]:
        """Put a value on each stream, and return when the graph has nothing more to do."""
        packets = {name: self._packet(name, values.get(name)) for name in self.input_streams}
        with self._errors():
            self._wait(_run_frame, self._graph, packets, timestamp)
        return self._take_emitted()

    def finish(self) -> list[Emitted]:
        """End the input streams and wait until the graph, its own sources too, has ended."""
        with self._errors():
            for name in self.input_streams:
                self._graph.close_input_stream(name)
            self._wait(self._graph.wait_until_done)
        return self._take_emitted()

    def close(self) -> None:
        """Stop the graph; one still at work `GRACE_SECONDS` after a Ctrl-C is left to itself."""
        interrupted = self._pending
        known_error = self.failure is not None or interrupted is not None
        if interrupted is not None:
            _abandoned.append(self._graph)  # a second Ctrl-C may end this wait too
            concurrent.futures.wait([interrupted], GRACE_SECONDS)
            if not interrupted.done():
                return
            _abandoned.remove(self._graph)
        try:
            with self._errors():
                self._wait(self._graph.close)
        except GraphRunError:
            if not known_error:
                raise

    def _take_emitted(self) -> list[Emitted]:
        emitted = self._emitted.copy()
        self._emitted.clear()
        return [
            Emitted(
                name,
                packet.timestamp.value,
                read_packet(packet, self._layouts.get(name, UNKNOWN_LAYOUT)),
            )
            for name, packet in emitted
        ]

    def _side_packets(
        self, values: Mapping[str, Any], known: set[str], type_of: Callable[[str], str]
    ) -> dict[str, Any]:
        packets = {}
        for name, value in values.items():
            if name not in known:
                names = ", ".join(sorted(known)) or "none: the graph takes no side packet"
                raise GraphRunError(field="side_packets", value=name, expected=names)
            packet_type, registered = self._packet_types.get(name), _registered(type_of, name)
            label = f"side_packets[{name!r}]"
            packet = make_packet(label, value, packet_type=packet_type, registered=registered)
            self._check_images(label, packet, side_packet_key(name))
            self._needs.check(label, name, packet)
            packets[name] = packet
        return packets

    def _packet(self, stream: str, value: Any) -> Any:
        if value is None:
            return load_mediapipe().packet()  # an empty packet settles its timestamp
        packet_type, registered = self._packet_types.get(stream), self._registered[stream]
        label = f"inputs[{stream!r}]"
        packet = make_packet(label, value, packet_type=packet_type, registered=registered)
        self._check_images(label, packet, stream)
        return packet

    def _check_images(self, label: str, packet: Any, key: str) -> None:
        for image in images_in(packet, type_name(packet)):
            check_image(label, image, self._takers.get(key, ()))

    def _wait(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call mediapipe so that Ctrl-C ends the wait: a signal does not interrupt its C++."""
        if threading.current_thread() is not threading.main_thread():
            return function(*arguments)
        future: concurrent.futures.Future[_Result] = concurrent.futures.Future()
        self._pending = future
        # A daemon, so that a frame without end does not keep the process alive.
        threading.Thread(target=_settle, args=(future, function, arguments), daemon=True).start()
        result = future.result()
        self._pending = None
        return result

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with mediapipe_errors():
                yield
        except GraphRunError as error:
            self.failure, self._pending = self.failure or error, None
            raise


def _run_frame(graph: Any, packets: dict[str, Any], timestamp: int) -> None:
    for name, packet in packets.items():
        graph.add_packet_to_input_stream(name, packet.at(timestamp))
    graph.wait_until_idle()


def _settle(
    future: concurrent.futures.Future[Any], function: Callable[..., Any], arguments: Any
) -> None:
    try:
        future.set_result(function(*arguments))
    except BaseException as error:
        future.set_exception(error)


def _receiver(emitted: list[tuple[str, Any]]) -> Callable[[str, Any], None]:
    """The callback for an output stream. It must never raise: that would end the process."""

    def receive(stream: str, packet: Any) -> None:
        emitted.append((stream, packet))

    return receive


def _registered(type_of: Callable[[str], str], name: str) -> str | None:
    """The C++ type that calculators have declared for a stream or side packet, if any."""
    try:
        return type_of(name)
    except Exception:  # mediapipe has no other way to say that the type is open
        return None


def _stream_names(graph: Graph) -> set[str]:
    entries = [entry for node in graph.nodes for entry in node.output_streams]
    return {stream_name(entry) for entry in [*entries, *graph.input_streams]}


def _free_side_packets(graph: Graph) -> set[str]:
    """The side packets that no node makes."""
    made = {stream_name(entry) for node in graph.nodes for entry in node.output_side_packets}
    used = {stream_name(entry) for node in graph.nodes for entry in node.input_side_packets}
    return (used | set(map(stream_name, graph.input_side_packets))) - made


def _choose_outputs(
    graph: Graph, streams: set[str], outputs: Sequence[str] | None
) -> tuple[str, ...]:
    chosen = list(map(stream_name, graph.output_streams)) if outputs is None else list(outputs)
    names = ", ".join(sorted(streams))
    if not chosen:
        raise GraphRunError(
            field="outputs",
            value=outputs,
            expected="a stream, since the graph names no output stream",
            fix=f"pass outputs=[...] with some of {names}",
        )
    for name in chosen:
        if name not in streams:
            raise GraphRunError(
                field="outputs", value=name, expected=f"streams of the graph: {names}"
            )
    return tuple(dict.fromkeys(chosen))
