"""`AnchorFitter`, the shape IoU and the summary."""

from __future__ import annotations

import fractions
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


def test_one_anchor_of_k_means_is_the_weighted_mean() -> None:
    fitter = AnchorFitter(1, algorithm="kmeans")
    fitter.fit([[1, 2], [3, 4], [9, 9]], sample_weight=[1, 3, 0])
    np.testing.assert_allclose(fitter.anchors_, [[2.5, 3.5]])


def test_one_anchor_of_the_search_has_the_best_mean_iou() -> None:
    boxes = clustered()
    side = np.linspace(0.05, 0.7, 66)
    every = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    best = shape_iou(boxes, every).mean(axis=0).max()
    assert AnchorFitter(1).fit(boxes).score(boxes) >= best


@pytest.mark.parametrize("algorithm", ["search", "kmeans"])
@pytest.mark.parametrize("count", [3, 50, 66, 350])
def test_as_many_anchors_as_distinct_boxes(count: int, algorithm: Any) -> None:
    shapes = np.random.default_rng(count).uniform(0.01, 1, (count, 2))
    fitter = AnchorFitter(count, algorithm=algorithm).fit(np.repeat(shapes, 2, axis=0))
    by_area = shapes[np.argsort(shapes.prod(axis=1))]
    np.testing.assert_allclose(fitter.anchors_, by_area, rtol=1e-7)
    assert fitter.score(shapes) == pytest.approx(1, abs=1e-7)


def test_more_than_300_anchors() -> None:
    boxes = np.random.default_rng(0).uniform(0.01, 1, (800, 2))
    few, many = AnchorFitter(100).fit(boxes), AnchorFitter(320).fit(boxes)
    assert many.anchors_.shape == (320, 2)
    assert many.score(boxes) > few.score(boxes)
    assert set(many.predict(boxes)) == set(range(320)), "an anchor fits no box"


@pytest.mark.parametrize("algorithm", ["search", "kmeans"])
def test_boxes_that_differ_by_rounding_alone(algorithm: Any) -> None:
    boxes = 1 + np.arange(1000).reshape(500, 2) * 1e-13
    fitter = AnchorFitter(5, algorithm=algorithm).fit(boxes)
    np.testing.assert_allclose(fitter.anchors_, np.ones((5, 2)), rtol=1e-6)


def test_boxes_of_all_sizes_that_are_let_in() -> None:
    boxes = 10 ** np.random.default_rng(0).uniform(-9, 9, (3000, 2))
    boxes[:2] = [[1e-9, 1e-9], [1e9, 1e9]]
    fitter = AnchorFitter(9).fit(boxes)
    assert ((fitter.anchors_ >= 1e-9) & (fitter.anchors_ <= 1e9)).all()
    assert fitter.score(boxes) > AnchorFitter(9, algorithm="kmeans").fit(boxes).score(boxes) + 0.01


@pytest.mark.parametrize("weights", [None, [1, 1, 1, 1, 0]])
def test_fewer_distinct_boxes_than_anchors(weights: list[float] | None) -> None:
    boxes = [[1, 2], [1, 2], [3, 4], [3, 4], [3, 4] if weights is None else [5, 6]]
    with pytest.raises(
        MediaPipeAnchorsError, match=r"n_anchors: got 3, expected at most 2, .*fewer"
    ):
        AnchorFitter(3).fit(boxes, sample_weight=weights)


@pytest.mark.parametrize(
    ("n_anchors", "expected"),
    [
        (0, "1 or more"),
        (-1, "1 or more"),
        *((value, "an integer") for value in (2.0, True, np.True_, None, "9", [3], np.array([3]))),
        (10**30, "at most 3"),
    ],
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


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("objective", [None, 5, "iou", b"recall", [], {}, {"iou": 1}, {1: 1}, ["mean_iou"]]),
        ("objective", [{"recall": bad} for bad in (-1, 0, np.nan, np.inf, "1", True, 10**400)]),
        ("objective", [{"recall": 1e308, "mean_iou": 1e308}]),
        ("iou_threshold", [0, -0.5, 1.01, np.nan, np.inf, "0.5", None, True, [0.5], 10**400]),
        ("ratio_limit", [0, 1, -4, np.nan, np.inf, "4", None, True, [4], 10**400]),
        ("algorithm", [None, "k-means", 1, b"search", ["search"]]),
        ("random_state", ["seed", -1, 2**32, 0.5, np.random.default_rng(0), [0.5]]),
        ("class_weight", ["balance", 5, {"c": 1}, {"a": -1}, {"a": np.nan}, {"a": "x"}, ["a"]]),
    ],
)
def test_parameters_that_are_none(parameter: str, values: list[Any]) -> None:
    for value in values:
        fitter = AnchorFitter(1).set_params(**{parameter: value})
        with pytest.raises(
            MediaPipeAnchorsError, match=f"^{parameter}: got .*, expected "
        ) as error:
            fitter.fit(SHAPES, ["a", "b", "b"])
        assert error.value.field == parameter


@pytest.mark.parametrize(
    "value", [np.float32(0.5), np.float64(0.5), 1, np.int64(1), fractions.Fraction(1, 2)]
)
def test_numbers_of_any_kind(value: Any) -> None:
    AnchorFitter(1, objective={"mean_iou": value}, iou_threshold=value).fit(SHAPES)
    AnchorFitter(np.int32(1), ratio_limit=value + 2).fit(SHAPES)


def test_class_weight_needs_classes() -> None:
    with pytest.raises(MediaPipeAnchorsError, match=r"class_weight: got 'balanced', .* no y"):
        AnchorFitter(1, class_weight="balanced").fit(SHAPES)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        AnchorFitter(1, class_weight="balanced").fit(SHAPES, [1, 2])


def test_unfitted() -> None:
    with pytest.raises(NotFittedError):
        AnchorFitter().predict(SHAPES)


# --- In scikit-learn ---


def test_clone_and_parameters() -> None:
    fitter = AnchorFitter(4, random_state=7)
    copy = clone(fitter)
    assert copy.get_params() == fitter.get_params()
    assert {"n_anchors": 4, "random_state": 7}.items() <= copy.get_params().items()
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


def test_grid_search_over_objectives_takes_the_one_that_is_scored() -> None:
    boxes = np.exp(np.random.default_rng(0).normal(-2, 0.8, (2000, 2)))
    objectives = ["recall", {"mean_iou": 0.1, "recall": 0.9}, "mean_iou"]
    search = GridSearchCV(
        AnchorFitter(9),
        {"objective": objectives, "algorithm": ["kmeans", "search"]},
        cv=KFold(3, shuffle=True, random_state=0),
    )
    assert search.fit(boxes).best_params_ == {"objective": "mean_iou", "algorithm": "search"}


def test_a_pipeline_passes_weights_and_classes_on() -> None:
    boxes, y = clustered(), np.arange(300) % 7
    pipeline = make_pipeline(FunctionTransformer(), AnchorFitter(3, class_weight="balanced"))
    pipeline.fit(boxes, y, anchorfitter__sample_weight=np.arange(300))
    alone = AnchorFitter(3, class_weight="balanced").fit(boxes, y, np.arange(300))
    np.testing.assert_array_equal(pipeline[-1].anchors_, alone.anchors_)


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
