"""Annotation files: the first byte chooses a format and its file, the others are that file."""

from __future__ import annotations

import dataclasses
import functools
import gzip
import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from annotation_files import EXTRAS, FILES
from fuzz.harnesses.files import folder

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError

IMAGE_SIZE = (640, 480)


def _is_installed(format: str) -> bool:
    return format not in EXTRAS or importlib.util.find_spec(EXTRAS[format]) is not None


def _framed(data: bytes) -> bytes:
    """A record of a TFRecord file, with checksums that hold."""
    import google_crc32c

    def masked(data: bytes) -> bytes:
        checksum = google_crc32c.value(data)
        rotated = (checksum >> 15 | checksum << 17) & 0xFFFFFFFF
        return struct.pack("<I", (rotated + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


@dataclasses.dataclass(frozen=True)
class Way:
    """How an input becomes a file: its format, its name, what is done to the bytes, a seed."""

    format: str
    file: str
    seed: bytes
    write: Callable[[bytes], bytes] = bytes

    @functools.cached_property
    def source(self) -> Path:
        """What is read: the file, or the folder of a format that takes several."""
        place = folder()
        for file, (format, content) in FILES.items():
            if format == self.format in ("mot", "yolo"):
                (place / file).write_bytes(content)
        return place if self.format in ("mot", "yolo") else place / self.file

    def put(self, data: bytes) -> None:
        path = self.source / self.file if self.source.is_dir() else self.source
        path.write_bytes(self.write(data))


def _ways() -> list[Way]:
    ways = [Way(format, file, content) for file, (format, content) in FILES.items()]
    csv = next(way for way in ways if way.file == "a.csv")
    ways.append(Way("csv", "b.csv.gz", csv.seed, gzip.compress))
    record = next(way for way in ways if way.file == "a.record")
    ways.append(Way("tfrecord", "b.record", record.seed[12:-4], _framed))
    return ways


WAYS = _ways()
EXPANDED = 2**16
WORDS = [
    b'"images"',
    b'"annotations"',
    b'"categories"',
    b'"bbox"',
    b'"iscrowd"',
    b"<object>",
    b"</object>",
    b"<bndbox>",
    b"<!ENTITY",
    b"names:",
    b"XMin",
    b"xmin",
    b"bbox",
    b"imWidth=",
    b"1e999",
    b"-inf",
    b"\n",
    b",",
]


def check(data: bytes) -> None:
    way = WAYS[data[0] % len(WAYS)] if data else WAYS[0]
    if not _is_installed(way.format):
        return
    way.put(data[1:])
    try:
        wh = read_boxes(way.source, way.format, image_size=IMAGE_SIZE).wh()
    except BoxesError as error:
        named = str(error.path).startswith(str(way.source))
        if not named:
            raise AssertionError(f"the error names {error.path}, not {way.source}") from error
        raise
    assert np.isfinite(wh).all()
    assert (wh > 0).all()
    try:
        found = read_boxes(way.source, image_size=IMAGE_SIZE)
    except BoxesError:  # the format is not told by what stands there
        return
    if found.report.format == way.format:
        np.testing.assert_array_equal(found.wh(), wh)
