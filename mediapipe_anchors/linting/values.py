"""Replacements of values: as words, and put into a graph."""

from __future__ import annotations

import enum
import json
import re
from typing import Any

from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules import Replacement
from mediapipe_anchors.schema import is_repeated, message_class

WIRING = ("input_stream", "output_stream", "input_side_packet", "output_side_packet")

_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


def replacement_text(replacement: Replacement) -> str:
    """What to write, in text format."""
    if replacement.value is None:
        return f"remove {replacement.field}"
    return f"write {replacement.field}: {value_text(replacement.value)}"


def value_text(value: Any) -> str:
    """A value in text format."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value)


def put(node: Node, replacement: Replacement) -> None:
    """Write a replacement into a node; nothing else of the graph changes."""
    steps = [(name, int(index or 0)) for name, index in _STEP.findall(replacement.field)]
    name, index = steps[0]
    if name in WIRING:
        node.set_entry(name, index, replacement.value)
        return
    type_name = f"mediapipe.{replacement.options or f'{node.calculator}Options'}"
    message = node.message(type_name)
    if message is None:
        message = message_class(type_name)()
    _set(message, steps, replacement.value)
    node.set_message(message)


def _set(message: Any, steps: list[tuple[str, int]], value: Any) -> None:
    *outer, (last, index) = steps
    for name, place in outer:
        child = getattr(message, name)
        message = child[place] if is_repeated(message.DESCRIPTOR.fields_by_name[name]) else child
    if value is None:
        message.ClearField(last)
    elif not is_repeated(message.DESCRIPTOR.fields_by_name[last]):
        setattr(message, last, value)
    elif isinstance(value, (tuple, list)):
        getattr(message, last)[:] = value
    else:
        getattr(message, last)[index] = value
