"""Gzipped files without trust. (The module gzip follows padding and bombs to their end.)"""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO

_PIECE = 1 << 11  # bytes that are read at a time
_MOST_OUT = 1 << 16  # bytes that are unpacked at a time
_LONGEST_VOID = 1 << 16  # bytes from which nothing comes: padding, the name in a header
# More than 1 MiB that comes out of less than a 600th is a bomb: lines that are all the same give
# 400, nothing gives more than 1032.
_BOMB_BYTES, _BOMB_RATIO = 1 << 20, 600
_GZIP = 31  # of zlib: with the header and the checksum


def unzipped(file: BinaryIO) -> io.BufferedReader:
    """What a gzipped file holds, of one member or several.

    Reading raises `zlib.error` for what is no gzip, damaged or a bomb, and `EOFError` for a file
    that ends too early.
    """
    return io.BufferedReader(_Members(file))


class _Members(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""  # read, and not yet unpacked
        self._member: zlib._Decompress | None = None
        self._read = self._given = self._void = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while True:
            if not self._rest and not self._fill():
                if self._member is not None:
                    raise EOFError("the gzipped file ends too early")
                return 0
            if self._member is None and not self._next_member():
                continue
            data = self._unpack(min(len(buffer), _MOST_OUT))
            if data:
                buffer[: len(data)] = data
                return len(data)

    def _fill(self) -> bool:
        self._rest = self._file.read(_PIECE)
        self._read += len(self._rest)
        self._void += len(self._rest)
        if self._void > _LONGEST_VOID + _PIECE:
            raise zlib.error(f"padding or a name of more than {_LONGEST_VOID} bytes")
        return bool(self._rest)

    def _next_member(self) -> bool:
        """Whether one begins; zeros before it are passed over."""
        if self._read > len(self._rest):  # not at the start of the file
            self._rest = self._rest.lstrip(b"\0")
        if self._rest:
            self._member = zlib.decompressobj(_GZIP)
        return self._member is not None

    def _unpack(self, size: int) -> bytes:
        assert self._member is not None
        data = self._member.decompress(self._rest, size)
        self._rest = self._member.unconsumed_tail
        if self._member.eof:
            self._rest = self._member.unused_data
            self._member = None
        if data:
            self._void = 0
        self._given += len(data)
        if self._given > _BOMB_BYTES and self._given > _BOMB_RATIO * self._read:
            raise zlib.error(f"it unpacks to more than {_BOMB_RATIO} times its size: a zip bomb")
        return data
