"""Graphs, text or binary: read, their options set and written back, the rules about them."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from mediapipe_anchors import (
    BoxBoundariesIndices,
    Graph,
    MediaPipeAnchorsError,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.graph.checks import find
from mediapipe_anchors.graph.rules import Subject
from mediapipe_anchors.schema import message_class

GRAPH = "mediapipe.CalculatorGraphConfig"
OPTIONS = [
    "mediapipe.SsdAnchorsCalculatorOptions",
    "mediapipe.TensorsToDetectionsCalculatorOptions",
    "mediapipe.NonMaxSuppressionCalculatorOptions",
]
# Of each kind options that differ from the default in a single, a repeated and a message field.
CHANGED: dict[type, Any] = {
    SsdAnchorsOptions: SsdAnchorsOptions(
        num_layers=2, strides=(8, 16), min_scale=0.1, fixed_anchors=np.ones((2, 4), np.float32)
    ),
    TensorsToDetectionsOptions: TensorsToDetectionsOptions(
        num_classes=3,
        allow_classes=(1, 2),
        tensor_mapping=TensorMapping(detections_tensor_index=1),
        box_boundaries_indices=BoxBoundariesIndices(),
    ),
    NonMaxSuppressionOptions: NonMaxSuppressionOptions(max_num_detections=7),
}
REFUSED = contextlib.suppress(MediaPipeAnchorsError)


def _words() -> list[bytes]:
    names = set()
    for message in (GRAPH, f"{GRAPH}.Node", *OPTIONS):
        names |= set(message_class(message).DESCRIPTOR.fields_by_name)
    calculators = [name.removeprefix("mediapipe.").removesuffix("Options") for name in OPTIONS]
    names |= {f"[{name}.ext]" for name in OPTIONS} | {f'"{name}"' for name in calculators}
    names |= {f"[type.googleapis.com/{name}]" for name in OPTIONS}
    return [name.encode() for name in sorted(names)] + [b"{", b"}", b"[", b"]", b": ", b"#", b"inf"]


EXPANDED = 2**14
WORDS = _words()


def check(data: bytes) -> None:
    graph = Graph.read(data)
    with REFUSED:
        for _ in find(Subject(graph)):
            pass
    with REFUSED:
        _check_written(graph)
    for index, node in enumerate(graph.nodes):
        with REFUSED:
            _check_options(graph, index, node.options())


def _check_written(graph: Graph) -> None:
    """What is written reads as the same graph."""
    text = graph.to_text()
    again = Graph.read(text)
    assert again.to_text() == text
    binary = graph.to_binary()
    assert Graph.read(binary).to_binary() == binary if binary else True


def _check_options(graph: Graph, index: int, options: Any) -> None:
    """Options that a node has can be set: those it has change nothing, others show."""
    if options is None:
        return
    before = _text(graph)
    graph.nodes[index].set_options(options)
    assert _text(graph) == before
    changed = CHANGED[type(options)]
    graph.nodes[index].set_options(changed)
    assert graph.nodes[index].options() == changed
    assert (
        Graph.read(graph.to_text() if graph.is_text else graph.to_binary()).nodes[index].options()
        == changed
    )
    graph.nodes[index].set_options(options)
    assert graph.nodes[index].options() == options


def _text(graph: Graph) -> str | None:
    return graph.to_text() if graph.is_text else None
