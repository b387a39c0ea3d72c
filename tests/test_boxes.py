"""What holds for every format: detection, clipping, counting, and the sizes on the model input."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.boxes import FORMATS, Boxes, read_boxes
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
        BoxesError, match="got 'tfrecord', expected one of coco, voc, yolo, csv, mot"
    ):
        read_boxes(tmp_path, "tfrecord")
    assert list(FORMATS) == ["coco", "voc", "yolo", "csv", "mot"]


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
    with pytest.raises(MediaPipeAnchorsError, match=r"drop: got .*crowd, difficult, ignored"):
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
    assert sum(boxes.report.noted.values()) == moved


# --- On the model input ---


def test_stretched_boxes_are_fractions_of_their_image(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path, ("a", 640, 480, 0, 0, 64, 120, "x"), ("b", 100, 200, 10, 20, 60, 40, "x")
    )
    expected = [[0.1, 0.25], [0.5, 0.1]]
    np.testing.assert_array_equal(boxes.wh(), expected)
    np.testing.assert_array_equal(boxes.wh((300, 300)), expected)


def test_letterboxed_boxes_keep_their_aspect(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path,
        ("wide", 640, 320, 0, 0, 64, 160, "x"),
        ("tall", 100, 200, 10, 20, 60, 40, "x"),
    )
    # Into 320 x 320: halved with bars above and below, or 1.6 times larger with bars at the sides.
    np.testing.assert_allclose(
        boxes.wh((320, 320), resize="letterbox"), [[0.1, 0.25], [0.25, 0.1]], rtol=1e-15
    )
    # Into 320 x 160: the wide image fills it, the tall one is scaled by 0.8.
    np.testing.assert_allclose(
        boxes.wh((320, 160), resize="letterbox"), [[0.1, 0.5], [0.125, 0.1]], rtol=1e-15
    )


def test_an_image_of_the_input_s_shape_is_the_same_either_way(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 640, 480, 3, 5, 64, 120, "x"))
    letterboxed = boxes.wh((320, 240), resize="letterbox")
    np.testing.assert_allclose(letterboxed, boxes.wh(), rtol=1e-15)


def test_resize_and_input_size_are_checked(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 9, 9, 1, 1, 3, 3, "x"))
    with pytest.raises(MediaPipeAnchorsError, match="resize: got 'crop', expected 'stretch' or"):
        boxes.wh((300, 300), resize="crop")  # type: ignore[arg-type]
    with pytest.raises(MediaPipeAnchorsError, match="input_size: got None"):
        boxes.wh(resize="letterbox")
