"""Reads FlatBuffers without trust: every offset and length is checked before it is used.

A file that holds an offset beyond its end, or more than a file of its kind can hold, gives a
`ModelError` that says where. What is read is bounded too, so that tables which point at each other,
or at the same long vector again and again, come to an end.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from mediapipe_anchors.errors import ModelError

MAX_TABLES = 200_000  # looked up in one file; the largest detectors have a few thousand
# Read in one file: bytes of texts, and numbers, of which each look-up counts for LOOK_UP more. So a
# file that is all look-ups takes half a second; the largest detectors need a tenth of it.
MAX_BYTES_READ, MAX_NUMBERS_READ, LOOK_UP = 2**25, 2**21, 4

_KINDS = frozenset("bBhHiIqQfd?")


class FlatBuffer:
    """The bytes of one FlatBuffers file; `root` is where reading begins.

    Args:
        data: the file.
        what: what it should be, for messages, such as "TFLite model".
        identifier: the four bytes that such a file holds at byte 4.
        path: where it came from, for messages.
        max_tables: how many tables may be looked up.

    Raises:
        ModelError: it is too short, or has another identifier.
    """

    def __init__(
        self,
        data: bytes | memoryview,
        what: str,
        identifier: bytes,
        path: str | os.PathLike[str] | None = None,
        *,
        max_tables: int = MAX_TABLES,
    ) -> None:
        self.data = memoryview(data).cast("B")
        self.what = what
        self.path = path
        self._max_tables = self._tables_left = max_tables
        self._bytes_left, self._numbers_left = MAX_BYTES_READ, MAX_NUMBERS_READ
        if bytes(self.data[4:8]) != identifier:
            name = identifier.decode()
            raise ModelError(f"not a {what}: it lacks the identifier {name}", path=path)
        self.root = self.table(self.number("I", 0))

    def table(self, position: int) -> Table:
        """The table that begins at a byte of the file."""
        self._tables_left -= 1
        if self._tables_left < 0:
            raise self.damaged(f"more than {self._max_tables} tables where fewer make sense")
        return Table(self, position)

    def number(self, kind: str, position: int) -> int:
        """The integer of a `struct` kind at a byte of the file."""
        return int(self.numbers(kind, position, 1)[0])

    def numbers(self, kind: str, position: int, count: int) -> tuple[int | float, ...]:
        """`count` numbers of a `struct` kind from a byte of the file on."""
        assert kind in _KINDS
        self._numbers_left -= count + LOOK_UP
        if self._numbers_left < 0:
            raise self.damaged(f"more than {MAX_NUMBERS_READ} numbers to look up")
        size = count * struct.calcsize("<" + kind)
        return struct.unpack(f"<{count}{kind}", self.span(position, size))

    def text(self, position: int, size: int) -> str:
        """A string of `size` bytes; bytes that are no UTF-8 are replaced."""
        return self.copy(position, size).decode("utf-8", "replace")

    def copy(self, position: int, size: int) -> bytes:
        """The bytes from a byte of the file on, copied."""
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise self.damaged(f"more than {MAX_BYTES_READ} bytes of texts")
        return bytes(self.span(position, size))

    def span(self, position: int, size: int) -> memoryview:
        """The bytes from a byte of the file on, uncopied."""
        if position < 0 or size < 0:
            raise self.damaged(f"{size} bytes at an offset of {position}")
        if position + size > len(self.data):
            raise self.damaged(f"it ends before byte {position + size}")
        return self.data[position : position + size]

    def damaged(self, what: str) -> ModelError:
        """The error for a file that cannot be right."""
        return ModelError(f"not a {self.what}, or a damaged one: {what}", path=self.path)


class Table:
    """One table of a FlatBuffers file; fields are asked for by their number in the schema.

    Attributes:
        position: the byte at which it begins.
    """

    def __init__(self, file: FlatBuffer, position: int) -> None:
        self.file = file
        self.position = position
        self._fields = position - file.number("i", position)
        self._fields_size = file.number("H", self._fields)

    def place(self, field: int) -> int | None:
        """The byte at which a field's value, or the offset to it, stands; None where absent."""
        entry = 4 + 2 * field
        if entry + 2 > self._fields_size:
            return None
        offset = self.file.number("H", self._fields + entry)
        return self.position + offset if offset else None

    def count_fields(self) -> int:
        """One more than the number of the last field that is there."""
        last = (self._fields_size - 4) // 2
        return next((n for n in range(last, 0, -1) if self.place(n - 1) is not None), 0)

    def integer(self, field: int, kind: str, default: int = 0) -> int:
        """A field that holds an integer of a `struct` kind."""
        place = self.place(field)
        return default if place is None else self.file.number(kind, place)

    def real(self, field: int, default: float = 0.0) -> float:
        """A field that holds a float32."""
        place = self.place(field)
        return default if place is None else float(self.file.numbers("f", place, 1)[0])

    def table(self, field: int) -> Table | None:
        """A field that holds a table."""
        target = self._target(field)
        return None if target is None else self.file.table(target)

    def text(self, field: int, limit: int = 10_000) -> str | None:
        """A field that holds a string."""
        start, length = self.vector(field, limit)
        return None if self.place(field) is None else self.file.text(start, length)

    def numbers(self, field: int, kind: str, limit: int) -> tuple[int | float, ...]:
        """A field that holds a vector of numbers of a `struct` kind; () where absent."""
        start, length = self.vector(field, limit)
        return self.file.numbers(kind, start, length) if length else ()

    def integers(self, field: int, kind: str, limit: int) -> tuple[int, ...]:
        """A field that holds a vector of integers of a `struct` kind; () where absent."""
        return tuple(int(number) for number in self.numbers(field, kind, limit))

    def tables(self, field: int, limit: int) -> Iterator[Table]:
        """A field that holds a vector of tables; nothing where absent."""
        start, length = self.vector(field, limit)
        for position in range(start, start + 4 * length, 4):
            yield self.file.table(position + self.file.number("I", position))

    def spans(self, field: int, limit: int, size_limit: int) -> Iterator[bytes]:
        """A field that holds a vector of strings, as bytes; nothing where absent."""
        start, length = self.vector(field, limit)
        for position in range(start, start + 4 * length, 4):
            target = position + self.file.number("I", position)
            size = self.file.number("I", target)
            if size > size_limit:
                raise self.file.damaged(f"a text of {size} bytes")
            yield self.file.copy(target + 4, size)

    def span(self, field: int) -> memoryview | None:
        """A field that holds a vector of bytes, uncopied; None where absent."""
        start, length = self.vector(field, len(self.file.data))
        return None if self.place(field) is None else self.file.span(start, length)

    def vector(self, field: int, limit: int) -> tuple[int, int]:
        """The byte at which a vector's entries begin, and their number; (0, 0) where absent."""
        target = self._target(field)
        if target is None:
            return 0, 0
        length = self.file.number("I", target)
        if length > limit:
            raise self.file.damaged(f"{length} entries where at most {limit} make sense")
        return target + 4, length

    def _target(self, field: int) -> int | None:
        place = self.place(field)
        return None if place is None else place + self.file.number("I", place)
