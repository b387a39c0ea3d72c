"""`AnchorFitter`, the shape IoU and the summary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from mediapipe_anchors import AnchorFitter
from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit import shape_iou, summarize

Floats = npt.NDArray[np.float64]
SHAPES = np.array([[0.1, 0.2], [0.4, 0.1], [0.5, 0.6]])


def clustered(count: int = 300, seed: int = 0) -> Floats:
    """Boxes scattered by a tenth around three shapes."""
    rng = np.random.default_rng(seed)
    return SHAPES[rng.integers(3, size=count)] * rng.uniform(0.9, 1.1, size=(count, 2))


# --- The measure ---


def sizes(count: int) -> st.SearchStrategy[Floats]:
    return arrays(np.float64, (count, 2), elements=st.floats(1e-9, 1e9))


@given(sizes(5), sizes(3))
def test_shape_iou_against_rectangles_compared_one_by_one(wh: Floats, anchors: Floats) -> None:
    iou = shape_iou(wh, anchors)
    for i, (w, h) in enumerate(wh.tolist()):
        for j, (aw, ah) in enumerate(anchors.tolist()):
            left, right = -min(w, aw) / 2, min(w, aw) / 2  # both centred on the origin
            top, bottom = -min(h, ah) / 2, min(h, ah) / 2
            shared = (right - left) * (bottom - top)
            assert iou[i, j] == pytest.approx(shared / (w * h + aw * ah - shared), rel=1e-12)
    assert ((iou > 0) & (iou <= 1)).all()
    np.testing.assert_array_equal(np.diag(shape_iou(wh, wh)), 1.0)


def test_predict_and_score_take_the_best_anchor() -> None:
    fitter = AnchorFitter(2, random_state=0).fit([[0.1, 0.1], [0.4, 0.4]])
    np.testing.assert_allclose(fitter.anchors_, [[0.1, 0.1], [0.4, 0.4]])
    boxes = [[0.1, 0.1], [0.4, 0.2], [0.8, 0.8]]
    np.testing.assert_array_equal(fitter.predict(boxes), [0, 1, 1])
    assert fitter.score(boxes) == pytest.approx((1 + 0.5 + 0.25) / 3)
    assert fitter.score(boxes, sample_weight=[0, 3, 1]) == pytest.approx((3 * 0.5 + 0.25) / 4)


# --- The fit ---


def test_the_shapes_are_found_and_sorted_by_area() -> None:
    fitter = AnchorFitter(3, random_state=0).fit(clustered())
    assert fitter.anchors_.dtype == np.float64
    assert fitter.n_features_in_ == 2
    np.testing.assert_allclose(fitter.anchors_, SHAPES, rtol=0.05)


def test_one_anchor_is_the_weighted_mean() -> None:
    fitter = AnchorFitter(1).fit([[1, 2], [3, 4], [9, 9]], sample_weight=[1, 3, 0])
    np.testing.assert_allclose(fitter.anchors_, [[2.5, 3.5]])


def test_order_and_repetition_of_the_boxes_do_not_matter() -> None:
    boxes = np.round(clustered(), 2)
    anchors = AnchorFitter(5, random_state=1).fit(boxes).anchors_
    shuffled = np.random.default_rng(0).permutation(boxes)
    np.testing.assert_array_equal(AnchorFitter(5, random_state=1).fit(shuffled).anchors_, anchors)
    shapes, counts = np.unique(boxes, axis=0, return_counts=True)
    weighted = AnchorFitter(5, random_state=1).fit(shapes, sample_weight=counts)
    np.testing.assert_array_equal(weighted.anchors_, anchors)


def test_the_same_seed_gives_the_same_bits() -> None:
    boxes = np.random.default_rng(0).uniform(0.01, 1, (20_000, 2))
    first, second = (AnchorFitter(9, random_state=3).fit(boxes).anchors_ for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_as_many_anchors_as_distinct_boxes() -> None:
    fitter = AnchorFitter(3, random_state=0).fit(np.repeat(SHAPES, 4, axis=0))
    np.testing.assert_allclose(fitter.anchors_, SHAPES)
    assert fitter.score(SHAPES) == pytest.approx(1)


@pytest.mark.parametrize("weights", [None, [1, 1, 1, 1, 0]])
def test_fewer_distinct_boxes_than_anchors(weights: list[float] | None) -> None:
    boxes = [[1, 2], [1, 2], [3, 4], [3, 4], [3, 4] if weights is None else [5, 6]]
    with pytest.raises(
        MediaPipeAnchorsError, match=r"n_anchors: got 3, expected at most 2, .*fewer"
    ):
        AnchorFitter(3).fit(boxes, sample_weight=weights)


@pytest.mark.parametrize(
    ("n_anchors", "expected"),
    [(0, "1 or more"), (-1, "1 or more"), (2.0, "an integer"), (True, "an integer")],
)
def test_n_anchors_is_a_positive_integer(n_anchors: Any, expected: str) -> None:
    with pytest.raises(MediaPipeAnchorsError, match=f"n_anchors: got .*, expected {expected}"):
        AnchorFitter(n_anchors).fit(SHAPES)


@pytest.mark.parametrize(
    ("boxes", "error", "message"),
    [
        (
            [[0.1, 0.2], [0.1, 0]],
            TensorError,
            r"X\[1\]: got \[0.1, 0.0\], expected a width and height",
        ),
        ([[0.1, -1], [0.1, 1]], TensorError, r"X\[0\]: got \[0.1, -1.0\]"),
        ([[0.1, 1e10]], TensorError, r"X\[0\]: got"),
        (
            np.ones((3, 4)),
            TensorError,
            r"X: got 'shape \(3, 4\)', expected 'shape|X: got .*\(N, 2\)",
        ),
        ([[0.1, np.nan]], ValueError, "NaN"),
        ([[0.1, np.inf]], ValueError, "infinity"),
        ([0.1, 0.2], ValueError, "Reshape your data"),
        (np.ones((0, 2)), ValueError, "0 sample"),
        ([["wide", "tall"]], ValueError, "could not convert string"),
        (np.array([[1j, 2]]), ValueError, "Complex data not supported"),
    ],
)
def test_boxes_that_are_none(boxes: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        AnchorFitter(1).fit(boxes)
    with pytest.raises(ValueError, match=r"."):
        AnchorFitter(1).fit(SHAPES).predict(boxes)


@pytest.mark.parametrize("weights", [[1, 1, -1], [0, 0, 0], [1, np.nan, 1], [1, np.inf, 1]])
def test_weights_are_not_negative(weights: list[float]) -> None:
    with pytest.raises(
        TensorError, match=r"sample_weight: got .*, expected finite weights of 0 or more"
    ):
        AnchorFitter(1).fit(SHAPES, sample_weight=weights)


def test_unfitted() -> None:
    with pytest.raises(NotFittedError):
        AnchorFitter().predict(SHAPES)


# --- In scikit-learn ---


def test_clone_and_parameters() -> None:
    fitter = AnchorFitter(4, random_state=7)
    copy = clone(fitter)
    assert copy.get_params() == {"n_anchors": 4, "random_state": 7}
    assert clone(fitter.fit(clustered())).set_params(n_anchors=2).n_anchors == 2


def test_tags_say_that_boxes_are_positive() -> None:
    assert get_tags(AnchorFitter()).input_tags.positive_only


def test_pipeline() -> None:
    to_input = FunctionTransformer(lambda pixels: pixels / 300)
    pipeline = make_pipeline(to_input, AnchorFitter(3, random_state=0))
    boxes = clustered() * 300
    np.testing.assert_allclose(pipeline.fit(boxes)[-1].anchors_, SHAPES, rtol=0.05)
    assert pipeline.score(boxes) > 0.85
    assert set(pipeline.predict(boxes)) == {0, 1, 2}


def test_grid_search_finds_the_number_of_clusters() -> None:
    search = GridSearchCV(
        AnchorFitter(random_state=0),
        {"n_anchors": [1, 2, 3]},
        cv=KFold(3, shuffle=True, random_state=0),
    )
    assert search.fit(clustered()).best_params_ == {"n_anchors": 3}


# --- The summary ---


def test_summary_by_hand() -> None:
    anchors = np.array([[0.1, 0.1], [0.4, 0.4]])
    boxes = np.array([[0.1, 0.1], [0.4, 0.2], [0.9, 0.9]])
    summary = summarize(boxes, anchors, (300, 200))
    assert summary.boxes == 3
    assert summary.mean_best_iou == pytest.approx((1 + 0.5 + 0.16 / 0.81) / 3)
    assert summary.recall == pytest.approx(2 / 3)
    np.testing.assert_array_equal(summary.boxes_per_anchor, [1, 2])
    np.testing.assert_allclose(summary.anchors_px, [[30, 20], [120, 80]])
    assert summary.to_dict()["anchors"] == [[0.1, 0.1], [0.4, 0.4]]


@pytest.mark.parametrize(
    ("name", "kmeans"),
    [("voc2007_trainval.csv.gz", 0.6395), ("coco_val2017.csv.gz", 0.5403), ("bccd.csv", 0.8715)],
)
def test_real_boxes_fit_as_well_as_plain_k_means(
    shared_data: Path, name: str, kmeans: float
) -> None:
    """`kmeans` is what scikit-learn's k-means gives on the boxes as they are, not merged."""
    boxes = read_boxes(shared_data / name).wh()
    fitter = AnchorFitter(9, random_state=0).fit(boxes)
    assert fitter.score(boxes) == pytest.approx(kmeans, abs=0.005)
    assert (np.diff(fitter.anchors_.prod(axis=1)) > 0).all()
    summary = summarize(boxes, fitter.anchors_, (300, 300))
    assert summary.mean_best_iou == fitter.score(boxes)
    assert summary.boxes_per_anchor.sum() == summary.boxes == len(boxes)
