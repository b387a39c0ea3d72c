"""Tables of a FlatBuffers schema as dicts, read without trust and written again.

A schema is data: {table: (field, ...)}, a field "name kind". Kinds: the scalars of `_SCALARS`,
"text", "bytes", "texts", "float32s", "int32s", "uint32s", the name of a table, "[name]" for a
vector of it, and "name|name|..." for a union, whose number stands in the field before it. No table
is within itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.flatbuffer import Table

if TYPE_CHECKING:
    import flatbuffers

Record = dict[str, Any]
Schema = Mapping[str, Sequence[str]]

MAX_ENTRIES, MAX_TEXT = 100_000, 1_000_000

_SCALARS = {
    "bool": ("?", "PrependBoolSlot"),
    "int8": ("b", "PrependInt8Slot"),
    "uint8": ("B", "PrependUint8Slot"),
    "int32": ("i", "PrependInt32Slot"),
    "uint32": ("I", "PrependUint32Slot"),
    "float32": ("f", "PrependFloat32Slot"),
}
_VECTORS = {"float32s": ("f", "<f4"), "int32s": ("i", "<i4"), "uint32s": ("I", "<u4")}
_ALIGNMENT = 16  # of bytes, so that a FlatBuffer in them lies as it must


def read_record(table: Table, name: str, schema: Schema) -> Record:
    """The fields of a table that are set.

    Texts keep bytes that are no UTF-8 (as surrogates), so that they are written as they were.

    Raises:
        ModelError: a damaged file, or a table with fields that the schema does not know.
    """
    return _Reader(schema).table(table, name)


def write_record(
    builder: flatbuffers.Builder, record: Mapping[str, Any], name: str, schema: Schema
) -> int:
    """Write what `read_record` gave; fields of value None or of their default are left out."""
    return _Writer(builder, schema).table(record, name)


def readable(text: str) -> str:
    """A text of a record without surrogates, to show."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _fields(schema: Schema, name: str) -> Iterator[tuple[int, str, str]]:
    for number, field in enumerate(schema[name]):
        label, kind = field.split()
        yield number, label, kind


class _Reader:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def table(self, table: Table, name: str) -> Record:
        if table.count_fields() > len(self._schema[name]):
            raise ModelError(
                f"{table.file.what}: {name} has fields of a later version, which this version of "
                "mediapipe_anchors would lose",
                path=table.file.path,
            )
        record: Record = {}
        for number, label, kind in _fields(self._schema, name):
            if table.place(number) is not None:
                record[label] = self._value(table, number, kind)
        return record

    def _value(self, table: Table, number: int, kind: str) -> Any:
        if kind in _SCALARS:
            place = table.place(number)
            assert place is not None
            return table.file.numbers(_SCALARS[kind][0], place, 1)[0]
        if kind == "text":
            return _text(table.file.copy(*table.vector(number, MAX_TEXT)))
        if kind == "bytes":
            return table.file.copy(*table.vector(number, len(table.file.data)))
        if kind == "texts":
            return [_text(text) for text in table.spans(number, MAX_ENTRIES, MAX_TEXT)]
        if kind in _VECTORS:
            return list(table.numbers(number, _VECTORS[kind][0], MAX_ENTRIES))
        if kind[0] == "[":
            found = table.tables(number, MAX_ENTRIES)
            return [self.table(entry, kind[1:-1]) for entry in found]
        if "|" in kind:
            member = table.integer(number - 1, "B")
            members = kind.split("|")
            if not 1 <= member <= len(members):
                raise table.file.damaged(f"a union with the number {member} of {len(members)}")
            kind = members[member - 1]
        inner = table.table(number)
        assert inner is not None
        return self.table(inner, kind)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


class _Writer:
    def __init__(self, builder: flatbuffers.Builder, schema: Schema) -> None:
        self._builder = builder
        self._schema = schema

    def table(self, record: Mapping[str, Any], name: str) -> int:
        fields = list(_fields(self._schema, name))
        unknown = set(record) - {label for _, label, _ in fields}
        assert not unknown, unknown
        placed: list[tuple[int, str, Any]] = []
        for number, label, kind in fields:
            value = record.get(label)
            if value is None:
                continue
            if "|" in kind:
                member = record[fields[number - 1][1]]
                kind = kind.split("|")[member - 1]
            placed.append((number, kind, self._place(kind, value)))
        self._builder.StartObject(len(fields))
        for number, kind, value in placed:
            if kind in _SCALARS:
                getattr(self._builder, _SCALARS[kind][1])(number, value, 0)
            else:
                self._builder.PrependUOffsetTRelativeSlot(number, value, 0)
        return int(self._builder.EndObject())

    def _place(self, kind: str, value: Any) -> Any:
        builder = self._builder
        if kind in _SCALARS:
            return value
        if kind == "text":
            return builder.CreateString(value, "utf-8", "surrogateescape")
        if kind == "bytes":
            return create_bytes(builder, value)
        if kind == "texts":
            return self._offsets(
                [builder.CreateString(text, "utf-8", "surrogateescape") for text in value]
            )
        if kind in _VECTORS:
            return builder.CreateNumpyVector(np.array(value, _VECTORS[kind][1]))
        if kind[0] == "[":
            return self._offsets([self.table(entry, kind[1:-1]) for entry in value])
        return self.table(value, kind)

    def _offsets(self, offsets: Sequence[int]) -> int:
        return create_offsets(self._builder, offsets)


def create_offsets(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    """A vector of offsets to what has been written."""
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def create_bytes(builder: flatbuffers.Builder, data: bytes) -> int:
    """A vector of bytes that begins at a multiple of 16."""
    builder.Prep(_ALIGNMENT, len(data))
    return int(builder.CreateByteVector(data))
