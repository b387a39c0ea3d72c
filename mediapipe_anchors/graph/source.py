"""Where a graph comes from: a path, text, bytes or a protobuf message; text told from binary."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.pbtxt import Document, parse
from mediapipe_anchors.schema import parse_message, try_parse_message

GRAPH_TYPE = "mediapipe.CalculatorGraphConfig"
MAX_BYTES = 64 * 2**20

_TEXT = re.compile(r"\s*\Z|.*[\n{]|\s*\w\w+\s*:", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def load(source: Any) -> tuple[Path | None, Document | Any]:
    """The path of a source, if it has one, and its parsed text or its binary message.

    A str is text if it is blank, holds a line break or "{", or begins with "name:" (two letters or
    more, so that no drive letter is taken for a name); any other str is a path. Bytes, and the
    bytes of a file, are text if they are UTF-8 without control characters and parse as text.

    Raises:
        GraphError: nothing to read there, or neither text format nor a binary graph.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return None, _decode(bytes(source), None)
    if hasattr(source, "SerializePartialToString"):
        return None, to_own(source, GRAPH_TYPE)
    if isinstance(source, str) and _TEXT.match(source):
        return None, parse(source)
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return path, _decode(_read(path), path)
    raise GraphError(
        f"got a {type(source).__name__}, expected a path, text, bytes or {GRAPH_TYPE} message"
    )


def to_own(message: Any, type_name: str | None = None) -> Any:
    """A copy of a protobuf message, of whatever pool, as the class of our schema."""
    if not hasattr(message, "SerializePartialToString"):
        raise GraphError(f"got a {type(message).__name__}, expected a protobuf message")
    full_name = message.DESCRIPTOR.full_name
    if type_name is not None and full_name != type_name:
        raise GraphError(f"message {full_name}: expected a {type_name}")
    return parse_message(message.SerializePartialToString(), full_name)


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise GraphError("is a directory: expected a .pbtxt or .binarypb file", path=path)
        if not path.exists():
            raise GraphError("no such file (graphs given as text hold a line break)", path=path)
        if not path.is_file():
            raise GraphError("not a regular file", path=path)
        if path.stat().st_size > MAX_BYTES:
            raise GraphError(f"larger than the {MAX_BYTES} bytes that are read", path=path)
        return path.read_bytes()
    except GraphError:
        raise
    except (OSError, ValueError) as error:
        raise GraphError(f"cannot be read: {error}", path=path) from None


def _decode(data: bytes, path: Path | None) -> Document | Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _binary_graph(data, path, "not text in UTF-8")
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        return _binary_graph(data, path, f"not text, for the {control[0]!r} in line {line}")
    try:
        return parse(text, None if path is None else str(path))
    except GraphError:
        # A binary graph may by chance consist of printable characters, all of it known fields.
        message = try_parse_message(data, GRAPH_TYPE)
        if message is None or not message.ListFields() or len(UnknownFieldSet(message)):
            raise
        return message


def _binary_graph(data: bytes, path: Path | None, not_text: str) -> Any:
    message = try_parse_message(data, GRAPH_TYPE)
    if message is None or not message.ListFields():
        raise GraphError(f"{not_text}, and not a binary {GRAPH_TYPE}", path=path)
    return parse_message(data, GRAPH_TYPE, path)
