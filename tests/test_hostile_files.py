"""Files that nobody should open: refused, or read, within a second of the processor and a GiB."""

from __future__ import annotations

import contextlib
import functools
import gzip
import importlib.util
import os
import zlib

import pytest
from annotation_files import EXTRAS, FILES
from fuzz.limits import within_a_gibibyte, within_a_second

from mediapipe_anchors import BoxesError, Graph, MediaPipeAnchorsError, read_anchors, read_boxes
from mediapipe_anchors.tflite import read_model

HUGE = 3 * 2**30
READERS = {
    "model.tflite": read_model,
    "graph.pbtxt": Graph.read,
    "graph.binarypb": Graph.read,
    "anchors.csv": read_anchors,
    "anchors.json": read_anchors,
    "anchors.npy": read_anchors,
}
HEADS = [b"", b"\x1c\0\0\0TFL3", b"\x93NUMPY\1\0", b"node {", b"x_center,y_center,w,h\n"]


def refused(call) -> None:
    """The typed error, within the limits."""

    def once() -> None:
        with pytest.raises(MediaPipeAnchorsError):
            call()

    with within_a_gibibyte():
        within_a_second(once)


def bounded(call) -> None:
    """Something or the typed error, within the limits."""

    def once() -> None:
        with contextlib.suppress(BoxesError):
            call()

    once()  # what is imported late takes a time of its own
    with within_a_gibibyte():
        within_a_second(once)


def huge(path, head: bytes) -> None:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(HUGE)


@pytest.mark.parametrize("name", READERS)
def test_huge_files(tmp_path, name):
    for head in HEADS:
        huge(tmp_path / name, head)
        refused(functools.partial(READERS[name], tmp_path / name))


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_file(tmp_path, name):
    path = tmp_path / name
    path.mkdir()
    refused(functools.partial(READERS[name], path))
    path.rmdir()
    os.mkfifo(path)
    refused(functools.partial(READERS[name], path))
    path.unlink()
    path.symlink_to("/dev/zero")
    refused(functools.partial(READERS[name], path))


@pytest.mark.parametrize("name", FILES)
def test_huge_annotations(tmp_path, name):
    format, content = FILES[name]
    if format in EXTRAS and importlib.util.find_spec(EXTRAS[format]) is None:
        pytest.skip(f"needs the extra for {format}")
    for file, (other, beside) in FILES.items():
        if other == format in ("mot", "yolo"):
            (tmp_path / file).write_bytes(beside)
    source = tmp_path if format in ("mot", "yolo") else tmp_path / name
    for head in (b"", content, content[: len(content) // 2]):
        huge(tmp_path / name, head)
        bounded(lambda: read_boxes(source, format, image_size=(9, 9)))


def bomb(head: bytes, unit: bytes) -> bytes:
    """A gzipped 64 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = unit * (2**20 // len(unit))
    return b"".join([packer.compress(head), *(packer.compress(block) for _ in range(64))]) + (
        packer.flush()
    )


CSV = FILES["a.csv"][1]
BOMBS = {
    "lines.csv.gz": ("csv", CSV, b"\n"),
    "zeros.csv.gz": ("csv", CSV, b"\0"),
    "cells.csv.gz": ("csv", CSV, b'"x",'),
    "blanks.json.gz": ("coco", b'{"images": [', b" "),
    "numbers.json.gz": ("coco", b'{"other": [', b"0,"),
    "records.json.gz": ("coco", b'{"images": [', b"{},"),
    "text.json.gz": ("coco", b'{"other": "', b"a"),
    "lists.json.gz": ("coco", b'{"other": ', b"["),
    "zeros.record.gz": ("tfrecord", b"", b"\0"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_zip_bombs(tmp_path, name):
    format, head, unit = BOMBS[name]
    if format in EXTRAS:
        pytest.importorskip(EXTRAS[format], reason=f"needs the extra for {format}")
    path = tmp_path / name
    path.write_bytes(bomb(head, unit))
    refused(lambda: read_boxes(path, format, image_size=(9, 9)))


def test_lines_that_are_all_the_same_are_no_bomb(tmp_path):
    path = tmp_path / "a.csv.gz"
    count = 100_000
    header, row = CSV.splitlines(keepends=True)
    path.write_bytes(gzip.compress(header + row * count, mtime=0))
    assert len(read_boxes(path).xyxy) == count


def test_padding_of_a_gzipped_file(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV, mtime=0) + bytes(2**16))
    assert len(read_boxes(path).xyxy) == 1


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("names:[\n" * 100_000, ("0",)),  # each might begin a list that ends nowhere
        (f"names: {{{'1' * 5000}: a, 0: cat}}\n", ("cat",)),  # more digits than Python takes
        (f"names:\n  {'1' * 5000}: a\n  0: cat\n", ("cat",)),
    ],
)
def test_descriptions_of_yolo_labels(tmp_path, text, labels):
    (tmp_path / "a.txt").write_bytes(FILES["a.txt"][1].splitlines()[0])
    (tmp_path / "data.yaml").write_text(text)

    def read():
        assert read_boxes(tmp_path, "yolo", image_size=(9, 9)).labels == labels

    bounded(read)
