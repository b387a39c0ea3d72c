"""`compare_layouts`: which layouts are compared, how they are measured, and in what order."""

from __future__ import annotations

import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit import (
    GridAnchorFitter,
    compare_layouts,
    describe_reach,
    grid_fitter,
)
from mediapipe_anchors.fit.layouts import default_layouts
from mediapipe_anchors.fit.reach import finest_reach_px
from mediapipe_anchors.layout import MAX_ANCHORS, GridLayout

Floats = npt.NDArray[np.float64]
SIZE = (128, 128)


def small_boxes(count: int = 400, seed: int = 0) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Boxes of 10 to 40 pixels of a 128-pixel input, in 20 images."""
    rng = np.random.default_rng(seed)
    sizes = np.exp(rng.uniform(np.log(10), np.log(40), (count, 2))) / SIZE
    return np.hstack([rng.uniform(0.2, 0.8, (count, 2)), sizes]), rng.integers(20, size=count)


def test_layouts_of_their_own_accord() -> None:
    layouts = default_layouts((300, 300))
    assert len(layouts) == len(set(layouts))
    for layout in layouts:
        assert layout.strides[0] in (4, 8, 16, 32, 64)
        assert all(b == 2 * a for a, b in zip(layout.strides, layout.strides[1:], strict=False))
        assert layout.strides[-1] <= 512
        assert max(layout.feature_maps[-2:][0]) > 1 or len(layout.strides) == 1
    assert {layout.anchors_per_cell for layout in layouts if layout.strides == (32, 64)} == {
        (n, n) for n in range(1, 7)
    }
    b2 = GridLayout((300, 300), (16, 32, 64, 128, 256, 512), (3, 6, 6, 6, 6, 6))
    assert b2 in layouts
    assert b2.num_anchors == 1917


def test_layouts_of_small_and_large_inputs() -> None:
    assert {layout.strides for layout in default_layouts((30, 10))} == {
        *((4,), (4, 8), (4, 8, 16), (4, 8, 16, 32)),
        *((8,), (8, 16), (8, 16, 32)),
        *((16,), (16, 32), (32,), (64,)),
    }
    large = default_layouts((4096, 4096))
    assert max(layout.num_anchors for layout in large) <= MAX_ANCHORS
    assert (8,) in {layout.strides for layout in large}


def test_a_score_is_near_that_of_a_full_fit_to_other_images() -> None:
    """Halves alike but for chance: what is held out here is as good as what is fitted there."""
    boxes, images = small_boxes(1200)
    layouts = [GridLayout(SIZE, (8,), (2,)), GridLayout(SIZE, (16, 32), (3, 3))]
    scores = compare_layouts(boxes, SIZE, groups=images, candidates=layouts)
    assert {each.layout for each in scores} == set(layouts)
    for each in scores:
        halves = [images % 2 == 0, images % 2 == 1]
        full = GridAnchorFitter(each.layout).fit(boxes[halves[0]]).score(boxes[halves[1]])
        assert each.score == pytest.approx(full, abs=0.02)
        assert each.anchors_per_frame == each.layout.num_anchors
        assert each.held_out == 600
        assert each.reach_px == finest_reach_px(each.layout)


def test_what_is_measured_is_held_out() -> None:
    """A box a image of two kinds: one half is fitted to, the other measured."""
    boxes = np.array([[0.5, 0.5, 0.1, 0.1]] * 5 + [[0.5, 0.5, 0.4, 0.4]] * 5)
    layout = GridLayout((8, 8), (8,), (1,))  # one cell, whose centre is that of the boxes
    apart = compare_layouts(boxes, (8, 8), groups=[0] * 5 + [1] * 5, candidates=[layout])
    assert apart[0].score == pytest.approx(1 / 16, rel=0.05)
    assert apart[0].recall == 0
    together = compare_layouts(
        boxes[:5], (8, 8), groups=[0, 1, 0, 1, 0], candidates=[layout], iou_threshold=0.9
    )
    assert together[0].score == pytest.approx(1, abs=0.05)
    assert together[0].recall == 1


def test_order_and_front() -> None:
    boxes, images = small_boxes()
    layouts = default_layouts(SIZE)[::4]
    for min_gain, arguments in ((0.03, {}), (0.2, {"min_gain": 0.2}), (0.0, {"max_anchors": 999})):
        scores = compare_layouts(boxes, SIZE, groups=images, candidates=layouts, **arguments)
        values = [each.score - min_gain * math.log2(each.anchors_per_frame) for each in scores]
        assert values == sorted(values, reverse=True)
        for each in scores:
            better = [
                other
                for other in scores
                if other.score > each.score and other.anchors_per_frame <= each.anchors_per_frame
            ]
            assert each.on_front == (not better)
    assert 1 < sum(each.on_front for each in scores) < len(scores)


def test_small_boxes_want_a_fine_stride() -> None:
    boxes, images = small_boxes()
    scores = compare_layouts(boxes, SIZE, groups=images, max_anchors=1000)
    assert min(scores[0].layout.strides) == 8
    assert all(each.anchors_per_frame <= 1000 for each in scores)
    assert len(scores) > 20


def test_the_smallest_object_that_matters() -> None:
    boxes, images = small_boxes()
    scores = compare_layouts(boxes, SIZE, groups=images, smallest_px=20)
    assert {layout.layout.strides[0] for layout in scores} == {4, 8}
    assert all(each.reach_px <= 20 for each in scores)
    large = (boxes[:, 2:].prod(axis=1)) ** 0.5 * 128 >= 20
    layouts = [each.layout for each in scores]
    alone = compare_layouts(boxes[large], SIZE, groups=images[large], candidates=layouts)
    assert [each.to_dict() for each in alone] == [each.to_dict() for each in scores]


def test_order_of_boxes_does_not_matter_and_progress_is_told() -> None:
    boxes, images = small_boxes()
    order = np.random.default_rng(5).permutation(len(boxes))
    layouts = [GridLayout(SIZE, (8,), (2,)), GridLayout(SIZE, (16, 32), (3, 3))]
    calls: list[tuple[int, int]] = []
    for groups in (images, None):
        first = compare_layouts(boxes, SIZE, groups=groups, candidates=layouts)
        second = compare_layouts(
            boxes[order],
            SIZE,
            groups=None if groups is None else groups[order],
            candidates=iter(layouts),
            progress=lambda *each: calls.append(each),
        )
        assert first == second
    assert calls == [(1, 2), (2, 2)] * 2
    figures = json.loads(json.dumps(first[0].to_dict()))
    assert figures["layout"]["strides"] == list(first[0].layout.strides)
    assert figures["score"] == first[0].score


def test_weights_count_like_repetition() -> None:
    """Bit for bit, for boxes of one image; and a box of no weight is not there."""
    boxes, images = small_boxes()
    counts = np.random.default_rng(3).integers(0, 4, len(boxes))
    layouts = [GridLayout(SIZE, (8,), (2,)), GridLayout(SIZE, (16, 32), (3, 3))]
    weighted = compare_layouts(boxes, SIZE, groups=images, candidates=layouts, sample_weight=counts)
    repeated = compare_layouts(
        np.repeat(boxes, counts, axis=0),
        SIZE,
        groups=np.repeat(images, counts),
        candidates=layouts,
    )
    assert weighted == repeated
    parts = compare_layouts(
        np.vstack([boxes, boxes]),
        SIZE,
        groups=np.append(images, images),
        candidates=layouts,
        sample_weight=np.append(counts * 0.25, counts * 0.75),
    )
    assert weighted == parts
    assert weighted != compare_layouts(boxes, SIZE, groups=images, candidates=layouts)


@pytest.mark.parametrize("has_groups", [True, False])
def test_boxes_of_no_weight_are_not_there(has_groups: bool) -> None:
    boxes, images = small_boxes()
    weights = np.random.default_rng(3).integers(0, 3, len(boxes)) * 0.7
    kept = weights > 0
    layouts = [GridLayout(SIZE, (16, 32), (3, 3))]
    with_all, alone = (
        compare_layouts(
            boxes[rows],
            SIZE,
            groups=images[rows] if has_groups else None,
            candidates=layouts,
            sample_weight=weights[rows],
        )
        for rows in (slice(None), kept)
    )
    assert with_all == alone


def test_weights_count_in_the_fit_and_in_the_measure() -> None:
    """One shape serves the heavy half of the boxes, of which there are few."""
    boxes = np.array([[0.5, 0.5, 0.1, 0.1]] * 20 + [[0.5, 0.5, 0.4, 0.4]] * 4)
    groups = np.arange(24) % 4
    layout = GridLayout((8, 8), (8,), (1,))  # one cell, whose centre is that of the boxes
    weights = np.where(np.arange(24) < 20, 0.5, 10.0)  # 10 for the small ones, 40 for the large

    def measure(sample_weight: Any) -> tuple[float, float]:
        found = compare_layouts(
            boxes,
            (8, 8),
            groups=groups,
            candidates=[layout],
            iou_threshold=0.9,
            sample_weight=sample_weight,
        )[0]
        return found.recall, found.score

    of_small, of_large = 20 / 24, 0.8
    assert measure(None) == pytest.approx((of_small, of_small + (1 - of_small) / 16), abs=0.02)
    assert measure(weights) == pytest.approx((of_large, of_large + (1 - of_large) / 16), abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"max_anchors": 0},
            MediaPipeAnchorsError,
            "max_anchors: got 0, expected a number above 0",
        ),
        ({"max_anchors": 3}, MediaPipeAnchorsError, "max_anchors: got 3, expected at least 4, of"),
        (
            {"max_anchors": 300, "smallest_px": 10},
            MediaPipeAnchorsError,
            "expected at least 1024, of the smallest layout that matches 10 pixels",
        ),
        ({"smallest_px": -1}, MediaPipeAnchorsError, "smallest_px: got -1"),
        (
            {"smallest_px": 8},
            MediaPipeAnchorsError,
            r"smallest_px: got 8, expected at least 9.7, which the finest layout compared matches "
            r"with IoU 0.5 wherever it lies; make the model input larger",
        ),
        ({"smallest_px": 60}, TensorError, "boxes: .*expected a box or more of 60 pixels, the"),
        ({"min_gain": 2}, MediaPipeAnchorsError, "min_gain: got 2"),
        ({"iou_threshold": 1}, MediaPipeAnchorsError, "iou_threshold: got 1"),
        ({"candidates": []}, MediaPipeAnchorsError, "candidates: got .*expected a layout or more"),
        (
            {"candidates": [(8, 16)]},
            MediaPipeAnchorsError,
            "candidates: got .*each a GridLayout of",
        ),
        (
            {"candidates": [GridLayout((64, 64), (8,), (1,))]},
            MediaPipeAnchorsError,
            r"candidates: got GridLayout.*each a GridLayout of input_size \(128, 128\)",
        ),
        ({"input_size": (0, 5)}, MediaPipeAnchorsError, "input_size"),
        ({"boxes": np.ones((3, 2))}, TensorError, r"boxes: got 'shape \(3, 2\)'"),
        ({"boxes": np.ones((0, 4)), "groups": []}, TensorError, "boxes: .*expected a box or more"),
        ({"groups": [1, 2]}, TensorError, "groups: got"),
        ({"sample_weight": [-1] * 400}, TensorError, "sample_weight: got"),
        ({"sample_weight": [0] * 400}, TensorError, "sample_weight: got.*not all zero"),
        ({"sample_weight": [1, 2]}, ValueError, "inconsistent numbers of samples"),
        (
            {
                "boxes": [[0.5, 0.5, 0.1, 0.1], [0.5, 0.5, 0.9, 0.9]],
                "groups": None,
                "sample_weight": [1, 0],
                "smallest_px": 50,
            },
            TensorError,
            "boxes: .*expected a box or more of 50 pixels",
        ),
        ({"groups": [1] * 400}, MediaPipeAnchorsError, "groups: got '1 group of 400 boxes'"),
    ],
)
def test_arguments_out_of_range(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    boxes, images = small_boxes()
    with pytest.raises(error, match=message):
        compare_layouts(**{"boxes": boxes, "input_size": SIZE, "groups": images, **arguments})


def test_advice_on_real_pedestrians() -> None:
    """Most are some 20 x 60 pixels of the input: stride 16 is too coarse, 8 reaches all."""
    boxes = read_boxes(Path(str(files("motmetrics"))) / "data", "mot", image_size=(640, 480))
    placed = boxes.on_input((300, 300))
    images = boxes.image_ids[placed.rows]
    published = GridLayout((300, 300), (16, 32, 64, 128, 256, 512), (3, 6, 6, 6, 6, 6))
    lines = describe_reach(placed.xywh, published)
    assert "5 % smaller than all of it" in lines[1]
    assert "74 % of the boxes are matched wherever they lie" in lines[2]
    assert "Stride 8 is missing: it would match 100 % of the boxes" in lines[3]
    best = compare_layouts(placed.xywh, (300, 300), groups=images, max_anchors=1917)[0]
    assert best.layout.strides == (8, 16, 32)
    assert best.recall > 0.97


# --- More boxes than a grid is fitted to ---


def test_a_grid_is_fitted_to_as_many_boxes_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    sides = rng.lognormal(-2, 0.5, (3000, 2)).clip(0.01, 0.9)
    boxes = np.hstack([rng.uniform(0, 1, (3000, 2)), sides])
    boxes[:600] = boxes[0]  # a fifth are all alike
    weights = rng.integers(1, 3, 3000).astype(float)
    layout = GridLayout((320, 320), (16, 32), (1, 2))
    for weighted in (None, weights):
        with monkeypatch.context() as patch:
            whole = GridAnchorFitter(layout).fit(boxes, sample_weight=weighted)
            patch.setattr(grid_fitter, "MOST", 700)
            few = GridAnchorFitter(layout).fit(boxes, sample_weight=weighted)
            order = rng.permutation(3000)
            again = GridAnchorFitter(layout).fit(
                boxes[order], sample_weight=None if weighted is None else weighted[order]
            )
        np.testing.assert_array_equal(few.anchors_, again.anchors_)
        assert (few.anchors_ != whole.anchors_).any()
        assert (
            few.score(boxes, sample_weight=weighted)
            > whole.score(boxes, sample_weight=weighted) - 0.01
        )
