"""Runs MediaPipe graphs to their end: built node by node, or as text."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import mediapipe
import numpy as np
from google.protobuf.message import Message
from mediapipe.framework import calculator_pb2
from mediapipe.framework.formats import landmark_pb2
from mediapipe.python import packet_creator
from mediapipe.python._framework_bindings import calculator_graph, resource_util
from mediapipe.util import render_data_pb2

# What MediaPipe's Python binding turns a failed status into.
_STATUS_ERRORS = (RuntimeError, ValueError, LookupError, OSError, NotImplementedError)


class StockError(Exception):
    """MediaPipe returned an error status; the text is its own."""


@contextlib.contextmanager
def status_errors() -> Iterator[None]:
    """Turns what MediaPipe's Python raises for a failed status into `StockError`."""
    try:
        yield
    except _STATUS_ERRORS as error:
        raise StockError(str(error)) from None


class GraphBuilder:
    """A graph config under construction."""

    def __init__(self) -> None:
        # One thread, so that a run is cheap and its order is fixed.
        self.config = calculator_pb2.CalculatorGraphConfig(num_threads=1)
        self.side_packets: dict[str, Any] = {}

    def node(
        self,
        calculator: str,
        *,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        side_inputs: Sequence[str] = (),
        side_outputs: Sequence[str] = (),
        options: Message | None = None,
    ) -> None:
        """Add a node; `options` is one of MediaPipe's calculator option messages."""
        node = self.config.node.add(
            calculator=calculator,
            input_stream=inputs,
            output_stream=outputs,
            input_side_packet=side_inputs,
            output_side_packet=side_outputs,
        )
        if options is not None:
            node.options.Extensions[type(options).ext].CopyFrom(options)

    def input_stream(self, name: str) -> str:
        self.config.input_stream.append(name)
        return name

    def side_packet(self, name: str, packet: Any) -> str:
        self.config.input_side_packet.append(name)
        self.side_packets[name] = packet
        return name

    def run(
        self, packets: Iterable[tuple[str, Any]], outputs: Sequence[str]
    ) -> dict[str, list[Any]]:
        """Feed (stream, packet) pairs in order, close the graph, return each output's packets."""
        received: dict[str, list[Any]] = {name: [] for name in outputs}
        with status_errors():
            graph = calculator_graph.CalculatorGraph(graph_config=self.config)
            for name in outputs:
                graph.observe_output_stream(
                    name, lambda name, packet: received[name].append(packet)
                )
            graph.start_run(self.side_packets)
            for name, packet in packets:
                graph.add_packet_to_input_stream(name, packet)
            graph.close_all_packet_sources()
            graph.wait_until_done()
        return received


def stock_run_graph(text: str, frames: int = 1) -> None:
    """Run a graph of text; its inputs get the samples that have their names, once a frame."""
    resource_util.set_resource_dir(str(Path(mediapipe.__file__).parents[1]))
    with status_errors():
        graph = calculator_graph.CalculatorGraph(graph_config=text)
        graph.start_run()
        for timestamp in range(frames):
            for name, packet in sample_packets(text):
                graph.add_packet_to_input_stream(name, packet.at(timestamp))
            graph.wait_until_idle()
        graph.close_all_packet_sources()
        graph.wait_until_done()


def sample_packets(text: str) -> Iterator[tuple[str, Any]]:
    """The samples for the inputs of a graph of text that have their names."""
    for name, make in _SAMPLES.items():
        if f'input_stream: "{name}"' in text:
            yield name, make()


def _photograph() -> Any:
    from skimage import data

    return packet_creator.create_image_frame(
        np.ascontiguousarray(data.astronaut()), image_format=mediapipe.ImageFormat.SRGB
    )


def _image() -> Any:
    return mediapipe.Image(mediapipe.ImageFormat.SRGB, np.zeros((8, 8, 3), np.uint8))


def _nine_landmarks() -> Any:
    landmarks = [landmark_pb2.NormalizedLandmark(x=i / 9, y=i / 18, z=0) for i in range(9)]
    return packet_creator.create_proto(landmark_pb2.NormalizedLandmarkList(landmark=landmarks))


def _drawing() -> Any:
    drawing = render_data_pb2.RenderData()
    rectangle = drawing.render_annotations.add().rectangle
    rectangle.normalized, rectangle.right, rectangle.bottom = True, 0.5, 0.5
    return packet_creator.create_proto(drawing)


def _matrix() -> Any:
    return packet_creator.create_matrix(np.arange(24, dtype=np.float32).reshape(4, 6))


_FLAGS = itertools.cycle([True, False])

_SAMPLES: dict[str, Callable[[], Any]] = {
    "image": _photograph,
    "landmarks_in": _nine_landmarks,
    "matrix_in": _matrix,
    "images_in": lambda: packet_creator.create_image_vector([_image()] * 2),
    "flags_in": lambda: packet_creator.create_bool(next(_FLAGS)),
    "floats_in": lambda: packet_creator.create_float_vector([0.0, 1.0]),
    "ints_in": lambda: packet_creator.create_int_vector([1, 2]),
    "strings_in": lambda: packet_creator.create_string_vector(["one", "two"]),
    "drawing_in": _drawing,
}
