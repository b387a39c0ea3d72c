"""The zip archive behind a model: as zipfile reads and writes it, and damaged."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.associated_files import (
    MAX_FILES,
    MAX_INFLATED,
    ZippedFile,
    join_files,
    split_files,
)

FILES = st.lists(
    st.builds(ZippedFile, st.binary(min_size=1, max_size=9), st.binary(max_size=99)), max_size=5
)


@given(FILES, st.binary(max_size=99))
def test_files_come_back(files, model):
    data = join_files(model, files)
    front, found = split_files(data)
    assert (front, [(file.name, file.data) for file in found]) == (
        model,
        [(file.name, file.data) for file in files],
    )
    assert join_files(front, found) == data
    moved = bytes(64) + data  # an archive counts from its own start, or from that of the file
    assert split_files(moved) == (bytes(64) + model, found) or not files


def test_files_are_what_zipfile_reads():
    files = [ZippedFile(b"labels.txt", b"a\nb\n"), ZippedFile("é".encode(), b"\0" * 999)]
    data = join_files(b"model" * 99, files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["labels.txt", "é"]
        assert archive.read("é") == b"\0" * 999
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())


def test_files_that_zipfile_wrote():
    stream = io.BytesIO(b"model" * 99)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels.txt", b"abc" * 99)
        archive.writestr("stored", b"xyz", zipfile.ZIP_STORED)
        archive.writestr("large", b"\0" * (MAX_INFLATED + 1))
        archive.writestr("bzip2", b"xyz", zipfile.ZIP_BZIP2)
        archive.comment = b"a comment"
    model, files = split_files(stream.getvalue())
    assert model == b"model" * 99
    assert [file.name for file in files] == [b"labels.txt", b"stored", b"large", b"bzip2"]
    assert [file.data for file in files] == [b"abc" * 99, b"xyz", None, None]
    assert [file.is_stored for file in files] == [False, True, False, False]


def test_damaged_archives():
    data = join_files(b"model", [ZippedFile(b"name", b"12345678")])
    entry = data.index(b"PK\1\2")
    for place, value, message in [
        (entry + 20, 2**31, "is larger than the archive"),
        (entry + 42, 1, "does not begin where it should"),
        (entry + 42, 2**32 - 1, "does not begin where it should"),
        (len(data) - 12, MAX_FILES + 1, "1001 files"),
        (len(data) - 12, 2, "table of contents ends too early"),
    ]:
        damaged = bytearray(data)
        kind = "<H" if value == 2 or value == MAX_FILES + 1 else "<I"
        struct.pack_into(kind, damaged, place, value)
        with pytest.raises(ModelError, match=message):
            split_files(bytes(damaged))
    many = join_files(b"", [ZippedFile(b"name", bytes(999))] + [ZippedFile(b"name", b"")] * 9)
    entry = many.index(b"PK\1\2")
    repeated = many[:entry] + many[entry : entry + 50] * 10 + many[entry + 500 :]
    with pytest.raises(ModelError, match="is larger than the archive"):
        split_files(repeated)
    changed = data.replace(b"12345678", b"12345679")  # no longer what its checksum says
    assert split_files(changed)[1][0].data is None
    assert split_files(b"weights PK\5\6 weights that look like the end of an archive")[1] == ()


@given(draw=st.data())
def test_damaged_archives_give_files_or_a_typed_error(draw):
    stream = io.BytesIO(b"model" * 9)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels.txt", b"abc" * 9)
        archive.writestr("stored", b"xyz", zipfile.ZIP_STORED)
    data = bytearray(stream.getvalue())
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(45, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(ModelError):
        assert len(split_files(bytes(data))[0]) >= 0
