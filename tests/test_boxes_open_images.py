"""Open Images CSV."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import pytest

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError

HEADER = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,"
    "IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside"
)
ROWS = [
    "000002b66c9c498e,xclick,/m/01g317,1,0.0125,0.1953125,0.1484375,0.5875,0,1,0,0,0",
    "000002b66c9c498e,xclick,/m/0284d,1,0.25,0.5,0.5,1,0,0,1,0,0",
    "000002b97e5471a0,activemil,/m/01g317,1,0.5,0.75,0.125,0.25,-1,-1,-1,-1,-1",
]


@pytest.fixture(params=["pyarrow", "csv"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs with pyarrow and, as where it is not installed, without."""
    if request.param == "pyarrow":
        pytest.importorskip("pyarrow", reason="needs the extra 'parquet' (pyarrow)")
    else:
        monkeypatch.setitem(sys.modules, "pyarrow", None)


def write(folder: Path, *rows: str, header: str = HEADER, name: str = "a-bbox.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_fractions_of_images_of_unknown_size(tmp_path: Path) -> None:
    boxes = read_boxes(write(tmp_path, *ROWS))
    assert (boxes.report.format, boxes.report.detected) == ("open_images", True)
    assert not boxes.sizes_known
    np.testing.assert_array_equal(
        boxes.xyxy, [[0.0125, 0.1484375, 0.1953125, 0.5875], [0.5, 0.125, 0.75, 0.25]]
    )
    np.testing.assert_array_equal(boxes.wh((300, 300))[1], [0.25, 0.125])
    assert boxes.image_names == ("000002b66c9c498e", "000002b97e5471a0")
    assert boxes.labels == ("/m/01g317",)
    assert (boxes.report.read, boxes.report.dropped) == (3, {"group": 1})
    with pytest.raises(MediaPipeAnchorsError, match="size of the images is not known"):
        boxes.wh((300, 300), resize="letterbox")


def test_a_stated_image_size_makes_pixels(tmp_path: Path) -> None:
    boxes = read_boxes(write(tmp_path, *ROWS), image_size=(1024, 768), drop=())
    assert boxes.sizes_known
    np.testing.assert_array_equal(boxes.xyxy[1], [256, 384, 512, 768])
    assert boxes.report.noted == {"group": 1}


def test_small_boxes_have_an_area(tmp_path: Path) -> None:
    row = "a,,/m/1,1,0.5,0.500005,0.5,0.6,0,0,0,0,0"
    thin = "a,,/m/1,1,0.5,0.5000005,0.5,0.6,0,0,0,0,0"
    report = read_boxes(write(tmp_path, row, thin)).report
    assert (report.kept, report.dropped) == (1, {"no area": 1})


def test_beyond_the_image(tmp_path: Path) -> None:
    rows = ["a,,/m/1,1,-0.25,0.5,0.5,1.5,0,0,0,0,0", "a,,/m/1,1,1,1.5,0,1,0,0,0,0,0"]
    boxes = read_boxes(write(tmp_path, *rows))
    np.testing.assert_array_equal(boxes.xyxy, [[0, 0.5, 0.5, 1]])
    assert boxes.report.noted == {"clipped to the image": 1}
    assert boxes.report.dropped == {"outside the image": 1}


def test_columns_that_may_be_missing_and_a_folder(tmp_path: Path) -> None:
    header = "ImageID,XMin,YMin,XMax,YMax"
    write(tmp_path, "b,0,0,1,1", header=header, name="b.csv")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"{header}\na,0,0,.5,1\n".encode()))
    boxes = read_boxes(tmp_path)
    assert boxes.report.format == "open_images"
    np.testing.assert_array_equal(boxes.xyxy, [[0, 0, 0.5, 1], [0, 0, 1, 1]])
    np.testing.assert_array_equal(boxes.class_ids, [-1, -1])


def test_the_columns_of_both_csv_formats_are_ambiguous(tmp_path: Path) -> None:
    path = write(tmp_path, "a,a.jpg,0,0,1,1", header="ImageID,image,XMin,YMin,XMax,YMax")
    with pytest.raises(BoxesError, match="looks like csv and open_images; choose with format"):
        read_boxes(path)
    assert read_boxes(path, "open_images").report.kept == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,,/m/1,1,wide,1,0,1,0,0,0,0,0", "xmin: got 'wide', expected a number"),
        ("a,,/m/1,1,12,640,0,1,0,0,0,0,0", r"corners: got \[12.0, 0.0, 640.0, 1.0\], expected fra"),
        ("a,,/m/1,1", "4 cells, expected at least 11"),
    ],
)
def test_malformed(tmp_path: Path, row: str, message: str) -> None:
    path = write(tmp_path, ROWS[0], row)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert (caught.value.path, caught.value.line) == (str(path), 3)


def test_a_missing_column(tmp_path: Path) -> None:
    path = write(tmp_path, "a,0,1,0", header="ImageID,XMin,XMax,YMin")
    with pytest.raises(BoxesError, match="format not recognised"):
        read_boxes(path)
    with pytest.raises(BoxesError, match="no column for 'ymax'"):
        read_boxes(path, "open_images")
