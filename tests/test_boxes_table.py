"""The columns that tables of boxes may have: corners, sides, or four numbers in one cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.boxes import Boxes, read_boxes
from mediapipe_anchors.errors import BoxesError

SIZE = (640, 480)


def table(kind: str, folder: Path, columns: dict[str, list[Any]]) -> Any:
    """The same columns as a CSV file, a Parquet file, or a frame."""
    if kind == "csv":
        lines = [",".join(columns)]
        for row in zip(*columns.values(), strict=True):
            lines.append(",".join(f'"{cell}"' for cell in row))
        (folder / "a.csv").write_text("\n".join(lines), encoding="utf-8")
        return folder / "a.csv"
    if kind == "parquet":
        pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
        import pyarrow as pa
        from pyarrow.parquet import write_table

        write_table(pa.table(columns), folder / "a.parquet")
        return folder / "a.parquet"
    library = pytest.importorskip(kind, reason=f"needs the package {kind}")
    return library.DataFrame(columns)


KINDS = ["csv", "parquet", "pandas", "polars"]


def read(kind: str, folder: Path, columns: dict[str, list[Any]], **options: Any) -> Boxes:
    return read_boxes(table(kind, folder, {"image": ["a", "b"], **columns}), **options)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "titles",
    ["x y w h", "X Y Width Height", "bbox_x bbox_y bbox_width bbox_height", "left top w h"],
)
def test_left_top_width_and_height(tmp_path: Path, kind: str, titles: str) -> None:
    columns = dict(zip(titles.split(), ([10, 1], [20, 2], [30, 3], [40, 4]), strict=True))
    sizes = {"image_width": [640, 64], "image_height": [480, 48]}
    boxes = read(kind, tmp_path, columns | sizes)
    np.testing.assert_array_equal(boxes.xyxy, [[10, 20, 40, 60], [1, 2, 4, 6]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [64, 48]])
    assert read(kind, tmp_path, columns, image_size=SIZE).report.detected


def test_the_size_of_the_image_beside_w_and_h(tmp_path: Path) -> None:
    columns = {"x": [1, 1], "y": [2, 2], "w": [3, 3], "h": [4, 4]}
    boxes = read("csv", tmp_path, columns | {"width": [64, 64], "height": [48, 48]})
    np.testing.assert_array_equal(boxes.image_sizes, [[64, 48]] * 2)


def test_width_and_height_beside_a_corner_are_those_of_the_image(tmp_path: Path) -> None:
    columns = {"xmin": [1, 1], "ymin": [2, 2], "ymax": [3, 3], "width": [9, 9], "height": [9, 9]}
    with pytest.raises(BoxesError, match="no column for 'xmax'"):
        read("csv", tmp_path, columns, image_size=SIZE)


def test_of_columns_that_mean_the_same_the_first_name_counts(tmp_path: Path) -> None:
    corners = {"xmin": [1, 1], "ymin": [2, 2], "xmax": [3, 3], "ymax": [4, 4]}
    more = {"path": ["p", "p"], "class_id": [0, 0], "label": ["x", "y"], "width": [2, 2]}
    sizes = {"height": [2, 2], "image_width": [64, 64], "image_height": [48, 48]}
    boxes = read("csv", tmp_path, corners | more | sizes)
    assert (boxes.image_names, boxes.labels) == (("a", "b"), ("x", "y"))
    np.testing.assert_array_equal(boxes.image_sizes, [[64, 48]] * 2)


# --- Four numbers in one cell ---

SIDES = [[400.0, 300.0, 50.0, 60.0], [0.0, 0.0, 100.0, 50.0]]
CORNERS = [[400.0, 300.0, 450.0, 360.0], [0.0, 0.0, 100.0, 50.0]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("bbox", "order"), [(SIDES, "x, y, width, height"), (CORNERS, "xmin, ymin, xmax, ymax")]
)
def test_what_the_numbers_are_is_found_and_said(
    tmp_path: Path, kind: str, bbox: list[list[float]], order: str
) -> None:
    boxes = read(kind, tmp_path, {"bbox": bbox, "width": [640, 640], "height": [480, 480]})
    np.testing.assert_array_equal(boxes.xyxy, CORNERS)
    assert boxes.report.noted == {f"bbox read as {order}": 2}


@pytest.mark.parametrize("kind", KINDS)
def test_what_could_be_either_is_refused(tmp_path: Path, kind: str) -> None:
    bbox = [[0.0, 0.0, 100.0, 50.0]] * 2
    with pytest.raises(BoxesError, match=r"bbox: of 2 boxes 0 have no area as xmin.*write them"):
        read(kind, tmp_path, {"bbox": bbox}, image_size=SIZE)


def test_mistakes_do_not_tell_what_a_bbox_is(tmp_path: Path) -> None:
    rows = [[0, 0, 9, 9]] * 99 + [[9, 9, 9, 9]]
    columns = {"image": ["a"] * 100, "bbox": rows}
    with pytest.raises(BoxesError, match=r"bbox: of 100 boxes 1 have no area"):
        read_boxes(table("csv", tmp_path, columns), image_size=SIZE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([[1.0, 2.0, 3.0]] * 2, "bbox: got .*1.0, 2.0, 3.0.*, expected four numbers"),
        (["[1, 2, 3, x]"] * 2, "bbox: got 'x', expected a number"),
        ([5.0] * 2, "bbox: got '?5.0'?, expected four numbers"),
    ],
)
def test_malformed_cells(tmp_path: Path, kind: str, cells: list[Any], message: str) -> None:
    with pytest.raises(BoxesError, match=message) as caught:
        read(kind, tmp_path, {"bbox": cells}, image_size=SIZE)
    assert caught.value.line == (2 if kind == "csv" else 1)


@pytest.mark.parametrize("kind", ["parquet", "pandas", "polars"])
def test_a_cell_without_a_bbox_is_counted(tmp_path: Path, kind: str) -> None:
    boxes = read(kind, tmp_path, {"bbox": [SIDES[0], None]}, image_size=SIZE)
    assert boxes.report.dropped == {"not a number": 1}


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=30, max_size=60), st.booleans())
def test_the_order_of_random_boxes_is_found(
    shapes: list[tuple[float, float, float, float]], as_sides: bool
) -> None:
    pandas = pytest.importorskip("pandas", reason="needs the package pandas")
    width, height = SIZE
    corners = [
        (x * (width - 3), y * (height - 3), (x + (1 - x) * w) * (width - 3) + 3, (y + (1 - y) * h)
         * (height - 3) + 3)
        for x, y, w, h in shapes
    ]  # fmt: skip
    cells = [(a, b, c - a, d - b) if as_sides else (a, b, c, d) for a, b, c, d in corners]
    frame = pandas.DataFrame({"image": ["a"] * len(cells), "bbox": cells})
    try:
        found = read_boxes(frame, image_size=SIZE, clip=False)
    except BoxesError as error:
        message = str(error)
    else:
        message = ""
    if message:
        assert "does not tell the two apart" in message
        return
    np.testing.assert_allclose(found.xyxy, corners, rtol=0, atol=1e-9)


# --- Headers that are none ---


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("a.jpg,1,2,3,4,cat", "this is a box already, expected a line of titles before it"),
        ("image;xmin;ymin", "cells stand between semicolons, expected commas"),
        ("image\txmin\tymin", "cells stand between tabs, expected commas"),
        ("filename,file_size,region_shape_attributes", "VIA's own CSV: export it as COCO"),
    ],
)
def test_what_is_wrong_with_a_header(tmp_path: Path, header: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(BoxesError, match=rf"a\.csv:1: no column for .*{message}"):
        read_boxes(tmp_path / "a.csv")


# --- An image a row ---

FEATURES = {"objects": {"feature": {"category": {"feature": {"names": ["cat", "dog"]}}}}}


def objects(path: Path, *, as_list: bool = False, **changes: Any) -> Path:
    """Parquet as Hugging Face's `datasets` writes it."""
    pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    import pyarrow as pa
    from pyarrow.parquet import write_table

    boxes, labels = [SIDES, [], [[9.0, 8.0, 2.0, 3.0]]], [[1, 0], [], [1]]
    columns: dict[str, Any] = {
        "image": [{"bytes": b"", "path": name} for name in ("a.jpg", "b.jpg", "c.jpg")],
        "width": [640, 640, 64],
        "height": [480, 480, 48],
        "objects": [
            [{"bbox": each, "category": label} for each, label in zip(*both, strict=True)]
            if as_list
            else {"bbox": both[0], "category": both[1]}
            for both in zip(boxes, labels, strict=True)
        ],
    } | changes
    content = pa.table({name: values for name, values in columns.items() if values is not None})
    described = {"huggingface": json.dumps({"info": {"features": FEATURES}})}
    write_table(content.replace_schema_metadata(described), path)
    return path


