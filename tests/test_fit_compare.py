"""`compare_anchors`: keep or replace, on held-out images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold

from mediapipe_anchors import SsdAnchorsOptions, generate_anchors, preset
from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit import AnchorFitter, GridAnchorFitter, compare_anchors, shape_iou
from mediapipe_anchors.layout import GridLayout

Floats = npt.NDArray[np.float64]
OPTIONS = SsdAnchorsOptions(
    input_size_width=64,
    input_size_height=64,
    min_scale=0.2,
    max_scale=0.6,
    num_layers=2,
    strides=[8, 16],
    aspect_ratios=[1.0, 2.0],
)


def placed_boxes(count: int = 120, seed: int = 0) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Boxes of about 0.3 x 0.15 in 12 images."""
    rng = np.random.default_rng(seed)
    sides = np.array([0.3, 0.15]) * rng.uniform(0.8, 1.25, (count, 2))
    return np.hstack([rng.uniform(0.2, 0.8, (count, 2)), sides]), rng.integers(12, size=count)


def brute_iou(boxes: Floats, anchors: Floats) -> Floats:
    """The best IoU of each box with all anchors, corner by corner."""
    low = [each[:, None, :2] - each[:, None, 2:] / 2 for each in (boxes, anchors)]
    high = [each[:, None, :2] + each[:, None, 2:] / 2 for each in (boxes, anchors)]
    both = np.minimum(high[0], high[1][:, 0]) - np.maximum(low[0], low[1][:, 0])
    shared = both.clip(0).prod(axis=2)
    areas = [each[:, 2:].prod(axis=1) for each in (boxes, anchors)]
    iou: Floats = (shared / (areas[0][:, None] + areas[1] - shared)).max(axis=1)
    return iou


def test_figures_are_those_of_held_out_images() -> None:
    boxes, images = placed_boxes()
    fitter = GridAnchorFitter(OPTIONS)
    comparison = compare_anchors(boxes, images, OPTIONS, fitter, folds=3, iou_threshold=0.6)
    order = np.lexsort((*boxes.T, images))
    boxes, images = boxes[order], images[order]
    for fold, (training, held_out) in enumerate(GroupKFold(3).split(boxes, groups=images)):
        own = brute_iou(boxes[held_out], generate_anchors(OPTIONS).astype(float))
        fitted = GridAnchorFitter(OPTIONS).fit(boxes[training]).anchors_
        new = brute_iou(boxes[held_out], fitted.astype(float))
        for name, value in {
            "current": own.mean(),
            "current_recalls": (own >= 0.6).mean(),
            "fitted": new.mean(),
            "fitted_recalls": (new >= 0.6).mean(),
        }.items():
            assert getattr(comparison, name)[fold] == pytest.approx(value), name
    assert comparison.fitted is not None
    assert comparison.current is not None
    gains = comparison.fitted - comparison.current
    assert comparison.gain == pytest.approx(gains.mean())
    assert comparison.gain_spread == pytest.approx(gains.std(ddof=1))
    assert (comparison.placed, comparison.measure, comparison.verdict) == (
        True,
        "mean_iou",
        "replace",
    )
    assert comparison.current_anchors == comparison.fitted_anchors == (64 + 16) * 3
    assert not hasattr(fitter, "anchors_")  # it was cloned


