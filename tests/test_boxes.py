"""What holds for every format: detection, clipping, counting, and the sizes on the model input."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.boxes import FORMATS, Boxes, collect, read_boxes
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError

HEADER = "image,width,height,xmin,ymin,xmax,ymax,label"


def csv_boxes(folder: Path, *rows: tuple[object, ...], **options: object) -> Boxes:
    path = folder / "boxes.csv"
    lines = [HEADER, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_boxes(path, **options)  # type: ignore[arg-type]


# --- Which format ---


def test_a_forced_format_is_said_to_be_forced(tmp_path: Path) -> None:
    path = tmp_path / "table.dat"
    path.write_text(f"{HEADER}\na,9,9,1,2,3,4,x\n", encoding="utf-8")
    with pytest.raises(BoxesError, match=r"table\.dat: format not recognised.*mot \(MOT Challenge"):
        read_boxes(path)
    report = read_boxes(path, "csv").report
    assert (report.format, report.detected) == ("csv", False)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        BoxesError, match="got 'excel', expected one of coco, voc, yolo, csv, mot, wider_face"
    ):
        read_boxes(tmp_path, "excel")
    files = "coco voc yolo csv mot wider_face open_images parquet tfrecord"
    assert list(FORMATS) == files.split()


def test_an_ambiguous_folder_asks(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<annotation/>", encoding="utf-8")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 1 1\n", encoding="utf-8")
    with pytest.raises(BoxesError, match="looks like voc and yolo; choose with format"):
        read_boxes(tmp_path)
    assert len(read_boxes(tmp_path, "yolo", image_size=(8, 8))) == 1


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.csv"):
        read_boxes(tmp_path / "missing.csv")
    with pytest.raises(BoxesError, match="format not recognised"):
        read_boxes(tmp_path)


# --- What is kept ---


def test_each_unusable_box_is_counted_under_its_first_reason(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path,
        ("a", 100, 100, 10, 10, 20, 20, "x"),
        ("a", 100, 100, "nan", 10, 20, 20, "x"),
        ("a", 100, 100, 10, 10, 10, 20, "x"),
        ("a", 100, 100, 30, 10, 20, 20, "x"),
        ("a", 100, 100, 100, 10, 120, 20, "x"),
        ("b", 100, 100, -20, 10, -10, 10, "y"),
        ("a", 100, 100, 90, 10, 120, 20, "x"),
    )
    report = boxes.report
    assert (report.read, report.kept, report.images) == (7, 2, 1)
    assert report.dropped == {"not a number": 1, "no area": 3, "outside the image": 1}
    assert report.noted == {"clipped to the image": 1}
    np.testing.assert_array_equal(boxes.xyxy, [[10, 10, 20, 20], [90, 10, 100, 20]])
    assert boxes.labels == ("x",)
    assert boxes.image_names == ("a",)


def test_boxes_beyond_the_image_can_be_kept_as_they_are(tmp_path: Path) -> None:
    rows = [("a", 100, 100, 90, 10, 120, 20, "x"), ("a", 100, 100, 100, 10, 120, 20, "x")]
    boxes = csv_boxes(tmp_path, *rows, clip=False)
    np.testing.assert_array_equal(boxes.xyxy, [[90, 10, 120, 20]])
    assert boxes.report.noted == {"beyond the image": 1}
    assert boxes.report.dropped == {"outside the image": 1}


def test_no_usable_box_is_an_error_that_counts(tmp_path: Path) -> None:
    with pytest.raises(BoxesError, match="no usable box among 2, reading it as csv: 2 no area"):
        csv_boxes(tmp_path, ("a", 9, 9, 1, 1, 1, 1, "x"), ("a", 9, 9, 2, 1, 1, 1, "x"))
    with pytest.raises(BoxesError, match=r"boxes\.csv: no box found, reading it as csv"):
        csv_boxes(tmp_path)


# --- Boxes that are stated twice ---


def test_a_box_stated_twice_is_counted_and_left_out_if_asked(tmp_path: Path) -> None:
    rows = [
        ("a", 100, 100, 10, 10, 20, 20, "x"),
        ("b", 100, 100, 10, 10, 20, 20, "x"),  # another image
        ("a", 100, 100, 10, 10, 20, 20, "y"),  # another label
        ("a", 100, 100, 10, 10, 20, 21, "x"),  # other corners
        ("a", 100, 100, 10, 10, 20, 20, "x"),
        ("a", 100, 100, 10.0, 1e1, 20, 20, "x"),
        ("a", 100, 100, 10, 10, 20, 20, ""),
        ("a", 100, 100, 10, 10, 10, 20, "x"),  # counted as something else
        ("a", 100, 100, 10, 10, 10, 20, "x"),
    ]
    kept = csv_boxes(tmp_path, *rows).report
    assert (kept.kept, kept.noted, kept.dropped) == (7, {"duplicate": 2}, {"no area": 2})
    boxes = csv_boxes(tmp_path, *rows, drop=["duplicate"])
    assert boxes.report.dropped == {"no area": 2, "duplicate": 2}
    assert boxes.report.noted == {}
    np.testing.assert_array_equal(boxes.class_ids, [0, 0, 1, 0, -1])


def test_width_and_height_exchanged_or_a_negative_zero(tmp_path: Path) -> None:
    rows = [("a", 99, 99, 0, 0, 5, 7, "x"), ("a", 99, 99, 0, 0, 7, 5, "x")]
    assert csv_boxes(tmp_path, *rows).report.noted == {}
    rows = [("a", 99, 99, 0, 0, 5, 7, "x"), ("a", 99, 99, "-0.0", 0, 5, 7, "x")]
    assert csv_boxes(tmp_path, *rows).report.noted == {"duplicate": 1}


@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=60), st.booleans())
def test_duplicates_far_apart_against_a_plain_reference(
    boxes: list[tuple[int, int, int]], drop: bool
) -> None:
    first = [box not in boxes[:index] for index, box in enumerate(boxes)]
    rows = [(image, 9, 9, x, 0, 5, 5, label) for image, x, label in boxes]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(collect, "CHUNK", 4)  # so that equal ones are in different chunks
        read = csv_boxes(Path(folder), *rows, drop=["duplicate"] if drop else [])
    counts = read.report.dropped if drop else read.report.noted
    assert counts.get("duplicate", 0) == first.count(False)
    expected = [box for box, is_first in zip(boxes, first, strict=True) if is_first or not drop]
    images = [int(read.image_names[index]) for index in read.image_ids]
    assert list(zip(images, read.xyxy[:, 0], strict=True)) == [box[:2] for box in expected]
    assert read.report.images == len({image for image, _, _ in boxes})


def test_report_as_json(tmp_path: Path) -> None:
    report = csv_boxes(tmp_path, ("a", 9, 9, 1, 1, 3, 3, "x")).report
    assert report.to_dict() == {
        "path": str(tmp_path / "boxes.csv"),
        "format": "csv",
        "detected": True,
        "read": 1,
        "kept": 1,
        "images": 1,
        "dropped": {},
        "noted": {},
    }


@pytest.mark.parametrize(
    "size", [(0, 5), (5,), (math.nan, 5), (math.inf, 5), "ab", 5, (10**400, 1)]
)
def test_image_size_must_be_two_positive_numbers(tmp_path: Path, size: object) -> None:
    with pytest.raises(
        MediaPipeAnchorsError, match=r"image_size: got .*, expected \(width, height"
    ):
        csv_boxes(tmp_path, ("a", 9, 9, 1, 1, 3, 3, "x"), image_size=size)


@pytest.mark.parametrize("drop", ["crowd", ["small"]])
def test_drop_takes_known_flags(tmp_path: Path, drop: object) -> None:
    with pytest.raises(MediaPipeAnchorsError, match=r"drop: got .*crowd, difficult, group"):
        csv_boxes(tmp_path, ("a", 9, 9, 1, 1, 3, 3, "x"), drop=drop)


coordinates = st.one_of(
    st.integers(-50, 150),
    st.floats(-50, 150, width=32),
    st.sampled_from([math.nan, math.inf, 1e300]),
)


@given(
    st.lists(st.tuples(*[coordinates] * 4), min_size=1, max_size=8),
    st.integers(1, 100),
    st.integers(1, 100),
    st.booleans(),
)
def test_clipping_against_a_plain_reference(
    corners: list[tuple[float, float, float, float]], width: int, height: int, clip: bool
) -> None:
    expected, dropped, moved = [], 0, 0
    for x1, y1, x2, y2 in corners:
        a, b = min(max(x1, 0), width), min(max(y1, 0), height)
        c, d = min(max(x2, 0), width), min(max(y2, 0), height)
        finite = all(map(math.isfinite, (x1, y1, x2, y2)))
        if not finite or min(x2 - x1, y2 - y1, c - a, d - b) <= 1e-3:
            dropped += 1
            continue
        moved += max(abs(a - x1), abs(b - y1), abs(c - x2), abs(d - y2)) > 1e-2
        expected.append((a, b, c, d) if clip else (x1, y1, x2, y2))
    rows = [("a", width, height, *map(repr, box), "x") for box in corners]
    with tempfile.TemporaryDirectory() as folder:
        if not expected:
            with pytest.raises(BoxesError, match="no usable box"):
                csv_boxes(Path(folder), *rows, clip=clip)
            return
        boxes = csv_boxes(Path(folder), *rows, clip=clip)
    np.testing.assert_array_equal(boxes.xyxy, expected)
    assert sum(boxes.report.dropped.values()) == dropped
    remark = "clipped to the image" if clip else "beyond the image"
    assert boxes.report.noted.get(remark, 0) == moved
