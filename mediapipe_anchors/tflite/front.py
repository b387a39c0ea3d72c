"""New tables in front of a FlatBuffer whose bytes stay as they are.

Offsets lead forwards in a file, and relative to where they stand. So old bytes can be the end of a
new file: all offsets within them hold, and new tables before them can lead into them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import flatbuffers

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.flatbuffer import Table

_ALIGNMENT = 64  # of the old bytes in the new file; constants want 16

_SCALARS = {
    "?": "PrependBoolSlot",
    "b": "PrependInt8Slot",
    "B": "PrependUint8Slot",
    "i": "PrependInt32Slot",
    "I": "PrependUint32Slot",
    "Q": "PrependUint64Slot",
}


class Front:
    """A `flatbuffers.Builder` whose file ends in old bytes.

    They lie in it as a vector of bytes to which nothing leads, so that `behind` finds them.

    Attributes:
        builder: to write new tables with; it counts positions from the end of the file.
    """

    def __init__(self, old: bytes | bytearray) -> None:
        self._size = self.padded(len(old))
        padded = bytes(old).ljust(self._size, b"\0")
        self.builder = flatbuffers.Builder(self._size + 4096)
        self.builder.Prep(_ALIGNMENT, self._size)
        self.builder.CreateByteVector(padded)

    @staticmethod
    def padded(size: int) -> int:
        """The bytes that so many old ones take, with what fills them up."""
        return size + -size % _ALIGNMENT

    def old(self, position: int) -> int:
        """Where a byte of the old bytes is, as the builder counts."""
        return self._size - position

    def rewrite(self, table: Table, kinds: Mapping[int, str], changes: Mapping[int, Any]) -> int:
        """A copy of one of the old tables with other fields; what the others lead to is shared.

        Args:
            table: of the old bytes.
            kinds: the schema: the `struct` kind of each field, "" for an offset.
            changes: {field: its value; a position for an offset}.

        Raises:
            ModelError: the table has a field that is not in `kinds`, and which would be lost.
        """
        if table.count_fields() > len(kinds):
            raise ModelError(
                f"{table.file.what}: it has fields of a later version of its schema, which this "
                "version of mediapipe_anchors would lose",
                path=table.file.path,
            )
        values = {}
        for field, kind in kinds.items():
            place = table.place(field)
            if field in changes:
                values[field] = changes[field]
            elif place is not None and kind:
                values[field] = table.file.number(kind, place)
            elif place is not None:
                values[field] = self.old(place + table.file.number("I", place))
        self.builder.StartObject(len(kinds))
        for field, value in values.items():
            if kinds[field]:
                getattr(self.builder, _SCALARS[kinds[field]])(field, value, None)  # set, stays so
            else:
                self.builder.PrependUOffsetTRelativeSlot(field, value, 0)
        return int(self.builder.EndObject())

    def finish(self, root: int, identifier: bytes) -> bytes:
        """The new file."""
        self.builder.Finish(root, identifier)
        return bytes(self.builder.Output())


def behind(data: bytes, identifier: bytes) -> bytes:
    """The old bytes of a file that `Front` wrote; of any other, the file itself."""
    position = data.find(identifier, 8)
    while position >= 0:
        start = position - 4
        if start % _ALIGNMENT == 0:
            (size,) = struct.unpack_from("<I", data, start - 4)
            if size == len(data) - start:
                return data[start:]
        position = data.find(identifier, position + 1)
    return data