def shapes_of(*rows: tuple[float, float, int]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """So many boxes of each width and height in each of two images."""
    once = np.array([row[:2] for row in rows for _ in range(row[2])])
    return np.tile(once, (2, 1)), np.repeat([0, 1], len(once))


def test_replace_in_words() -> None:
    boxes, images = shapes_of((0.2, 0.2, 3), (0.2, 0.1, 1))
    comparison = compare_anchors(boxes, images, [[0.2, 0.1]], [[0.2, 0.2], [0.2, 0.1]])
    np.testing.assert_allclose(comparison.current, [0.625, 0.625])
    np.testing.assert_allclose(comparison.fitted, [1, 1])
    np.testing.assert_allclose(comparison.fitted_recalls, [1, 1])
    assert comparison.reason == (
        "replace: mean best IoU, by shape alone, rises from 0.625 to 1.000 (+0.375 +- 0.000 over 2 "
        "folds) with 2 shapes in place of 1 shape"
    )
    assert not comparison.placed


def test_keep_in_words() -> None:
    boxes, images = shapes_of((0.2, 0.2, 3), (0.2, 0.1, 1))
    same = compare_anchors(boxes, images, [[0.2, 0.1]], [[0.2, 0.1]], min_gain=0)
    assert same.verdict == "keep"
    assert same.reason == (
        "keep: mean best IoU, by shape alone, stays at 0.625 (+0.000 +- 0.000 over 2 folds) at the "
        "same 1 shape"
    )
    little = compare_anchors(boxes, images, [[0.2, 0.1]], [[0.2, 0.101]], min_gain=0.01)
    assert little.verdict == "keep"
    assert little.reason.endswith("at the same 1 shape; less than 0.01 beyond its spread")
    assert compare_anchors(boxes, images, [[0.2, 0.1]], [[0.2, 0.101]], min_gain=0).gain > 0
    worse = compare_anchors(boxes, images, [[0.2, 0.2]], [[0.1, 0.1]], measure="recall")
    assert worse.verdict == "keep"
    assert worse.reason == (
        "keep: recall at 0.5, by shape alone, falls from 1.000 to 0.250 (-0.750 +- 0.000 over 2 "
        "folds) at the same 1 shape"
    )


def test_a_gain_must_exceed_its_spread() -> None:
    """One image gains 0.5, the other nothing: 0.25 +- 0.35."""
    boxes, images = [[0.2, 0.2]] * 4 + [[0.2, 0.1]] * 4, [0] * 4 + [1] * 4
    both = [[0.2, 0.2], [0.2, 0.1]]
    comparison = compare_anchors(boxes, images, [[0.2, 0.1]], both)
    assert comparison.gain == pytest.approx(0.25)
    assert comparison.gain_spread == pytest.approx(0.25 * 2**0.5)
    assert comparison.verdict == "keep"
    mixed, groups = shapes_of((0.2, 0.2, 4), (0.2, 0.1, 4))
    assert compare_anchors(mixed, groups, [[0.2, 0.1]], both).verdict == "replace"


def test_a_gain_of_one_measure_does_not_pay_for_a_loss_of_the_other() -> None:
    boxes, images = shapes_of((0.4, 0.4, 6), (0.2, 0.2, 4))
    middle, exact = [[0.283, 0.283]], [[0.4, 0.4]]  # IoU 0.5 with both; 1 and 0.25
    by_iou = compare_anchors(boxes, images, middle, exact, iou_threshold=0.49)
    assert by_iou.gain == pytest.approx(0.6 + 0.4 * 0.25 - 0.5, abs=0.001)
    assert by_iou.verdict == "keep"
    assert by_iou.reason.endswith(
        "at the same 1 shape, but recall at 0.49 falls from 1.000 to 0.600"
    )
    by_recall = compare_anchors(boxes, images, exact, middle, measure="recall", iou_threshold=0.49)
    assert by_recall.gain == pytest.approx(0.4)
    assert by_recall.verdict == "keep"
    assert ", but mean best IoU falls from 0.700 to 0.5" in by_recall.reason


def test_the_measure_is_that_of_the_challenger() -> None:
    boxes, images = placed_boxes()
    for objective, measure in (("recall", "recall"), ({"mean_iou": 1}, "mean_iou")):
        fitter = GridAnchorFitter(OPTIONS, kind="stock", objective=objective)
        assert compare_anchors(boxes, images, OPTIONS, fitter, folds=2).measure == measure
    fitter = GridAnchorFitter(OPTIONS, objective="recall")
    comparison = compare_anchors(boxes, images, OPTIONS, fitter, folds=2, measure="mean_iou")
    assert comparison.measure == "mean_iou"
    assert "mean best IoU" in comparison.reason


def test_fitters_of_shapes() -> None:
    rng = np.random.default_rng(0)
    boxes = np.exp(rng.normal(-2, 1, (500, 2)))
    comparison = compare_anchors(
        boxes, None, AnchorFitter(4, algorithm="kmeans"), AnchorFitter(4), min_gain=0.005
    )
    assert comparison.verdict == "replace"
    assert comparison.current_anchors == comparison.fitted_anchors == 4
    # Options for boxes without places count by their shapes.
    by_options = compare_anchors(boxes, None, OPTIONS, AnchorFitter(4), folds=2)
    sizes = np.unique(generate_anchors(OPTIONS)[:, 2:], axis=0)
    assert by_options.current_anchors == len(sizes) == 6
    assert by_options.current is not None
    assert by_options.current.mean() == pytest.approx(shape_iou(boxes, sizes).max(axis=1).mean())


def test_weights_count_like_repetition() -> None:
    boxes, images = placed_boxes()
    counts = np.random.default_rng(3).integers(3, size=len(boxes))
    fitter = GridAnchorFitter(OPTIONS)
    weighted = compare_anchors(boxes, images, OPTIONS, fitter, folds=2, sample_weight=counts)
    kept = counts > 0
    again = compare_anchors(
        boxes[kept], images[kept], OPTIONS, fitter, folds=2, sample_weight=counts[kept]
    )
    assert weighted.to_dict() == again.to_dict()
    repeated = compare_anchors(
        np.repeat(boxes, counts, axis=0), np.repeat(images, counts), OPTIONS, OPTIONS, folds=12
    )
    fixed = compare_anchors(boxes, images, OPTIONS, OPTIONS, folds=12, sample_weight=counts)
    assert repeated.current is not None
    assert fixed.current is not None
    np.testing.assert_allclose(np.sort(repeated.current), np.sort(fixed.current))


class Recorder(BaseEstimator):  # type: ignore[misc]
    """Wants the width of each box as its weight."""

    def fit(self, X: Floats, y: Any = None, sample_weight: Any = None) -> Recorder:
        np.testing.assert_array_equal(sample_weight, X[:, 2])
        self.anchors_ = generate_anchors(OPTIONS)
        return self


def test_weights_are_passed_on_to_the_fit() -> None:
    boxes, images = placed_boxes()
    compare_anchors(boxes, images, OPTIONS, Recorder(), sample_weight=boxes[:, 2])


@pytest.mark.parametrize(
    "current", [preset("face_detection_short_range").anchors, [[0.5, 0.5, 1, 1], [0.2, 0.5, 1, 1]]]
)
def test_anchors_that_are_only_centres(current: Any) -> None:
    boxes, images = placed_boxes()
    layout = GridLayout((128, 128), (8, 16), (2, 6))
    comparison = compare_anchors(boxes, images, current, GridAnchorFitter(layout))
    assert comparison.verdict == "keep"
    assert comparison.reason.startswith("keep: the current anchors are only centres (w = h = 1")
    figures = comparison.to_dict()
    assert figures["current_anchors"] == (2 if isinstance(current, list) else 896)
    for name in ("current", "fitted", "current_recalls", "fitted_recalls", "gain", "gain_spread"):
        assert figures[name] is None


def test_order_does_not_matter_and_progress_is_told() -> None:
    boxes, images = placed_boxes()
    order = np.random.default_rng(1).permutation(len(boxes))
    calls: list[tuple[int, int]] = []
    for groups in (images, None):
        first = compare_anchors(boxes, groups, OPTIONS, GridAnchorFitter(OPTIONS), folds=2)
        second = compare_anchors(
            boxes[order],
            None if groups is None else groups[order],
            OPTIONS,
            GridAnchorFitter(OPTIONS),
            folds=2,
            progress=lambda *each: calls.append(each),
        )
        assert first.to_dict() == second.to_dict()
    assert calls == [(1, 2), (2, 2)] * 2
    assert json.loads(json.dumps(first.to_dict()))["verdict"] == first.verdict


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"challenger": AnchorFitter(2)}, Exception, r"X: got .*\(\d+, 4\)"),
        ({"current": [[0.1, 0.2]]}, TensorError, r"current: got 'shape \(1, 2\)', .*\(N, 4\)"),
        ({"current": np.zeros((0, 4))}, TensorError, r"current: got 'anchors of shape \(0, 4\)'"),
        ({"boxes": np.ones((3, 3))}, TensorError, r"boxes: got 'shape \(3, 3\)'"),
        ({"boxes": np.ones((0, 4)), "groups": []}, TensorError, r"boxes: got 'shape \(0, 4\)'"),
        ({"groups": [1, 2]}, TensorError, r"groups: got 'shape \(2,\)'"),
        ({"groups": [1] * 120}, MediaPipeAnchorsError, "groups: got '1 group of 120 boxes'"),
        ({"sample_weight": [-1] * 120}, TensorError, "sample_weight: got"),
        ({"folds": 1}, MediaPipeAnchorsError, "folds: got 1"),
        ({"min_gain": 2}, MediaPipeAnchorsError, "min_gain: got 2"),
        ({"iou_threshold": 0}, MediaPipeAnchorsError, "iou_threshold: got 0, expected above 0"),
        ({"measure": "iou"}, MediaPipeAnchorsError, "measure: got 'iou'"),
        ({"current": "best"}, TensorError, "current: got"),
    ],
)
def test_arguments_out_of_range(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    boxes, images = placed_boxes()
    given = {"boxes": boxes, "groups": images, "current": OPTIONS, "challenger": OPTIONS}
    with pytest.raises(error, match=message):
        compare_anchors(**{**given, **arguments})


@pytest.mark.slow
def test_published_options_on_voc(shared_data: Path) -> None:
    """The figures are those of long searches; here on images that the fit has not seen."""
    boxes = read_boxes(shared_data / "voc2007_trainval.csv.gz")
    placed = boxes.on_input((300, 300))
    images = boxes.image_ids[placed.rows]
    options = preset("object_detection_oid_v4").anchors
    assert isinstance(options, SsdAnchorsOptions)
    free = compare_anchors(placed.xywh, images, options, GridAnchorFitter(options))
    assert free.current is not None
    assert free.fitted is not None
    assert free.current.mean() == pytest.approx(0.591, abs=0.001)
    assert free.fitted.mean() == pytest.approx(0.629, abs=0.003)
    assert free.verdict == "replace"
    assert free.current_anchors == free.fitted_anchors == 1917
    fitter = GridAnchorFitter(options, kind="stock", objective="recall")
    stock = compare_anchors(placed.xywh, images, options, fitter)
    assert stock.current_recalls is not None
    assert stock.fitted_recalls is not None
    assert stock.current_recalls.mean() == pytest.approx(0.748, abs=0.001)
    assert stock.fitted_recalls.mean() == pytest.approx(0.783, abs=0.005)
    assert stock.reason.startswith("replace: recall at 0.5 rises from 0.748 to 0.78")