@pytest.mark.parametrize("as_list", [True, False])
def test_an_image_a_row(tmp_path: Path, as_list: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = objects(tmp_path / "train-00000-of-00001.parquet", as_list=as_list)
    boxes = read_boxes(path)
    assert boxes.report.noted == {"bbox read as x, y, width, height": 3}
    np.testing.assert_array_equal(boxes.xyxy, [*CORNERS, [9, 8, 11, 11]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [640, 480], [64, 48]])
    assert (boxes.image_names, boxes.labels) == (("a.jpg", "c.jpg"), ("dog", "cat"))
    np.testing.assert_array_equal(boxes.class_ids, [0, 1, 0])


def test_an_image_a_row_without_names_and_sizes(tmp_path: Path) -> None:
    path = objects(tmp_path / "a.parquet", image=None, width=None, height=None)
    with pytest.raises(BoxesError, match=r"a\.parquet:1: image size: got none"):
        read_boxes(path)
    assert read_boxes(path, image_size=SIZE).image_names == ("a.parquet/1", "a.parquet/3")


@pytest.mark.parametrize(
    ("bbox", "category", "line", "message"),
    [
        ([[1.0, 2.0, 3.0]], [1], 2, "objects.bbox: a box of 3 numbers, expected four"),
        ([[9.0, 9.0, 3.0, 4.0]], [1, 1], 2, "objects.category: 2 values, expected 1"),
    ],
)
def test_malformed_objects(
    tmp_path: Path, bbox: Any, category: Any, line: int, message: str
) -> None:
    good = {"bbox": SIDES, "category": [0, 0]}
    rows = [good, {"bbox": bbox, "category": category}, good]
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(objects(tmp_path / "a.parquet", objects=rows))
    assert caught.value.line == line
