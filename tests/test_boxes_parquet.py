"""Parquet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.boxes import iter_boxes, parquet, read_boxes
from mediapipe_anchors.errors import BoxesError, MissingExtraError

pa = pytest.importorskip("pyarrow", reason="needs the extra 'parquet' (pyarrow)")
pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'parquet' (pyarrow)")

TABLE: dict[str, Any] = {
    "filename": ["a.jpg", "b.jpg", "a.jpg"],
    "width": [640, 64, 640],
    "height": [480, 48, 480],
    "xmin": [1, 5, 10],
    "ymin": [2, 6, 20],
    "xmax": [3.5, 7, 30],
    "ymax": [4, 8, 40],
    "label": ["dog", None, " cat "],
    "score": [0.5, 0.5, 0.5],
}


def write(path: Path, **changes: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    columns = {name: values for name, values in (TABLE | changes).items() if values is not None}
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_every_column(tmp_path: Path) -> None:
    boxes = read_boxes(write(tmp_path / "a.parquet"))
    assert (boxes.report.format, boxes.report.detected) == ("parquet", True)
    np.testing.assert_array_equal(boxes.xyxy, [[1, 2, 3.5, 4], [5, 6, 7, 8], [10, 20, 30, 40]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [64, 48], [640, 480]])
    np.testing.assert_array_equal(boxes.image_ids, [0, 1, 0])
    np.testing.assert_array_equal(boxes.class_ids, [0, -1, 1])
    assert boxes.image_names == ("a.jpg", "b.jpg")
    assert boxes.labels == ("dog", "cat")


@pytest.mark.parametrize(
    "names",
    [
        pa.array([7, 8, 7], pa.int64()),
        pa.array(["7", "8", "7"], pa.large_string()),
        pa.array(["7", "8", "7"]).dictionary_encode(),
        pa.array([b"7", b"8", b"7"], pa.binary()),
    ],
)
def test_names_of_other_types(tmp_path: Path, names: Any) -> None:
    boxes = read_boxes(write(tmp_path / "a.pq", filename=None, image_id=names, label=names))
    assert boxes.image_names == boxes.labels == ("7", "8")


@pytest.mark.parametrize(
    "kind", [pa.int16(), pa.float32(), pa.string(), pa.decimal128(30, 2), pa.uint64()]
)
def test_numbers_of_other_types(tmp_path: Path, kind: Any) -> None:
    corner = pa.array([1, 5, 10]).cast(kind)
    boxes = read_boxes(write(tmp_path / "a.parquet", xmin=corner))
    np.testing.assert_array_equal(boxes.xyxy[:, 0], [1, 5, 10])


def test_null_and_infinite_coordinates_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", xmin=[None, 5, 10], ymin=[2, float("inf"), 20])
    report = read_boxes(path).report
    assert (report.kept, report.dropped) == (1, {"not a number": 2})


def test_chunks_and_a_folder_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_BATCH", 2)
    write(tmp_path / "data" / "part-1.parquet", filename=["x"] * 3)
    write(tmp_path / "data" / "part-0.parquet")
    chunks = iter_boxes(tmp_path)
    assert [len(boxes) for boxes in chunks] == [6]
    assert chunks.report.images == 3
    assert read_boxes(tmp_path).image_names == ("a.jpg", "b.jpg", "x")


def test_image_size_stands_in_for_a_size_that_is_not_stated(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", width=[640, None, 640])
    with pytest.raises(BoxesError, match=r"a\.parquet:2: image size: got nan x 48"):
        read_boxes(path)
    np.testing.assert_array_equal(read_boxes(path, image_size=(9, 9)).image_sizes[1], [9, 9])
    path = write(tmp_path / "b.parquet", width=None, height=None)
    np.testing.assert_array_equal(read_boxes(path, image_size=(9, 9)).image_sizes[0], [9, 9])


@pytest.mark.parametrize(
    ("changes", "line", "message"),
    [
        ({"xmax": None}, None, "no column for 'xmax'"),
        ({"x1": [1, 2, 3]}, None, "columns xmin and x1 both stand for 'xmin'"),
        ({"ymax": ["4", "8", "tall"]}, 3, "ymax: got 'tall', expected a number"),
        ({"width": [640, 64, 0]}, 3, "image size: got 0 x 480"),
        ({"ymax": [[1], [2], [3]]}, 1, r"ymax: got \[1\], expected a number"),
        ({"filename": [[1], [2], [3]]}, None, "not readable as Parquet"),
    ],
)
def test_malformed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    line: int | None,
    message: str,
) -> None:
    monkeypatch.setattr(parquet, "_BATCH", 2)
    path = write(tmp_path / "a.parquet", **changes)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_fractions_are_not_taken_for_pixels(tmp_path: Path) -> None:
    corners = {name: [0.1, 0.2, 0.3] for name in ("xmin", "ymin")}
    corners |= {name: [0.6, 0.7, 0.8] for name in ("xmax", "ymax")}
    path = write(tmp_path / "a.parquet", **corners, width=[640] * 3, height=[480] * 3)
    with pytest.raises(BoxesError, match="fractions"):
        read_boxes(path)


def test_what_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(BoxesError, match=r"a\.parquet: not readable as Parquet"):
        read_boxes(path)
    path.write_bytes(b"something else")
    with pytest.raises(BoxesError, match="format not recognised"):
        read_boxes(path)


def test_damaged_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet")
    path.write_bytes(path.read_bytes().replace(b"xmin", b"xm\xffn"))
    with pytest.raises(BoxesError, match=r"a\.parquet: not readable as Parquet"):
        read_boxes(path)


def test_the_missing_extra_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r'pip install "mediapipe_anchors\[parquet\]"'):
        read_boxes(path)
