"""TFRecord files of the TensorFlow Object Detection API: one image a record, gzipped or not.

Read are image/width, image/height, image/filename (else image/source_id) and, a value a box,
image/object/bbox/xmin, ymin, xmax, ymax (fractions), image/object/class/text (else .../label) and
the flags image/object/is_crowd ("crowd"), difficult ("difficult") and group_of ("group"). A folder
stands for all the files below it with a name such as a.record, a.tfrecord, a.record-00001-of-00009
or a-00001-of-00009.
Errors give the record, from 1, as their line.

TensorFlow is not needed: checksums are google-crc32c's, the extra "tfrecord".
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize, Mask
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named
from mediapipe_anchors.boxes.tf_example import example_class
from mediapipe_anchors.boxes.unzip import unzipped
from mediapipe_anchors.boxes.values import known_size
from mediapipe_anchors.errors import BoxesError, MissingExtraError, shorten

_NAME = re.compile(r"(\.tfrec|\.(tf)?records?|-\d{5}-of-\d{5})(-\d+-of-\d+)?(\.gz)?$")
_CORNERS = [f"image/object/bbox/{corner}" for corner in ("xmin", "ymin", "xmax", "ymax")]
_FLAGS = {"is_crowd": "crowd", "difficult": "difficult", "group_of": "group"}
_HEAD = struct.Struct("<QI")  # length, and its checksum
_LARGEST = 2**27  # bytes of a record, which is held twice; those with images have some millions


def _is_named_so(name: str) -> bool:
    return _NAME.search(name.lower()) is not None


_shards = files_named(_is_named_so)


def _detect(path: Path) -> bool:
    return any(_is_named_so(file.name) for file in _shards(path))


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in _shards(path):
        for place, data in enumerate(_records(file), start=1):
            batch = _Image(file, place, data).batch(image_size)
            if len(batch):
                yield batch


def _records(path: Path) -> Iterator[bytes]:
    checksum = _checksum()
    with path.open("rb") as plain:
        head = plain.read(_HEAD.size)
        plain.seek(0)
        is_plain = len(head) == _HEAD.size and _HEAD.unpack(head)[1] == checksum(head[:8])
        is_gzip = not is_plain and head[:2] == b"\x1f\x8b"
        file = unzipped(plain) if is_gzip else plain
        place = 1
        try:
            while data := _record(file, checksum):
                yield data[0]
                place += 1
        except (ValueError, OSError, EOFError, zlib.error) as error:
            raise BoxesError(f"not a TFRecord: {error}", path=path, line=place) from error


def _record(
    file: BinaryIO | io.BufferedReader, checksum: Callable[[bytes], int]
) -> tuple[bytes] | None:
    """The next record; None at the end of the file."""
    head = file.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise ValueError("the file ends within the length of a record")
    length, expected = _HEAD.unpack(head)
    if checksum(head[:8]) != expected:
        raise ValueError("the checksum of the length of a record does not match")
    if length > _LARGEST:
        raise ValueError(f"a record of {length} bytes, expected at most {_LARGEST}")
    data, tail = file.read(length), file.read(4)
    if len(data) < length or len(tail) < 4:
        raise ValueError("the file ends within a record")
    if checksum(data) != int.from_bytes(tail, "little"):
        raise ValueError("the checksum of a record does not match")
    return (data,)


def _checksum() -> Callable[[bytes], int]:
    """The masked CRC-32C of TFRecord files."""
    try:
        import google_crc32c
    except ImportError as error:
        raise MissingExtraError("reading TFRecord", "tfrecord", str(error)) from error

    def masked(data: bytes) -> int:
        crc: int = google_crc32c.value(data)
        return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF

    return masked


class _Image:
    """What a record says of an image and its boxes."""

    def __init__(self, path: Path, place: int, data: bytes) -> None:
        from google.protobuf.message import DecodeError

        self._path = path
        self._place = place
        try:
            example = example_class().FromString(data)
        except DecodeError as error:
            raise self._error("not a tensorflow.Example") from error
        self._features = example.features.feature

    def batch(self, image_size: ImageSize | None) -> Batch:
        """The boxes; the image size is looked at only if there are some."""
        if self._features and not any(name.startswith("image/") for name in self._features):
            found = shorten(sorted(self._features))
            raise self._error(f"features: got {found}, expected {_CORNERS[0]} and others")
        columns = [self._floats(name) for name in _CORNERS]
        count = len(columns[0])
        if any(len(column) != count for column in columns):
            lengths = ", ".join(str(len(column)) for column in columns)
            raise self._error(f"image/object/bbox: xmin, ymin, xmax, ymax of {lengths} numbers")
        size = self._size(image_size) if count else (1.0, 1.0)
        return Batch(
            images=Names.same(self._name(), count),
            image_sizes=np.full((count, 2), size),
            xyxy=np.stack(columns, axis=1) * np.tile(size, 2),
            labels=Names.of(self._labels(count)),
            flags={flag: self._flag(name, count) for name, flag in _FLAGS.items()},
        )

    def _error(self, message: str) -> BoxesError:
        return BoxesError(message, path=self._path, line=self._place)

    def _values(self, name: str, kind: str) -> list[Any]:
        """The values of a feature; [] where it is not there."""
        if name not in self._features:
            return []
        feature = self._features[name]
        found = feature.WhichOneof("kind")
        if found not in (kind, None):
            raise self._error(f"{name}: got a {found}, expected a {kind}")
        return list(getattr(feature, kind).value)

    def _floats(self, name: str) -> Any:
        return np.array(self._values(name, "float_list"), np.float64)

    def _size(self, image_size: ImageSize | None) -> ImageSize:
        sides = [self._values(f"image/{side}", "int64_list") for side in ("width", "height")]
        width, height = (float(side[0]) if side else np.nan for side in sides)
        return known_size(width, height, image_size, self._path, self._place)

    def _name(self) -> str:
        for key in ("image/filename", "image/source_id"):
            value = self._values(key, "bytes_list")
            if value and value[0]:
                return self._text(value[0], key)
        return f"{self._path.name}/{self._place}"

    def _labels(self, count: int) -> list[str | None]:
        key = "image/object/class/text"
        texts = [self._text(each, key) or None for each in self._values(key, "bytes_list")]
        if not texts:
            key = "image/object/class/label"
            texts = [str(each) for each in self._values(key, "int64_list")]
        self._check_count(key, texts, count)
        return texts or [None] * count

    def _flag(self, name: str, count: int) -> Mask:
        key = f"image/object/{name}"
        values = self._values(key, "int64_list")
        self._check_count(key, values, count)
        set_apart: Mask = np.array(values or [0] * count, np.int64) == 1
        return set_apart

    def _check_count(self, key: str, values: list[Any], count: int) -> None:
        if values and len(values) != count:
            raise self._error(f"{key}: {len(values)} values, expected {count}, one a box")

    def _text(self, value: bytes, key: str) -> str:
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise self._error(f"{key}: not text in UTF-8") from error


FORMAT = Format("tfrecord", "TFRecord of the TF Object Detection API", _detect, _read, _shards)
