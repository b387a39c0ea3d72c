"""CSV."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from mediapipe_anchors.boxes import csv_table, read_boxes
from mediapipe_anchors.errors import BoxesError

HEADER = "image,width,height,xmin,ymin,xmax,ymax,label"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "boxes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_every_column(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, "a.jpg,640,480,1,2,3.5,4,dog", "", '"b, c.jpg",64,48,5,6,7,8,')
    boxes = read_boxes(path)
    assert boxes.report.format == "csv"
    np.testing.assert_array_equal(boxes.xyxy, [[1, 2, 3.5, 4], [5, 6, 7, 8]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [64, 48]])
    np.testing.assert_array_equal(boxes.class_ids, [0, -1])
    assert boxes.image_names == ("a.jpg", "b, c.jpg")
    assert boxes.labels == ("dog",)


def test_other_names_orders_and_extra_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "filename, Class ,X2,Y2,X1,Y1,score,img_w,img_h",
        "a.jpg,dog,30,40,10,20,0.5,640,480",
    )
    boxes = read_boxes(path)
    np.testing.assert_array_equal(boxes.xyxy, [[10, 20, 30, 40]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480]])


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "boxes.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\r\na.jpg,640,480,1,2,3,4,dog\r\n".encode()))
    np.testing.assert_array_equal(read_boxes(path).xyxy, [[1, 2, 3, 4]])


def test_without_image_size_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "image,xmin,ymin,xmax,ymax", "a,1,2,3,4")
    with pytest.raises(BoxesError, match=r"boxes\.csv:1: image size.*state it .image_size"):
        read_boxes(path)
    np.testing.assert_array_equal(read_boxes(path, image_size=(9, 8)).image_sizes, [[9, 8]])


def test_an_image_size_that_is_blank_or_zero(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, "a,640,480,1,2,3,4,x", "b,,480,1,2,3,4,x", "c,0,1,1,2,3,4,x")
    with pytest.raises(BoxesError, match=r"boxes\.csv:3: image size: got nan x 480"):
        read_boxes(path)
    sizes = read_boxes(path, image_size=(9, 8)).image_sizes
    np.testing.assert_array_equal(sizes, [[640, 480], [9, 8], [9, 8]])


def test_blank_and_infinite_coordinates_are_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        "a,9,9,,2,3,4,x",
        "a,9,9,1,nan,3,4,x",
        "a,9,9,1,2,inf,4,x",
        "a,9,9,1,2,3,4,x",
    )
    report = read_boxes(path).report
    assert (report.read, report.kept, report.dropped) == (4, 1, {"not a number": 3})


def test_more_rows_than_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "_BATCH", 3)
    rows = [f"{index // 4},100,100,0,0,{index + 1},5,{index % 2}" for index in range(10)]
    boxes = read_boxes(write(tmp_path, HEADER, *rows))
    np.testing.assert_array_equal(boxes.xyxy[:, 2], np.arange(1, 11))
    np.testing.assert_array_equal(boxes.image_ids, np.arange(10) // 4)
    np.testing.assert_array_equal(boxes.class_ids, np.arange(10) % 2)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["image,xmin,ymin,ymax"], 1, "no column for 'xmax'.*header is image, xmin, ymin, ymax"),
        ([""], 1, "no column for 'image'.*header is empty"),
        (["image,x1,xmin,y1,x2,y2"], 1, "columns x1 and xmin both stand for 'xmin'"),
        ([HEADER, "a,9,9,1,2,3,4,x", "a,9,9,1"], 3, "4 cells, expected at least 8"),
        ([HEADER, "a,9,9,1,2,3,4,x", '"a\nb",9,9,1,2,3,tall,x'], 4, "ymax: got 'tall'"),
        ([HEADER, f"{'a' * 200_000},9,9,1,2,3,4,x"], 2, "not CSV: field larger than field limit"),
    ],
)
def test_malformed(tmp_path: Path, lines: list[str], line: int, message: str) -> None:
    path = write(tmp_path, *lines)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert (caught.value.path, caught.value.line) == (str(path), line)


@pytest.mark.parametrize(
    ("name", "read", "images", "no_area"),
    [
        ("voc2007_trainval.csv.gz", 15_662, 5_011, 0),
        ("coco_val2017.csv.gz", 36_781, 4_952, 1),
        ("bccd.csv", 4_888, 364, 2),
    ],
)
def test_real_boxes(shared_data: Path, name: str, read: int, images: int, no_area: int) -> None:
    boxes = read_boxes(shared_data / name)
    report = boxes.report
    assert (report.read, report.kept, report.images) == (read, read - no_area, images)
    assert report.dropped == ({"no area": no_area} if no_area else {})
    assert report.noted == {}
    assert (boxes.wh() <= 1).all()


def test_fractions_are_not_taken_for_pixels(tmp_path):
    path = write(tmp_path, HEADER, "a,640,480,0.1,0.2,0.3,0.4,cat")
    with pytest.raises(BoxesError, match="fractions"):
        read_boxes(path)
