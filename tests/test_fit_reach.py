"""What a feature map reaches: the formula against brute force, and the advice against counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit import describe_reach, match_anchors
from mediapipe_anchors.fit.reach import finest_reach_px, reach_px, worst_iou
from mediapipe_anchors.layout import GridLayout

Floats = npt.NDArray[np.float64]
sides = st.floats(0.2, 8.0)


def iou_at(box: tuple[float, float], offset: tuple[float, float], shapes: Floats) -> Floats:
    """IoU of a box with shapes [M, 2] centred `offset` away, from their corners."""
    shared = np.ones(len(shapes))
    for axis in range(2):
        low = np.maximum(offset[axis] - box[axis] / 2, -shapes[:, axis] / 2)
        high = np.minimum(offset[axis] + box[axis] / 2, shapes[:, axis] / 2)
        shared *= (high - low).clip(0)
    iou: Floats = shared / (box[0] * box[1] + shapes.prod(axis=1) - shared)
    return iou


def many_shapes(box: tuple[float, float], spacing: tuple[float, float]) -> Floats:
    """A dense grid of shapes with every size that could be the best on either axis."""
    axes = [
        np.append(
            np.geomspace(0.02, 40, 160), abs(np.array([box[i] + spacing[i], box[i] - spacing[i]]))
        )
        for i in range(2)
    ]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


@settings(max_examples=60)
@given(sides, sides, sides, sides)
def test_no_shape_does_better_at_the_worst_place(w: float, h: float, x: float, y: float) -> None:
    box, spacing = (w, h), (x, y)
    shapes = many_shapes(box, spacing)
    shapes = shapes[(shapes > 1e-6).all(axis=1)]
    best = iou_at(box, (x / 2, y / 2), shapes).max()
    assert worst_iou(np.array([box]), spacing)[0] == pytest.approx(best, rel=1e-9)


@given(sides, sides, sides, sides, st.floats(0, 1), st.floats(0, 1))
def test_no_other_place_is_worse(
    w: float, h: float, x: float, y: float, right: float, down: float
) -> None:
    shapes = many_shapes((w, h), (x, y))[-500:]
    shapes = np.vstack([shapes, np.array([[w, h]])])
    here = iou_at((w, h), (right * x / 2, down * y / 2), shapes)
    assert (here >= iou_at((w, h), (x / 2, y / 2), shapes) - 1e-12).all()


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("stride", [4, 8, 100])
def test_reach_in_cells(stride: int, threshold: float) -> None:
    root = threshold**0.5
    expected = stride * root / (1 - root)
    assert reach_px((stride, stride), threshold) == pytest.approx(expected, rel=1e-8)


def test_reach_at_half_is_one_and_the_root_of_two_strides() -> None:
    assert reach_px((16, 16)) == pytest.approx(16 * (1 + 2**0.5), rel=1e-8)
    assert finest_reach_px(GridLayout((320, 320), (32, 16), (1, 1))) == reach_px((16, 16))
    uneven = GridLayout((300, 300), (16, 32), (1, 1))  # 19 cells
    assert finest_reach_px(uneven) == pytest.approx(300 / 19 * (1 + 2**0.5), rel=1e-8)


@pytest.mark.parametrize("input_size", [(160, 160), (150, 100)])
def test_reach_against_anchors_where_they_stand(input_size: tuple[int, int]) -> None:
    """A box of that side is matched everywhere on the map; a smaller one somewhere is not."""
    layout = GridLayout(input_size, (16,), (1,))
    columns, rows = layout.feature_maps[0]
    spacing = (input_size[0] / columns, input_size[1] / rows)
    reach = reach_px(spacing)
    places = np.stack(np.meshgrid(*[np.linspace(0.3, 0.7, 81)] * 2), axis=-1).reshape(-1, 2)
    middle = [(columns // 2) / columns, (rows // 2) / rows]  # between four centres
    places = np.vstack([places, [middle]])
    for factor, is_reached in ((1.001, True), (0.999, False)):
        side = reach * factor
        sizes = np.broadcast_to(np.array([side, side]) / input_size, places.shape)
        anchors = layout.place(
            [[(side + spacing[0]) / input_size[0], (side + spacing[1]) / input_size[1]]]
        )
        iou = match_anchors(np.hstack([places, sizes]), anchors)[1]
        assert (iou.min() >= 0.5) == is_reached
        assert iou.min() == pytest.approx(iou[-1], abs=1e-6)


# --- In words ---


def boxes_px(*rows: tuple[float, float, int], input_size: tuple[int, int] = (320, 320)) -> Floats:
    """So many boxes of each width and height in pixels."""
    return np.array([(w, h) for w, h, count in rows for _ in range(count)]) / input_size


def test_a_missing_stride_in_words() -> None:
    boxes = boxes_px((12, 12, 62), (25, 25, 13), (100, 100, 25))
    layout = GridLayout((320, 320), (16, 32), (3, 3))
    assert describe_reach(boxes, layout) == [
        "Stride 16 is the finest. It matches a square object from 38.6 pixels up with IoU 0.5 "
        "wherever it lies.",
        "62 % of the boxes are smaller than half of that (19.3 pixels, the root of their area), "
        "75 % smaller than all of it.",
        "By their true shapes, 25 % of the boxes are matched wherever they lie; the others only "
        "where they happen to lie well.",
        "Stride 8 is missing: it would match 38 % of the boxes wherever they lie, squares from "
        "19.3 pixels up.",
        "Stride 4 is missing: it would match 100 % of the boxes wherever they lie, squares from "
        "9.7 pixels up.",
    ]
    centres = np.full((100, 2), 0.5)
    assert describe_reach(np.hstack([centres, boxes]), layout) == describe_reach(boxes, layout)


def test_objects_too_small_for_any_stride() -> None:
    boxes = boxes_px((5, 5, 3), (100, 100, 1))
    lines = describe_reach(boxes, GridLayout((320, 320), (5,), (1,)))
    assert lines[-2].startswith("Stride 4 is missing: it would match 25 % of the boxes")
    assert lines[-1] == (
        "Even stride 4 leaves 75 % out of reach: make the model input larger, or crop it to where "
        "the objects are."
    )


def test_nothing_is_missing() -> None:
    lines = describe_reach(boxes_px((25, 25, 9), (5, 5, 1)), GridLayout((320, 320), (8,), (1,)))
    assert len(lines) == 3  # nine in ten are enough
    assert "90 % of the boxes are matched wherever they lie" in lines[2]


def test_a_stride_missing_between_two() -> None:
    boxes = boxes_px((25, 25, 4), (45, 45, 3), (90, 90, 2), (200, 200, 1))
    lines = describe_reach(boxes, GridLayout((320, 320), (8, 64), (1, 1)))
    assert lines[3:] == [
        "Stride 16, between 8 and 64, is missing: it would match 50 % of the boxes wherever they "
        "lie that stride 64 does not.",
        "Stride 32, between 8 and 64, is missing: it would match 20 % of the boxes wherever they "
        "lie that stride 64 does not.",
    ]


def test_strides_finer_than_needed() -> None:
    lines = describe_reach(boxes_px((100, 100, 9)), GridLayout((320, 320), (32, 8, 16), (2, 1, 3)))
    assert lines[3:] == [
        "Finer than IoU 0.5 needs: 8, 16. Stride 32 alone matches 100 % of the boxes wherever they "
        "lie; the finer strides hold 2,800 of the 3,000 anchors."
    ]


def test_narrow_boxes_count_by_their_shape() -> None:
    """40 x 40 is reached by stride 16, 16 x 100 of the same area is not: it may lie between."""
    layout = GridLayout((320, 320), (16,), (1,))
    assert "100 % of the boxes are matched" in describe_reach(boxes_px((40, 40, 1)), layout)[2]
    assert " 0 % of the boxes are matched" in describe_reach(boxes_px((16, 100, 1)), layout)[2]


def test_weights_count_like_repetition() -> None:
    boxes = boxes_px((12, 12, 2), (25, 25, 1), (70, 20, 1), (100, 100, 1))
    counts = [31, 30, 1, 13, 25]
    for strides in ((16, 32), (8, 64)):
        layout = GridLayout((320, 320), strides, (3, 3))
        repeated = describe_reach(np.repeat(boxes, counts, axis=0), layout)
        assert describe_reach(boxes, layout, sample_weight=counts) == repeated
        half = [count / 2 for count in counts]
        assert describe_reach(boxes, layout, sample_weight=half) == repeated
        assert describe_reach(boxes, layout) != repeated


def test_boxes_of_no_weight_are_not_there() -> None:
    boxes = boxes_px((12, 12, 3), (25, 25, 5), (100, 100, 2))
    weights = np.array([0, 0, 2, 1, 0, 0, 1, 1, 3, 0])
    layout = GridLayout((320, 320), (16, 32), (3, 3))
    with_all = describe_reach(boxes, layout, sample_weight=weights)
    kept = weights > 0
    assert with_all == describe_reach(boxes[kept], layout, sample_weight=weights[kept])
    assert with_all != describe_reach(boxes, layout)


def test_weights_are_checked() -> None:
    boxes, layout = boxes_px((12, 12, 2)), GridLayout((64, 64), (8,), (1,))
    for weights in ([1, -1], [0, 0], [1, np.inf]):
        with pytest.raises(TensorError, match="sample_weight: got"):
            describe_reach(boxes, layout, sample_weight=weights)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        describe_reach(boxes, layout, sample_weight=[1])


# --- The smallest object that matters ---


def test_a_stride_is_missing_for_the_smallest_that_matters() -> None:
    """Smaller boxes are left out; a stride is missing however few boxes want it."""
    boxes = boxes_px((5, 5, 50), (20, 20, 1), (100, 100, 49))
    layout = GridLayout((320, 320), (16, 32), (3, 3))
    assert describe_reach(boxes, layout, smallest_px=20) == [
        "Stride 16 is the finest. It matches a square object from 38.6 pixels up with IoU 0.5 "
        "wherever it lies, not the smallest that matters, of 20 pixels.",
        "2 % of the boxes of 20 pixels or more are smaller than that (by the root of their area).",
        "By their true shapes, 98 % of the boxes of 20 pixels or more are matched wherever they "
        "lie; the others only where they happen to lie well.",
        "Stride 8 is missing: it would match 100 % of the boxes wherever they lie, squares from "
        "19.3 pixels up.",
    ]


def test_the_smallest_is_less_than_half_of_what_is_reached() -> None:
    boxes = boxes_px((5, 5, 50), (12, 12, 1), (30, 30, 1), (100, 100, 48))
    lines = describe_reach(boxes, GridLayout((320, 320), (16,), (3,)), smallest_px=10)
    assert lines[1] == (
        "2 % of the boxes of 10 pixels or more are smaller than half of that (19.3 pixels, the "
        "root of their area), 4 % smaller than all of it."
    )


def test_the_smallest_that_matters_is_matched() -> None:
    boxes = boxes_px((5, 5, 50), (60, 60, 1), (100, 100, 49))
    lines = describe_reach(boxes, GridLayout((320, 320), (8, 16), (3, 3)), smallest_px=50)
    assert lines[0].endswith("wherever it lies, so the smallest that matters, of 50 pixels.")
    assert lines[3].startswith("Finer than IoU 0.5 needs: 8. Stride 16 alone matches 100 %")
    lines = describe_reach(boxes, GridLayout((320, 320), (8, 16), (3, 3)), smallest_px=30)
    assert len(lines) == 3  # stride 16 matches all boxes, but no square of 30 pixels


def test_a_smallest_that_no_stride_matches() -> None:
    boxes = boxes_px((8, 8, 1), (100, 100, 49))
    lines = describe_reach(boxes, GridLayout((320, 320), (8,), (3,)), smallest_px=8)
    assert lines[3].startswith("Stride 4 is missing: it would match 98 % of the boxes")
    assert lines[4] == (
        "Even stride 4 matches squares from 9.7 pixels up alone: make the model input larger, or "
        "crop it to where the objects are."
    )


@pytest.mark.parametrize("smallest_px", [0, -1, float("nan"), "8", float("inf")])
def test_a_smallest_that_is_no_size(smallest_px: Any) -> None:
    with pytest.raises(MediaPipeAnchorsError, match="smallest_px: got"):
        describe_reach([[0.1, 0.1]], GridLayout((64, 64), (8,), (1,)), smallest_px=smallest_px)


def test_no_box_is_large_enough() -> None:
    message = "boxes: .*expected a box or more of 50 pixels"
    with pytest.raises(TensorError, match=message):
        describe_reach([[0.1, 0.1]], GridLayout((64, 64), (8,), (1,)), smallest_px=50)


@pytest.mark.parametrize(
    ("boxes", "threshold", "error", "message"),
    [
        (
            np.ones((2, 3)),
            0.5,
            TensorError,
            r"boxes: got 'shape \(2, 3\)', expected shape \(N, 4\)",
        ),
        (np.ones((0, 2)), 0.5, TensorError, "boxes: got .*, expected a box or more"),
        ([[0.1, 0.0]], 0.5, TensorError, r"boxes\[0\]: got \[0.1, 0.0\]"),
        (
            [[0.1, 0.1]],
            1,
            MediaPipeAnchorsError,
            "iou_threshold: got 1, expected above 0 and below",
        ),
        ([[0.1, 0.1]], 0, MediaPipeAnchorsError, "iou_threshold: got 0"),
        ([[0.1, 0.1]], "0.5", MediaPipeAnchorsError, "iou_threshold: got '0.5'"),
    ],
)
def test_arguments_out_of_range(
    boxes: Any, threshold: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        describe_reach(boxes, GridLayout((64, 64), (8,), (1,)), iou_threshold=threshold)
