"""Reading and writing the three options classes, alone or from the graph that holds them."""

from __future__ import annotations

from typing import Any, TypeVar

from google.protobuf.unknown_fields import UnknownFieldSet

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.forms import form_of
from mediapipe_anchors.graph.options_message import (
    calculator_of,
    from_message,
    to_message,
    type_name_of,
)
from mediapipe_anchors.graph.source import load
from mediapipe_anchors.options import CalculatorOptions
from mediapipe_anchors.pbtxt import Document
from mediapipe_anchors.pbtxt.edit import to_lines
from mediapipe_anchors.pbtxt.message import to_message as text_to_message
from mediapipe_anchors.schema import parse_message

_Options = TypeVar("_Options", bound=CalculatorOptions)


def from_pbtxt(kind: type[_Options], source: Any) -> _Options:
    """The options in `source`: bare fields, or a graph with one node of the calculator."""
    if not isinstance(source, Graph):
        path, content = load(source)
        if isinstance(content, Document) and not content.root.named("node"):
            message = text_to_message(content, content.root, type_name_of(kind))
            return from_message(kind, message)  # type: ignore[no-any-return]
        source = Graph(form_of(content), path)
    return _of_only_node(kind, source)


def _of_only_node(kind: type[_Options], graph: Graph) -> _Options:
    calculator = calculator_of(kind)
    nodes = [node for node in graph.nodes if node.calculator == calculator]
    if len(nodes) != 1:
        lines = ", ".join(str(node.line) for node in nodes if node.line is not None)
        found = f"{len(nodes)} nodes" + (f" (lines {lines})" if lines else "")
        raise GraphError(
            f"{found} of {calculator}, expected one; for another, use Graph.read(...).nodes",
            path=graph.path,
        )
    options = nodes[0].options()
    assert isinstance(options, kind)
    return options


def to_pbtxt(options: CalculatorOptions) -> str:
    """The options as bare fields, one a line."""
    return "".join(line + "\n" for line in to_lines(to_message(options)))


def from_bytes(kind: type[_Options], data: bytes) -> _Options:
    """The options in a serialized message."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise GraphError(f"got a {type(data).__name__}, expected bytes")
    message = parse_message(bytes(data), type_name_of(kind))
    unknown: Any = UnknownFieldSet(message)
    if len(unknown):
        raise GraphError(
            f"field {unknown[0].field_number} of {type_name_of(kind)}: not in the schema of "
            "mediapipe_anchors, so the options would lose it"
        )
    return from_message(kind, message)  # type: ignore[no-any-return]


def to_bytes(options: CalculatorOptions) -> bytes:
    """The options as a serialized message."""
    return bytes(to_message(options).SerializeToString(deterministic=True))
