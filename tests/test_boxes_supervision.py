"""supervision detection data sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from mediapipe_anchors.boxes import read_boxes, supervision_set
from mediapipe_anchors.errors import BoxesError

sv = pytest.importorskip("supervision", reason="needs the package supervision")


def found(*corners: tuple[float, ...], class_ids: list[int] | None = None) -> Any:
    ids = None if class_ids is None else np.array(class_ids, int)
    return sv.Detections(xyxy=np.array(corners, float).reshape(-1, 4), class_id=ids)


def data_set(annotations: dict[str, Any], images: Any = None) -> Any:
    names = list(annotations) if images is None else images
    return sv.DetectionDataset(["cat", "dog"], names, annotations)


def test_the_headers_of_the_image_files_state_their_size(tmp_path: Path) -> None:
    first, second, third = (str(tmp_path / f"{name}.jpg") for name in "abc")
    Image.new("RGB", (40, 20)).save(first)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # stored sideways
    Image.new("RGB", (40, 20)).save(second, exif=exif)
    source = data_set(
        {
            first: found((1, 2, 3, 4), (5, 6, 50, 8), class_ids=[1, 0]),
            third: found(),  # there is no such file, but no box in it either
            second: found((1, 2, 3, 4)),
        }
    )
    boxes = read_boxes(source)
    report = boxes.report
    assert (report.path, report.format) == ("<DetectionDataset>", "supervision")
    np.testing.assert_array_equal(boxes.xyxy, [[1, 2, 3, 4], [5, 6, 40, 8], [1, 2, 3, 4]])
    np.testing.assert_array_equal(boxes.image_sizes, [[40, 20], [40, 20], [20, 40]])
    assert boxes.image_names == (first, second)
    assert [boxes.labels[index] for index in boxes.class_ids[:2]] == ["dog", "cat"]
    assert boxes.class_ids[2] == -1


@pytest.mark.filterwarnings("ignore")  # images in memory are deprecated there, but still in use
def test_images_in_memory_are_measured() -> None:
    images = {"a": np.zeros((20, 40, 3), np.uint8)}
    source = data_set({"a": found((1, 2, 3, 4), class_ids=[0])}, images)
    np.testing.assert_array_equal(read_boxes(source).image_sizes, [[40, 20]])


def test_image_size_stands_in_for_a_missing_image(tmp_path: Path) -> None:
    source = data_set({str(tmp_path / "a.jpg"): found((1, 2, 3, 4), class_ids=[0])})
    with pytest.raises(BoxesError, match="<DetectionDataset>:1: image size: got none"):
        read_boxes(source)
    np.testing.assert_array_equal(read_boxes(source, image_size=(9, 8)).image_sizes, [[9, 8]])


def test_an_image_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"not an image")
    with pytest.raises(BoxesError, match=r"a\.jpg: not readable as an image"):
        read_boxes(data_set({str(path): found((1, 2, 3, 4), class_ids=[0])}))


def test_a_data_set_that_supervision_read_from_files(tmp_path: Path) -> None:
    """The same boxes as ours, from the same YOLO files."""
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    for name in "ab":
        Image.new("RGB", (64, 32)).save(tmp_path / "images" / f"{name}.jpg")
        labels = "1 0.5 0.5 0.25 0.5\n0 0.25 0.25 0.5 0.25\n"
        (tmp_path / "labels" / f"{name}.txt").write_text(labels, encoding="utf-8")
    (tmp_path / "data.yaml").write_text("nc: 2\nnames: [cat, dog]\n", encoding="utf-8")
    places = (tmp_path / "images", tmp_path / "labels", tmp_path / "data.yaml")
    theirs = read_boxes(sv.DetectionDataset.from_yolo(*map(str, places)))
    ours = read_boxes(tmp_path)
    assert theirs.labels == ours.labels == ("dog", "cat")
    for column in ("image_sizes", "image_ids", "class_ids"):
        np.testing.assert_array_equal(getattr(theirs, column), getattr(ours, column))
    np.testing.assert_allclose(theirs.xyxy, ours.xyxy, rtol=1e-6)  # theirs are float32


def test_it_is_known_by_what_it_can_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = data_set({str(tmp_path / "a.jpg"): found((1, 2, 3, 4), class_ids=[0])})
    monkeypatch.setitem(sys.modules, "supervision", None)
    assert supervision_set.FORMAT.detect(source)
    assert len(read_boxes(source, image_size=(9, 9))) == 1
