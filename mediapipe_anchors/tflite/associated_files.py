"""The files that a TFLite model carries: a zip archive behind the FlatBuffer.

Read without trust. Written as MediaPipe wants it: uncompressed.
"""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections.abc import Sequence

from mediapipe_anchors.errors import ModelError

MAX_FILES = 1_000
MAX_INFLATED = 2**24  # of all that are compressed, which MediaPipe does not read anyway

_END, _ENTRY, _HEADER = b"PK\5\6", b"PK\1\2", b"PK\3\4"
_END_SIZE, _ENTRY_SIZE, _HEADER_SIZE = 22, 46, 30
_STORED, _DEFLATED = 0, 8
_UTF_8 = 1 << 11


@dataclasses.dataclass(frozen=True)
class ZippedFile:
    """One file.

    Attributes:
        name: its path in the archive.
        data: its contents; None for one that cannot be read: encrypted, damaged, or compressed to
            more than 16 MiB.
        is_stored: whether it lies there uncompressed, as MediaPipe wants it.
        date: its date and time as zip archives write them.
    """

    name: bytes
    data: bytes | memoryview | None = dataclasses.field(repr=False)
    is_stored: bool = True
    date: int = 33 << 16  # 1980-01-01, the first that there is


def split_files(data: bytes) -> tuple[bytes, tuple[ZippedFile, ...]]:
    """The FlatBuffer and the files behind it.

    Raises:
        ModelError: an archive with more than 1,000 files, or a damaged one.
    """
    end = data.rfind(_END, max(0, len(data) - _END_SIZE - 0xFFFF))
    if end < 0 or end + _END_SIZE > len(data):
        return data, ()
    count, size, offset = struct.unpack_from("<10xHII", data, end)
    contents = end - size
    moved = contents - offset  # archives may count from their own start
    if moved < 0 or (count and data[contents : contents + 4] != _ENTRY):
        return data, ()  # the constants of a model may hold anything
    if count > MAX_FILES:
        raise _damaged(f"{count} files where at most {MAX_FILES} make sense")
    reader = _Reader(data, contents, end, moved)
    files = tuple(reader.file() for _ in range(count))
    return data[: reader.start], files


def join_files(model: bytes, files: Sequence[ZippedFile]) -> bytes:
    """The model with the files behind it, uncompressed; each must have data."""
    parts: list[bytes | memoryview] = [model]
    entries, place = [], len(model)
    for file in files:
        assert file.data is not None
        head = struct.pack(
            "<HHHIIIIH",
            20,  # the version of the format
            0 if file.name.isascii() else _UTF_8,
            _STORED,
            file.date,
            zlib.crc32(file.data),
            len(file.data),
            len(file.data),
            len(file.name),
        )
        entries.append(
            _ENTRY + b"\x14\0" + head + struct.pack("<HHHHII", 0, 0, 0, 0, 0, place) + file.name
        )
        parts += [_HEADER, head, b"\0\0", file.name, file.data]
        place += _HEADER_SIZE + len(file.name) + len(file.data)
    if files:
        size = sum(map(len, entries))
        counts = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), size, place, 0)
        parts += [*entries, _END + counts]
    return b"".join(parts)


class _Reader:
    """Reads an archive's table of contents from its start on, and the files."""

    def __init__(self, data: bytes, contents: int, end: int, moved: int) -> None:
        self._data = data
        self._contents, self._end, self._moved = contents, end, moved
        self._place = contents
        self._packed_left, self._unpacked_left = len(data), MAX_INFLATED
        self.start = contents  # of the archive

    def file(self) -> ZippedFile:
        data, place = self._data, self._place
        if place + _ENTRY_SIZE > self._end or data[place : place + 4] != _ENTRY:
            raise _damaged("its table of contents ends too early")
        flags, method, date, check, packed, size, *lengths = struct.unpack_from(
            "<8xHHIIIIHHH", data, place
        )
        (offset,) = struct.unpack_from("<I", data, place + 42)
        name = data[place + _ENTRY_SIZE : place + _ENTRY_SIZE + lengths[0]]
        self._place += _ENTRY_SIZE + sum(lengths)
        raw = self._raw(self._moved + offset, packed, name)
        read = None if flags & 1 else self._unpacked(raw, method, size)
        if read is not None and zlib.crc32(read) != check:
            read = None
        return ZippedFile(name, read, method == _STORED, date)

    def _raw(self, start: int, packed: int, name: bytes) -> memoryview:
        """What lies in the archive for a file, uncopied."""
        data = self._data
        if start + _HEADER_SIZE > self._contents or data[start : start + 4] != _HEADER:
            raise _damaged(f"file {name[:80]!r} does not begin where it should")
        first = start + _HEADER_SIZE + sum(struct.unpack_from("<26xHH", data, start))
        self._packed_left -= packed
        if first + packed > self._contents or self._packed_left < 0:
            raise _damaged(f"file {name[:80]!r} is larger than the archive")
        self.start = min(self.start, start)
        return memoryview(data)[first : first + packed]

    def _unpacked(self, raw: memoryview, method: int, size: int) -> bytes | memoryview | None:
        if method == _STORED:
            return raw if len(raw) == size else None
        self._unpacked_left -= size
        if method != _DEFLATED or self._unpacked_left < 0:
            return None
        try:
            unpacked = zlib.decompressobj(-15).decompress(raw, size + 1)
        except zlib.error:
            return None
        return unpacked if len(unpacked) == size else None


def _damaged(what: str) -> ModelError:
    return ModelError(f"the files at the end of the model: a damaged zip archive: {what}")
