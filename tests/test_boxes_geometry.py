"""Where boxes stand on the model input, and what of them it does not show."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.boxes import Boxes, read_boxes
from mediapipe_anchors.boxes.geometry import windows
from mediapipe_anchors.errors import MediaPipeAnchorsError

HEADER = "image,width,height,xmin,ymin,xmax,ymax"


def csv_boxes(folder: Path, *rows: tuple[object, ...], **options: Any) -> Boxes:
    path = folder / "boxes.csv"
    lines = [HEADER, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_boxes(path, **options)


# --- Width and height ---


def test_stretched_boxes_are_fractions_of_their_image(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 640, 480, 0, 0, 64, 120), ("b", 100, 200, 10, 20, 60, 40))
    expected = [[0.1, 0.25], [0.5, 0.1]]
    np.testing.assert_array_equal(boxes.wh(), expected)
    np.testing.assert_array_equal(boxes.wh((300, 300)), expected)


def test_letterboxed_boxes_keep_their_aspect(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path, ("wide", 640, 320, 0, 0, 64, 160), ("tall", 100, 200, 10, 20, 60, 40)
    )
    # Into 320 x 320: halved with bars above and below, or 1.6 times larger with bars at the sides.
    np.testing.assert_allclose(
        boxes.wh((320, 320), resize="letterbox"), [[0.1, 0.25], [0.25, 0.1]], rtol=1e-15
    )
    # Into 320 x 160: the wide image fills it, the tall one is scaled by 0.8.
    np.testing.assert_allclose(
        boxes.wh((320, 160), resize="letterbox"), [[0.1, 0.5], [0.125, 0.1]], rtol=1e-15
    )


@pytest.mark.parametrize("resize", ["letterbox", "center_crop"])
def test_an_image_of_the_input_s_shape_is_the_same_any_way(tmp_path: Path, resize: Any) -> None:
    boxes = csv_boxes(tmp_path, ("a", 640, 480, 3, 5, 64, 120))
    np.testing.assert_array_equal(boxes.wh((320, 240), resize=resize), boxes.wh())
    whole = boxes.on_input((320, 240), roi=(0, 0, 1, 1), resize=resize)
    np.testing.assert_array_equal(whole.xywh, boxes.on_input().xywh)


def test_wh_is_that_of_the_placed_boxes(tmp_path: Path) -> None:
    rows = [("a", 640, 480, 3, 5, 64, 120), ("b", 100, 300, 10, 20, 30, 280)]
    boxes = csv_boxes(tmp_path, *rows)
    for resize in ("stretch", "letterbox", "center_crop"):
        seen = boxes.on_input((300, 200), resize=resize, roi=(0.05, 0, 0.9, 0.8))
        wh = boxes.wh((300, 200), resize=resize, roi=(0.05, 0, 0.9, 0.8))
        np.testing.assert_array_equal(seen.wh, wh)


# --- Places ---


def test_places_on_a_stretched_and_a_letterboxed_input(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 200, 100, 0, 0, 100, 50), ("a", 200, 100, 50, 20, 150, 60))
    seen = boxes.on_input()
    np.testing.assert_array_equal(seen.xywh, [[0.25, 0.25, 0.5, 0.5], [0.5, 0.4, 0.5, 0.4]])
    np.testing.assert_array_equal(seen.rows, [0, 1])
    assert (seen.dropped, seen.noted) == ({}, {})
    # Into a square the image takes the middle half: bars of a quarter above and below.
    seen = boxes.on_input((64, 64), resize="letterbox")
    np.testing.assert_array_equal(seen.xywh, [[0.25, 0.375, 0.5, 0.25], [0.5, 0.45, 0.5, 0.2]])


def test_a_centre_crop_cuts_and_counts(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path,
        ("a", 200, 100, 60, 10, 140, 90),  # within the middle square, 50 to 150
        ("a", 200, 100, 0, 0, 60, 100),  # a tenth of the input is left of it
        ("a", 200, 100, 0, 0, 50, 100),  # outside
        ("a", 200, 100, 150.0005, 0, 200, 100),  # outside
    )
    seen = boxes.on_input((64, 64), resize="center_crop")
    np.testing.assert_array_equal(seen.xywh, [[0.5, 0.5, 0.8, 0.8], [0.05, 0.5, 0.1, 1]])
    np.testing.assert_array_equal(seen.rows, [0, 1])
    assert seen.dropped == {"outside the crop": 2}
    assert seen.noted == {"cut at the crop": 1}
    np.testing.assert_array_equal(boxes.wh((64, 64), resize="center_crop"), [[0.8, 0.8], [0.1, 1]])


def test_a_region_of_interest(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path,
        ("a", 200, 100, 50, 25, 150, 75),
        ("a", 200, 100, 90, 40, 110, 60),
        ("a", 200, 100, 0, 0, 50, 25),
    )
    seen = boxes.on_input(roi=(0.25, 0.25, 0.5, 0.75))  # 50 to 100, 25 to 75
    np.testing.assert_array_equal(seen.xywh, [[0.5, 0.5, 1, 1], [0.9, 0.5, 0.2, 0.4]])
    assert seen.dropped == {"outside the crop": 1}
    assert seen.noted == {"cut at the crop": 2}


def test_a_letterboxed_region_shows_what_lies_around_it(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path,
        ("a", 200, 100, 80, 0, 120, 30),
        ("a", 200, 100, 80, 90, 120, 100),
        ("a", 200, 100, 0, 0, 80, 100),
    )
    # 80 x 20 around 120, 30 becomes 80 x 80 from 80, -10: the image from 0 to 70 is seen.
    seen = boxes.on_input((40, 40), resize="letterbox", roi=(0.4, 0.2, 0.8, 0.4))
    np.testing.assert_allclose(seen.xywh, [[0.25, 0.3125, 0.5, 0.375]], rtol=1e-15)
    np.testing.assert_array_equal(seen.rows, [0])
    assert seen.dropped == {"outside the crop": 2}


def test_the_letterbox_is_that_of_the_image_to_tensor_calculator() -> None:
    """ROI enlarged around its centre; padding as fractions: semantics of `keep_aspect_ratio`."""
    shown = windows(np.array([[640.0, 480.0]]), (192, 96), "letterbox", (0.25, 0.25, 0.5, 0.75))
    # 160 x 240 at 160, 120; the input is twice as wide as high, so the width becomes 480.
    np.testing.assert_array_equal(shown.size, [[480, 240]])
    np.testing.assert_array_equal(shown.corner, [[0, 120]])


def test_an_image_smaller_than_the_input_is_scaled_up(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 10, 20, 0, 0, 10, 5))
    cropped = boxes.on_input((100, 100), resize="center_crop")
    assert cropped.dropped == {"outside the crop": 1}
    seen = boxes.on_input((100, 100), resize="letterbox")
    np.testing.assert_array_equal(seen.xywh, [[0.5, 0.125, 0.5, 0.25]])


# --- Small boxes ---


def test_boxes_that_shrink_below_a_number_of_pixels_are_counted(tmp_path: Path) -> None:
    boxes = csv_boxes(
        tmp_path,
        ("a", 600, 600, 0, 0, 16, 16),
        ("a", 600, 600, 0, 0, 15, 60),
        ("a", 600, 600, 0, 0, 60, 15),
        ("a", 600, 600, 0, 0, 15, 15),
    )
    seen = boxes.on_input((300, 300), min_size=8)
    assert seen.dropped == {"smaller than 8 pixels of the input": 3}
    np.testing.assert_array_equal(seen.rows, [0])
    assert len(boxes.wh((300, 300), min_size=8)) == 1
    assert len(boxes.wh((300, 300), min_size=7.5)) == 4


def test_a_box_is_measured_after_it_is_cut(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 200, 100, 0, 0, 53, 100), ("a", 200, 100, 0, 0, 40, 100))
    seen = boxes.on_input((100, 100), resize="center_crop", min_size=4)
    assert seen.dropped == {"outside the crop": 1, "smaller than 4 pixels of the input": 1}
    assert seen.wh.shape == (0, 2)
    assert seen.noted == {}


# --- Boxes beyond their image ---


def test_boxes_beyond_their_image_are_cut_or_kept(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 100, 100, 80, 0, 120, 50), clip=False)
    np.testing.assert_array_equal(boxes.wh(), [[0.4, 0.5]])
    np.testing.assert_array_equal(boxes.on_input(clip=False).xywh, [[1, 0.25, 0.4, 0.5]])
    np.testing.assert_array_equal(boxes.on_input().xywh, [[0.9, 0.25, 0.2, 0.5]])


def test_boxes_beyond_their_image_do_not_reach_into_the_border(tmp_path: Path) -> None:
    boxes = csv_boxes(tmp_path, ("a", 200, 100, 50, -20, 100, 120), clip=False)
    seen = boxes.on_input((100, 100), resize="letterbox")
    np.testing.assert_array_equal(seen.xywh, [[0.375, 0.5, 0.25, 0.5]])
    seen = boxes.on_input((100, 100), resize="letterbox", clip=False)
    np.testing.assert_array_equal(seen.xywh, [[0.375, 0.5, 0.25, 0.7]])


def test_the_side_that_fits_is_not_rounded(tmp_path: Path) -> None:
    """Else a box as large as its image could reach beyond the input."""
    sides = range(1, 400, 7)
    rows = [(f"{w} {h}", w, h, 0, 0, w, h) for w in sides for h in sides]
    boxes = csv_boxes(tmp_path, *rows)
    assert (boxes.wh((299, 301), resize="letterbox").max(axis=1) == 1).all()
    crop = boxes.on_input((299, 301), resize="center_crop").wh
    np.testing.assert_allclose(crop, 1, rtol=1e-13)


# --- What is not known, or not valid ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resize": "crop"}, "resize: got 'crop', expected 'stretch' or 'letterbox' or 'center_cr"),
        ({"resize": "letterbox"}, "input_size: got None"),
        ({"resize": "center_crop"}, "input_size: got None"),
        ({"input_size": (0, 3)}, r"input_size: got \(0, 3\)"),
        ({"input_size": (3, 3), "min_size": -1}, "min_size: got -1, expected a number of pixels"),
        ({"input_size": (3, 3), "min_size": math.nan}, "min_size: got nan"),
        ({"min_size": 3}, "input_size: got None, expected .* beside min_size"),
        ({"roi": (0, 0, 0, 1)}, r"roi: got \(0, 0, 0, 1\), expected \(xmin, ymin, xmax, ymax\)"),
        ({"roi": (0, 0, 640, 480)}, "roi: got"),
        ({"roi": (0, math.nan, 1, 1)}, "roi: got"),
        ({"roi": 3}, "roi: got 3"),
    ],
)
def test_arguments_are_checked(tmp_path: Path, arguments: Any, message: str) -> None:
    boxes = csv_boxes(tmp_path, ("a", 9, 9, 1, 1, 3, 3))
    for see in (boxes.wh, boxes.on_input):
        with pytest.raises(MediaPipeAnchorsError, match=message):
            see(**arguments)


def test_fractions_of_images_of_unknown_size_can_only_be_stretched() -> None:
    boxes = read_boxes(np.array([[0.25, 0.25, 0.75, 0.5]]))
    np.testing.assert_array_equal(boxes.on_input((30, 30)).xywh, [[0.5, 0.375, 0.5, 0.25]])
    np.testing.assert_array_equal(boxes.wh((30, 30), roi=(0.5, 0, 1, 1)), [[0.5, 0.25]])
    with pytest.raises(MediaPipeAnchorsError, match=r"size of the images is not known.*image_size"):
        boxes.wh((30, 30), resize="letterbox")


def test_widths_and_heights_have_no_place() -> None:
    boxes = read_boxes(np.array([[20, 30], [200, 240]]), image_size=(640, 480))
    np.testing.assert_array_equal(boxes.wh(), [[20 / 640, 30 / 480], [200 / 640, 0.5]])
    assert boxes.wh((320, 320), resize="letterbox").shape == (2, 2)
    for use in (
        lambda: boxes.on_input(),
        lambda: boxes.wh(roi=(0, 0, 0.5, 1)),
        lambda: boxes.wh((9, 9), resize="center_crop"),
    ):
        with pytest.raises(MediaPipeAnchorsError, match="places of the boxes: not known"):
            use()


# --- Against a plain reference ---

fractions = st.integers(0, 16).map(lambda n: n / 16)


@given(
    st.lists(
        st.tuples(st.integers(1, 400), st.integers(1, 400), *[fractions] * 4),
        min_size=1,
        max_size=6,
    ),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.sampled_from(["stretch", "letterbox", "center_crop"]),
    st.tuples(*[fractions] * 4).filter(lambda roi: roi[0] < roi[2] and roi[1] < roi[3]),
    st.sampled_from([0.0, 2.999]),
)
def test_each_box_against_a_plain_reference(
    tmp_path_factory: pytest.TempPathFactory,
    images: list[tuple[float, ...]],
    input_size: tuple[int, int],
    resize: Any,
    roi: tuple[float, float, float, float],
    min_size: float,
) -> None:
    rows = [
        (index, w, h, w * x1, h * y1, w * x2, h * y2)
        for index, (w, h, x1, y1, x2, y2) in enumerate(images)
        if x1 < x2 and y1 < y2
    ]
    if not rows:
        return
    boxes = csv_boxes(tmp_path_factory.mktemp("boxes"), *rows, image_size=(1, 1))
    seen = boxes.on_input(input_size, resize=resize, roi=roi, min_size=min_size)
    expected = {}
    for row, (_, w, h, *corners) in enumerate(rows):
        box = place(w, h, corners, input_size, resize, roi)
        if box is not None and min(box[2] * input_size[0], box[3] * input_size[1]) >= min_size:
            expected[row] = box
    assert set(seen.rows) == set(expected)
    for row, box in zip(seen.rows, seen.xywh, strict=True):
        np.testing.assert_allclose(box, expected[row], rtol=0, atol=1e-12)
    assert sum(seen.dropped.values()) == len(rows) - len(expected)


def place(
    w: float, h: float, corners: Any, input_size: Any, resize: str, roi: Any
) -> list[float] | None:
    """One box, in plain numbers: scaled to the input, cut there and at the edge of the image."""
    sides, into = (w, h), input_size
    span = [(roi[axis + 2] - roi[axis]) * sides[axis] for axis in (0, 1)]
    scales = [into[axis] / span[axis] for axis in (0, 1)]
    if resize != "stretch":
        scales = [min(scales) if resize == "letterbox" else max(scales)] * 2
    low, high = [], []
    for axis in (0, 1):
        middle = (roi[axis] + roi[axis + 2]) / 2 * sides[axis]
        ends = (corners[axis], corners[axis + 2], 0, sides[axis])
        a, b, first, last = (into[axis] / 2 + (end - middle) * scales[axis] for end in ends)
        low.append(min(max(a, first, 0), into[axis]) / into[axis])
        high.append(max(min(b, last, into[axis]), 0) / into[axis])
        if (high[axis] - low[axis]) * into[axis] / scales[axis] <= 1e-3:  # pixels of the image
            return None
    centres = [(low[axis] + high[axis]) / 2 for axis in (0, 1)]
    return [*centres, high[0] - low[0], high[1] - low[1]]
