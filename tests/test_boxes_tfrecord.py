"""TFRecord files of the TensorFlow Object Detection API."""

from __future__ import annotations

import gzip
import shutil
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.write_tfrecord import PATH as GOLDEN
from golden.write_tfrecord import write as write_with_tensorflow

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.boxes.tf_example import example_class
from mediapipe_anchors.errors import BoxesError, MissingExtraError

google_crc32c = pytest.importorskip("google_crc32c", reason="needs the extra 'tfrecord'")

IMAGE: dict[str, list[Any]] = {
    "image/height": [100],
    "image/width": [200],
    "image/filename": [b"a.jpg"],
    "image/object/bbox/xmin": [0.0, 0.5],
    "image/object/bbox/ymin": [0.0, 0.5],
    "image/object/bbox/xmax": [0.25, 1.0],
    "image/object/bbox/ymax": [0.5, 1.0],
    "image/object/class/text": [b"cat", b"dog"],
}


def checksum(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + checksum(length) + data + checksum(data)


def example(**changes: list[Any] | None) -> bytes:
    """A record: `IMAGE` with the features whose name ends so changed, or left out where None."""
    features = {
        name: changes.get(name.rpartition("/")[2], values) for name, values in IMAGE.items()
    }
    features |= {
        name.replace("__", "/"): values for name, values in changes.items() if "__" in name
    }
    message = example_class()()
    for name, values in features.items():
        if values is None:
            continue
        kind = {int: "int64_list", float: "float_list", bytes: "bytes_list"}[type(values[0])]
        getattr(message.features.feature[name], kind).value.extend(values)
    return record(message.SerializeToString(deterministic=True))


def write(folder: Path, *records: bytes, name: str = "train.record") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(records))
    return path


def test_a_file_that_tensorflow_wrote() -> None:
    boxes = read_boxes(GOLDEN)
    assert (boxes.report.format, boxes.report.detected) == ("tfrecord", True)
    np.testing.assert_array_equal(
        boxes.xyxy, [[160, 60, 320, 120], [320, 240, 480, 300], [100, 50, 150, 100]]
    )
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [640, 480], [200, 100]])
    assert boxes.image_names == ("a.jpg", "7")
    assert [boxes.labels[index] for index in boxes.class_ids] == ["cat", "dog", "3"]
    assert boxes.report.dropped == {"crowd": 1}
    assert boxes.report.noted == {"difficult": 1}


@pytest.mark.slow
@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_tensorflow_writes_what_is_read(tmp_path: Path, compression: str) -> None:
    pytest.importorskip("tensorflow", reason="needs the extra 'tensorflow' to write TFRecords")
    path = tmp_path / "boxes.tfrecord"
    write_with_tensorflow(path, compression)
    if not compression:
        assert path.read_bytes() == GOLDEN.read_bytes()
    np.testing.assert_array_equal(read_boxes(path).xyxy, read_boxes(GOLDEN).xyxy)


@pytest.mark.parametrize(
    "name",
    [
        "a.record",
        "a.tfrecord",
        "a.tfrecords",
        "A.TFRecord",
        "a.record-00000-of-00010",
        "a.record.gz",
    ],
)
def test_names_and_compression(tmp_path: Path, name: str) -> None:
    content = example()
    path = write(tmp_path, gzip.compress(content) if name.endswith("gz") else content, name=name)
    boxes = read_boxes(path)
    np.testing.assert_array_equal(boxes.xyxy, [[0, 0, 50, 50], [100, 50, 200, 100]])
    assert boxes.labels == ("cat", "dog")


def test_a_folder_of_shards_in_order_of_names(tmp_path: Path) -> None:
    for index in (1, 0):
        name = f"a.record-0000{index}-of-00002"
        write(tmp_path / "data", example(filename=[b"image %d" % index]), name=name)
    write(tmp_path / "data", b"not a record", name="labels.pbtxt")
    boxes = read_boxes(tmp_path)
    assert boxes.image_names == ("image 0", "image 1")


def test_images_without_a_name_are_told_apart(tmp_path: Path) -> None:
    path = write(tmp_path, example(filename=None), example(filename=None))
    assert read_boxes(path).image_names == ("train.record/1", "train.record/2")


def test_group_of_is_left_out_unless_wanted(tmp_path: Path) -> None:
    path = write(tmp_path, example(image__object__group_of=[1, 0]))
    assert read_boxes(path).report.dropped == {"group": 1}
    assert read_boxes(path, drop=()).report.noted == {"group": 1}


def test_image_size_stands_in_for_a_size_that_is_not_stated(tmp_path: Path) -> None:
    path = write(tmp_path, example(), example(width=None))
    with pytest.raises(BoxesError, match=r"train\.record:2: image size: got nan x 100"):
        read_boxes(path)
    sizes = read_boxes(path, image_size=(60, 30)).image_sizes
    np.testing.assert_array_equal(sizes, [[200, 100]] * 2 + [[60, 30]] * 2)


GOOD = example()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (example(xmin=[0.5]), "xmin, ymin, xmax, ymax of 1, 2, 2, 2 numbers"),
        (example(text=[b"cat"]), "class/text: 1 values, expected 2, one a box"),
        (example(text=[b"cat", b"\xff"]), "class/text: not text in UTF-8"),
        (example(image__object__difficult=[1]), "difficult: 1 values, expected 2"),
        (example(xmin=[1, 2]), "bbox/xmin: got a int64_list, expected a float_list"),
        (record(b"\xff\xff\xff"), "not a tensorflow.Example"),
        (GOOD[:5], "the file ends within the length of a record"),
        (GOOD[:40], "the file ends within a record"),
        (GOOD[:-1], "the file ends within a record"),
        (b"\0" * 8 + GOOD[8:], "the checksum of the length of a record does not match"),
        (GOOD[:30] + b"?" + GOOD[31:], "the checksum of a record does not match"),
    ],
)
def test_malformed(tmp_path: Path, bad: bytes, message: str) -> None:
    path = write(tmp_path, GOOD, bad)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert (caught.value.path, caught.value.line) == (str(path), 2)


def test_a_length_beyond_reason_is_not_asked_for(tmp_path: Path) -> None:
    length = struct.pack("<Q", 2**62)
    path = write(tmp_path, length + checksum(length))
    with pytest.raises(BoxesError, match="expected at most 134217728"):
        read_boxes(path)


def test_a_truncated_gzip(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(GOOD)[:80])
    with pytest.raises(BoxesError, match="not a TFRecord"):
        read_boxes(path)


def test_the_missing_extra_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.record"
    shutil.copy(GOLDEN, path)
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(MissingExtraError, match=r'pip install "mediapipe_anchors\[tfrecord\]"'):
        read_boxes(path)


def test_examples_laid_out_otherwise_say_what_they_have(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecord"
    others = dict.fromkeys([name.rpartition("/")[2] for name in IMAGE])
    path.write_bytes(example(**others, objects__bbox=[0.0, 0.0, 1.0, 1.0]))
    with pytest.raises(BoxesError, match=r"d:1: features: got \['objects/bbox'\], expected"):
        read_boxes(path)


@pytest.mark.parametrize("name", ["a.tfrec", "train-00000-of-00010", "a.tfrecord-00001-of-00002"])
def test_names_of_shards(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(example())
    assert read_boxes(tmp_path).report.format == "tfrecord"
