"""Frames of pandas and polars."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.boxes import frame, iter_boxes, read_boxes
from mediapipe_anchors.errors import BoxesError

TABLE: dict[str, list[Any]] = {
    "filename": ["a.jpg", "b.jpg", "a.jpg"],
    "img_w": [640, 64, 640],
    "img_h": [480, 48, 480],
    "x1": [1, 5, 10],
    "y1": [2, 6, 20],
    "x2": [3.5, 7, 30],
    "y2": [4, 8, 40],
    "class": ["dog", None, " cat "],
    "score": [0.5, 0.5, 0.5],
}


@pytest.fixture(params=["pandas", "polars"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param, reason=f"needs the package {request.param}")


def test_every_column(library: Any) -> None:
    boxes = read_boxes(library.DataFrame(TABLE))
    report = boxes.report
    assert (report.path, report.format, report.detected) == ("<DataFrame>", "frame", True)
    np.testing.assert_array_equal(boxes.xyxy, [[1, 2, 3.5, 4], [5, 6, 7, 8], [10, 20, 30, 40]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [64, 48], [640, 480]])
    np.testing.assert_array_equal(boxes.image_ids, [0, 1, 0])
    np.testing.assert_array_equal(boxes.class_ids, [0, -1, 1])
    assert boxes.image_names == ("a.jpg", "b.jpg")
    assert boxes.labels == ("dog", "cat")


def test_names_that_are_numbers_and_numbers_that_are_text(library: Any) -> None:
    changes = {"filename": [7, 8, 7], "class": [1, 2, 1], "x1": ["1", "5", "10"]}
    boxes = read_boxes(library.DataFrame(TABLE | changes))
    assert (boxes.image_names, boxes.labels) == (("7", "8"), ("1", "2"))
    np.testing.assert_array_equal(boxes.xyxy[:, 0], [1, 5, 10])


@pytest.mark.parametrize(
    "corner", [[None, 5, 10], [math.nan, 5.0, 10.0], [math.inf, 5.0, 10.0], [None, "5", "10"]]
)
def test_missing_coordinates_are_counted(library: Any, corner: list[Any]) -> None:
    report = read_boxes(library.DataFrame(TABLE | {"x1": corner})).report
    assert (report.kept, report.dropped) == (2, {"not a number": 1})


def test_categories_and_nullable_numbers_of_pandas() -> None:
    pandas = pytest.importorskip("pandas", reason="needs the package pandas")
    table = pandas.DataFrame(TABLE, index=[30, 20, 10])
    table["class"] = table["class"].astype("category")
    table["x1"] = pandas.array([1, None, 10], "Int64")
    table["y1"] = [Decimal(2), Decimal(6), Decimal(20)]
    boxes = read_boxes(table)
    assert boxes.labels == ("dog", "cat")
    np.testing.assert_array_equal(boxes.xyxy, [[1, 2, 3.5, 4], [10, 20, 30, 40]])


def test_categories_and_decimals_of_polars() -> None:
    polars = pytest.importorskip("polars", reason="needs the package polars")
    table = polars.DataFrame(TABLE).with_columns(
        polars.col("class").cast(polars.Categorical), polars.col("y1").cast(polars.Decimal(8, 2))
    )
    boxes = read_boxes(table)
    assert boxes.labels == ("dog", "cat")
    np.testing.assert_array_equal(boxes.xyxy[:, 1], [2, 6, 20])


def test_slices_of_a_long_frame(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "_BATCH", 2)
    table = library.DataFrame({name: values * 5 for name, values in TABLE.items()})
    chunks = iter_boxes(table, drop=["duplicate"])
    assert sum(map(len, chunks)) == 3
    assert chunks.report.dropped == {"duplicate": 12}
    bad = library.DataFrame(
        {name: values * 5 for name, values in TABLE.items()} | {"img_w": [9] * 14 + [0]}
    )
    with pytest.raises(BoxesError, match="<DataFrame>:15: image size: got 0 x 480"):
        read_boxes(bad)


@pytest.mark.parametrize(
    ("changes", "line", "message"),
    [
        ({"y2": ["4", "8", "tall"]}, 3, "ymax: got 'tall', expected a number"),
        ({"img_w": [640, None, 640]}, 2, "image size: got nan x 48"),
        ({"xmin": [1, 2, 3]}, None, "columns x1 and xmin both stand for 'xmin'"),
    ],
)
def test_malformed(library: Any, changes: dict[str, Any], line: int | None, message: str) -> None:
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(library.DataFrame(TABLE | changes))
    assert (caught.value.path, caught.value.line) == ("<DataFrame>", line)


def test_a_missing_column_and_no_rows(library: Any) -> None:
    table = library.DataFrame(TABLE)
    with pytest.raises(BoxesError, match="<DataFrame>: no column for 'ymax'"):
        read_boxes(table[["filename", "x1", "y1", "x2"]])
    with pytest.raises(BoxesError, match="<DataFrame>: no box found, reading it as frame"):
        read_boxes(table[:0])


def test_fractions_are_not_taken_for_pixels(library: Any) -> None:
    corners = {name: [0.1, 0.2, 0.3] for name in ("x1", "y1")}
    corners |= {name: [0.6, 0.7, 0.8] for name in ("x2", "y2")}
    sizes = {"img_w": [640] * 3, "img_h": [480] * 3}
    with pytest.raises(BoxesError, match="fractions"):
        read_boxes(library.DataFrame(TABLE | corners | sizes))


def test_a_lazy_frame_of_polars_asks_to_be_collected() -> None:
    polars = pytest.importorskip("polars", reason="needs the package polars")
    with pytest.raises(BoxesError, match=r"<LazyFrame>: .*the result of its collect\(\)"):
        read_boxes(polars.LazyFrame(TABLE))


def test_the_format_of_an_object_can_be_forced_but_not_to_one_of_files(library: Any) -> None:
    table = library.DataFrame(TABLE)
    assert not read_boxes(table, "frame").report.detected
    with pytest.raises(BoxesError, match="got 'csv', expected one of globox, supervision, frame"):
        read_boxes(table, "csv")
