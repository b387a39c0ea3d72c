"""YOLO text labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def image(path: Path, width: int, height: int, orientation: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    Image.new("RGB", (width, height)).save(path, exif=exif)


def test_images_beside_the_labels(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "0 0.5 0.5 0.25 0.5", "", "3 0.25 0.25 0.5 0.5")
    image(tmp_path / "a.png", 400, 200)
    boxes = read_boxes(tmp_path)
    assert boxes.report.format == "yolo"
    np.testing.assert_array_equal(boxes.xyxy, [[150, 50, 250, 150], [0, 0, 200, 100]])
    np.testing.assert_array_equal(boxes.image_sizes, [[400, 200]] * 2)
    assert boxes.labels == ("0", "3")
    assert boxes.image_names == ("a",)


def test_images_folder_in_place_of_labels_folder(tmp_path: Path) -> None:
    write(tmp_path / "README.txt", "Not a label.")
    write(tmp_path / "labels" / "train" / "a.txt", "0 0.5 0.5 1 1")
    write(tmp_path / "labels" / "val" / "a.txt", "0 0.5 0.5 1 1")
    write(tmp_path / "labels" / "val" / "empty.txt")
    image(tmp_path / "images" / "train" / "a.JPG", 40, 20)
    image(tmp_path / "images" / "val" / "a.png", 30, 60)
    for path in (tmp_path, tmp_path / "labels"):
        np.testing.assert_array_equal(read_boxes(path).image_sizes, [[40, 20], [30, 60]])
    one = read_boxes(tmp_path / "labels" / "val" / "a.txt")
    np.testing.assert_array_equal(one.xyxy, [[0, 0, 30, 60]])


def test_an_image_stored_sideways_has_the_size_it_is_seen_with(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "0 0.5 0.5 1 1")
    image(tmp_path / "a.jpg", 40, 20, orientation=6)
    np.testing.assert_array_equal(read_boxes(tmp_path).image_sizes, [[20, 40]])


def test_image_size_stands_in_for_a_missing_image(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "0 0.5 0.5 0.5 0.5")
    with pytest.raises(BoxesError, match=r"a\.txt: image size.*image_size"):
        read_boxes(path)
    boxes = read_boxes(path, image_size=(100, 50))
    np.testing.assert_array_equal(boxes.xyxy, [[25, 12.5, 75, 37.5]])
    np.testing.assert_array_equal(boxes.wh(), [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "cat\ndog\n"),
        ("data.yaml", "train: images\nnc: 2\nnames: ['cat', \"dog\"]  # two\n"),
        ("data.yaml", "names:  # two\n  0: cat\n  1: dog # barks\nnc: 2\n"),
        ("data.yaml", "names:\n- cat\n- 'dog'\ntrain: images\n"),
        ("data.yaml", "names: {0: cat, 1: 'dog'}\n"),
        ("obj.names", "cat\ndog\n"),
        ("coco8.yaml", "train: images\nnames:\r\n  0: cat\r\n  1: dog\r\n"),
    ],
)
def test_class_names(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    write(tmp_path / "labels" / "a.txt", "1 0.5 0.5 1 1", "0 0.5 0.5 1 1", "2 0.5 0.5 1 1")
    assert read_boxes(tmp_path, image_size=(8, 8)).labels == ("dog", "cat", "2")
    assert read_boxes(tmp_path / "labels", image_size=(8, 8)).labels == ("dog", "cat", "2")


def test_six_decimals_beyond_the_edge_are_no_remark(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "0 0.333333 0.5 0.666667 1", "0 0.1 0.5 0.3 1")
    report = read_boxes(path, image_size=(1000, 1000)).report
    assert report.noted == {"clipped to the image": 1}


def test_pixel_coordinates_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "0 0.5 0.5 1 1", "0 320 240 640 480")
    with pytest.raises(BoxesError, match=r"a\.txt:2: box: got \[320.0, .*expected fractions"):
        read_boxes(path, image_size=(640, 480))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0.1 0.1 0.2", "4 columns, expected 5: class x_center"),
        ("0 0.1 0.1 0.2 0.2 0.9", "6 columns, expected 5.*a score in the sixth"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2 0.3", r"8 columns, .*polygon, 7 or more; keypoints need"),
        ("0 0.1 0.1 wide 0.2", "box: got 'wide', expected a number"),
        ("0.5 0.1 0.1 0.2 0.2", "class: got 0.5, expected a whole number"),
        ("nan 0.1 0.1 0.2 0.2", "class: got nan, expected a whole number"),
    ],
)
def test_malformed(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "a.txt", "0 0.5 0.5 1 1", text)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(tmp_path, image_size=(8, 8))
    assert (caught.value.path, caught.value.line) == (str(path), 2)


def test_an_image_that_is_none(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "0 0.5 0.5 1 1")
    (tmp_path / "a.jpg").write_bytes(b"not an image")
    with pytest.raises(BoxesError, match=r"a\.jpg: not readable as an image"):
        read_boxes(tmp_path)


# --- As the tools of the trade write it ---


def test_the_box_around_a_polygon_is_noted(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "1 0.5 0.25 0.75 0.5 0.25 1", "0 0.5 0.5 1 1")
    write(tmp_path / "b.txt", "0 0.1 0.1 0.9 0.1 0.9 0.5 0.1 0.5", "0 nan 0 0 0 1 1")
    boxes = read_boxes(tmp_path, image_size=(100, 100))
    assert boxes.report.format == "yolo"
    np.testing.assert_array_equal(
        boxes.xyxy, [[25, 25, 75, 100], [0, 0, 100, 100], [10, 10, 90, 50]]
    )
    assert boxes.report.noted == {"box around a polygon": 2}
    assert boxes.report.dropped == {"not a number": 1}
    (tmp_path / "a.txt").unlink()
    assert read_boxes(tmp_path, image_size=(100, 100)).report.format == "yolo"


def test_keypoints_are_passed_over_where_their_number_is_described(tmp_path: Path) -> None:
    write(tmp_path / "data.yaml", "kpt_shape: [2, 2]  # points, x and y", "names: [face]")
    path = write(tmp_path / "labels" / "a.txt", "0 0.5 0.5 1 1 0.1 0.1 0.2 0.2", "0 0.5 0.5 1 1")
    boxes = read_boxes(tmp_path, image_size=(8, 8))
    np.testing.assert_array_equal(boxes.xyxy, [[0, 0, 8, 8]] * 2)
    assert boxes.report.noted == {"duplicate": 1}
    write(path, "0 0.5 0.5 1 1 0.1 0.1")
    with pytest.raises(BoxesError, match=r"7 columns, expected 5.*or 9 with the keypoints"):
        read_boxes(tmp_path, image_size=(8, 8))


def test_text_that_is_no_labels_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "README.roboflow.txt", "An export.")
    write(tmp_path / "train2017.txt", "./obj_train_data/a.jpg")
    write(tmp_path / "obj_train_data" / "a.txt", "0 0.5 0.5 1 1")
    write(tmp_path / "obj_train_data" / "._a.txt", "Mac OS X")
    assert read_boxes(tmp_path, image_size=(8, 8)).report.kept == 1


def test_names_with_commas(tmp_path: Path) -> None:
    write(tmp_path / "data.yaml", "names: ['cat, wild', 'dog']")
    write(tmp_path / "a.txt", "0 0.5 0.5 1 1", "1 0.5 0.5 1 1")
    assert read_boxes(tmp_path, image_size=(8, 8)).labels == ("cat, wild", "dog")


def test_an_image_larger_than_pillow_would_decode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.txt", "0 0.5 0.5 1 1")
    image(tmp_path / "a.png", 40, 20)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    with pytest.raises(Image.DecompressionBombError):
        Image.open(tmp_path / "a.png")
    np.testing.assert_array_equal(read_boxes(tmp_path).image_sizes, [[40, 20]])
