"""The options of a custom operator: a FlexBuffers map, read without trust, and changed.

Every offset and length is checked before it is used: the library `flatbuffers` checks none.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Mapping
from typing import Any

from mediapipe_anchors.errors import ModelError

Value = int | float | bool | str | None

MAX_ENTRIES, MAX_TEXT = 1_000, 10_000  # `TFLite_Detection_PostProcess` has eleven entries

# Numbers of FlexBuffers' types.
_NULL, _INT, _UINT, _FLOAT, _KEY, _STRING = range(6)
_INDIRECT_INT, _INDIRECT_UINT, _INDIRECT_FLOAT, _MAP = range(6, 10)
_BOOL = 26

_NUMBER_OF = {
    _INT: "bhiq",
    _UINT: "BHIQ",
    _FLOAT: " efd",
    _BOOL: "BHIQ",
}
_DIRECT_OF = {_INDIRECT_INT: _INT, _INDIRECT_UINT: _UINT, _INDIRECT_FLOAT: _FLOAT}


@dataclasses.dataclass(frozen=True)
class Entry:
    """A value of the map, and where it stands.

    Attributes:
        value: None for null.
        is_read: False for a vector, a map or a blob, whose value is left out.
        place: the byte at which the value, or the offset to it, begins.
        width: its size in bytes.
        type_place: the byte that holds its type.
        is_inline: whether the value itself stands at `place`.
    """

    value: Value
    is_read: bool
    place: int
    width: int
    type_place: int
    is_inline: bool


def read_map(data: bytes | memoryview) -> dict[str, Value]:
    """The numbers, texts and nulls of a map by name; vectors, maps and blobs are left out.

    Raises:
        ModelError: not a FlexBuffers map, or a damaged one.
    """
    return {name: entry.value for name, entry in read_entries(data).items() if entry.is_read}


def read_entries(data: bytes | memoryview) -> dict[str, Entry]:
    """All entries of a map by name. Raises as `read_map`."""
    reader = _Reader(bytes(data))
    size = len(reader.data)
    if size < 3:
        raise _damaged(f"{size} bytes")
    kind, width = divmod(reader.data[size - 2], 4)
    root_width = reader.data[size - 1]
    if kind != _MAP or root_width not in (1, 2, 4, 8):
        raise _damaged("it does not end as a map")
    return reader.map(reader.target(size - 2 - root_width, root_width), 1 << width)


def with_numbers(data: bytes | memoryview, numbers: Mapping[str, float]) -> bytes:
    """The map with other numbers: in place where they fit, so that the size stays; else anew.

    Args:
        data: a map.
        numbers: {name: float32} of what is to change; names that are absent are added.

    Raises:
        ModelError: not a map; or it must be written anew and holds an entry that is no number or
            text.
    """
    entries = read_entries(data)
    changed = {
        name: number
        for name, number in numbers.items()
        if name not in entries or not _is_number(entries[name], number)
    }
    if all(name in entries and _has_room(entries[name]) for name in changed):
        patched = bytearray(data)
        for name, number in changed.items():
            entry = entries[name]
            bits = entry.width.bit_length() - 1
            struct.pack_into("<" + _NUMBER_OF[_FLOAT][bits], patched, entry.place, number)
            patched[entry.type_place] = 4 * _FLOAT + bits
        return bytes(patched)
    unread = [name for name, entry in entries.items() if not entry.is_read]
    if unread:
        raise ModelError(
            f"custom options: the entry {unread[0]!r} is neither a number nor a text, so they "
            f"cannot be written anew with another {', '.join(changed)}"
        )
    return _write({name: entry.value for name, entry in entries.items()} | changed)


def _is_number(entry: Entry, number: float) -> bool:
    value = entry.value
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == number


def _has_room(entry: Entry) -> bool:
    """Whether a float32 can stand where the entry stands."""
    return entry.is_inline and entry.width >= 4


def _write(values: Mapping[str, Value]) -> bytes:
    """A map whose numbers and offsets all have 8 bytes."""
    names = sorted(values, key=str.encode)  # readers search for a name by halves
    out = bytearray()

    def append(*numbers: int) -> None:
        out.extend(struct.pack(f"<{len(numbers)}Q", *numbers))

    starts = {}
    for name in names:
        starts[name] = len(out)
        out += name.encode() + b"\0"
    texts = {}
    for name in names:
        value = values[name]
        if isinstance(value, str):
            data = value.encode()
            out += bytes(-len(out) % 8)
            append(len(data))
            texts[name] = len(out)
            out += data + b"\0"
    out += bytes(-len(out) % 8)
    append(len(names))
    keys = len(out)
    for name in names:
        append(len(out) - starts[name])
    append(len(out) - keys, 8, len(names))
    start = len(out)
    for name in names:
        out += _word(values[name], len(out) - texts.get(name, 0))
    out += bytes(4 * _kind(values[name]) + 3 for name in names)
    out += bytes(-len(out) % 8)
    append(len(out) - start)
    return bytes(out) + bytes([4 * _MAP + 3, 8])


def _kind(value: Value) -> int:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return _BOOL
    if isinstance(value, int):
        return _INT if value < 2**63 else _UINT
    return _FLOAT if isinstance(value, float) else _STRING


def _word(value: Value, offset: int) -> bytes:
    """A value in 8 bytes; of a text, the offset to it."""
    kind = _kind(value)
    if kind in (_NULL, _STRING):
        return struct.pack("<Q", offset if kind == _STRING else 0)
    return struct.pack("<" + _NUMBER_OF[kind][3], value)


def _damaged(what: str) -> ModelError:
    return ModelError(f"custom options: no FlexBuffers map, or a damaged one: {what}")


class _Reader:
    """Looks things up; offsets point backwards, from where they stand."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def map(self, start: int, width: int) -> dict[str, Entry]:
        count = self.number("BHIQ", start - width, width)
        if count > MAX_ENTRIES:
            raise _damaged(f"{count} entries where at most {MAX_ENTRIES} make sense")
        key_width = self.number("BHIQ", start - 2 * width, width)
        if key_width not in (1, 2, 4, 8):
            raise _damaged(f"offsets of {key_width} bytes")
        keys = self.target(start - 3 * width, width)
        if self.number("BHIQ", keys - key_width, key_width) != count:
            raise _damaged("as many names as values are missing")
        types = start + count * width
        return {
            self.key(self.target(keys + number * key_width, key_width)): self.entry(
                start + number * width, width, types + number
            )
            for number in range(count)
        }

    def entry(self, place: int, width: int, type_place: int) -> Entry:
        kind, bits = divmod(self.number("BHIQ", type_place, 1), 4)
        value: Value = None
        if kind in _NUMBER_OF:
            value = self.number(_NUMBER_OF[kind], place, width)
            value = bool(value) if kind == _BOOL else value
        elif kind in _DIRECT_OF:
            value = self.number(_NUMBER_OF[_DIRECT_OF[kind]], self.target(place, width), 1 << bits)
        elif kind == _STRING:
            value = self.text(self.target(place, width), 1 << bits)
        elif kind == _KEY:
            value = self.key(self.target(place, width))
        is_read = kind in _NUMBER_OF or kind in _DIRECT_OF or kind in (_STRING, _KEY, _NULL)
        return Entry(value, is_read, place, width, type_place, kind in _NUMBER_OF)

    def key(self, start: int) -> str:
        end = self.data.find(b"\0", start, start + MAX_TEXT)
        if end < 0:
            raise _damaged("a name without an end")
        return self.data[start:end].decode("utf-8", "replace")

    def text(self, start: int, width: int) -> str:
        size = self.number("BHIQ", start - width, width)
        if size > MAX_TEXT:
            raise _damaged(f"a text of {size} bytes")
        return self.span(start, size).decode("utf-8", "replace")

    def target(self, place: int, width: int) -> int:
        """Where the offset at `place` leads."""
        target = place - int(self.number("BHIQ", place, width))
        if not 0 <= target < len(self.data):
            raise _damaged(f"an offset to byte {target} of {len(self.data)}")
        return target

    def number(self, kinds: str, place: int, width: int) -> Any:
        """A number of 1, 2, 4 or 8 bytes; `kinds` are the `struct` kinds of these widths."""
        kind = kinds[width.bit_length() - 1]
        if kind == " ":
            raise _damaged("a float of one byte")
        return struct.unpack("<" + kind, self.span(place, width))[0]

    def span(self, place: int, size: int) -> bytes:
        if place < 0 or place + size > len(self.data):
            raise _damaged(f"{size} bytes at byte {place} of {len(self.data)}")
        return self.data[place : place + size]
