"""Where in a text graph a field stands that a path names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mediapipe_anchors.pbtxt import Message

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")
_PASSED = ("options", "node_options")


def find_offset(block: Message, place: str) -> int | None:
    """The offset of a field in the text, else that of the innermost message on the way to it.

    Args:
        block: the graph or a node.
        place: names joined by dots, with "[2]" for an entry of one that is repeated. Extensions,
            types of an Any, `options` and `node_options` are gone through without being named.

    Returns:
        None if not even the first name is there.
    """
    offset: int | None = None
    within: Message | None = block
    for name, index in _STEP.findall(place):
        entries = [] if within is None else _entries(within, name)
        if not entries:
            break
        field_start, value_start, within = entries[min(int(index or 0), len(entries) - 1)]
        offset = value_start if index else field_start
    return offset


def _entries(block: Message, name: str) -> list[tuple[int, int, Message | None]]:
    """Where the values of a field begin, each with and without its name; and those of messages."""
    for opened in _opened(block):
        entries = [
            (
                field.start,
                value.start if field.list_span else field.start,
                value if isinstance(value, Message) else None,
            )
            for field in opened.named(name)
            for value in field.values
        ]
        if entries:
            return entries
    return []


def _opened(block: Message) -> Iterator[Message]:
    """A message, and those in it which a path does not name."""
    yield block
    for field in block.fields:
        if field.name.startswith("[") or field.name in _PASSED:
            for value in field.values:
                if isinstance(value, Message):
                    yield from _opened(value)
