"""`AnchorFitter`: fits anchor shapes to box shapes; a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.utils import check_consistent_length, check_random_state, column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.fit.search import search_shapes
from mediapipe_anchors.fit.shapes import best_anchor
from mediapipe_anchors.fit.sketch import MAX_UNITS, UNITS, ShapeSketch, check_sides

Floats = npt.NDArray[np.float64]
Algorithm = Literal["search", "kmeans"]


class AnchorFitter(BaseEstimator):  # type: ignore[misc]
    """Fits `n_anchors` shapes to boxes, as well as long searches do. A scikit-learn estimator.

    X is float [n_boxes, 2], width and height of each box, positive; all in one unit, normally as
    fractions of the model input (`Boxes.wh`). Equal boxes count as one of their total weight, and
    neither the order of the boxes nor the number of threads matters. Beyond 65,536 distinct shapes
    a `ShapeSketch` stands in for the boxes.

    Args:
        n_anchors: how many shapes; X must hold at least as many distinct ones.
        objective: what to maximise: "mean_iou" (mean best IoU), "recall" (share of boxes whose best
            IoU is at least `iou_threshold`), "ratio" (the fitness of YOLOv5's autoanchor), or a
            blend as a dict of their weights, such as {"mean_iou": 0.8, "recall": 0.2}.
        iou_threshold: for recall.
        ratio_limit: for "ratio": sides that differ by more times count as no match; YOLOv5's
            `anchor_t`.
        algorithm: "search" (swaps, then a pattern search); or "kmeans", scikit-learn's k-means on
            width and height, whatever the objective: the usual baseline.
        class_weight: None, "balanced" (each class of `y` counts the same in all), or {class:
            weight}, as in scikit-learn.
        random_state: seed or RandomState of the starts; None differs from run to run.

    Attributes:
        anchors_: float64 [n_anchors, 2], w, h in the unit of X, sorted by area.
        n_features_in_: 2.

    Example:
        anchors = AnchorFitter(9).fit(boxes.wh((320, 320))).anchors_
    """

    def __init__(
        self,
        n_anchors: int = 9,
        *,
        objective: str | Mapping[str, float] = "mean_iou",
        iou_threshold: float = 0.5,
        ratio_limit: float = 4.0,
        algorithm: Algorithm = "search",
        class_weight: str | Mapping[Any, float] | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_anchors = n_anchors
        self.objective = objective
        self.iou_threshold = iou_threshold
        self.ratio_limit = ratio_limit
        self.algorithm = algorithm
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> AnchorFitter:  # noqa: N803
        """Fit the anchors.

        Args:
            X: [n_boxes, 2], width and height.
            y: [n_boxes], the class of each box; looked at only with `class_weight`.
            sample_weight: [n_boxes], how much each box counts, 0 or more; None is 1 each.

        Raises:
            ValueError: X is not a finite numeric array of two dimensions (scikit-learn's check).
            TensorError: X has not 2 columns or sides out of range, or a weight is negative or not
                finite, or all are 0.
            MediaPipeAnchorsError: a parameter out of range, or `n_anchors` is more than the
                distinct shapes of positive weight.
        """
        n_anchors = _check_count(self.n_anchors)
        objective = Objective.of(self.objective, self.iou_threshold, self.ratio_limit)
        wh = self._check_boxes(X, reset=True)
        weights = self._weights(wh, y, sample_weight)
        sketch = ShapeSketch().add(wh, None if weights is None else _scaled(weights))
        boxes = Population.of(sketch.wh, sketch.weights)
        if len(boxes) < n_anchors:
            raise MediaPipeAnchorsError(
                field="n_anchors",
                value=self.n_anchors,
                expected=f"at most {len(boxes)}, the number of distinct box shapes in X",
                fix="ask for fewer anchors or pass more boxes",
            )
        random = check_random_state(self.random_state)
        if self.algorithm == "search":
            shapes = search_shapes(boxes, n_anchors, objective, random)
        elif self.algorithm == "kmeans":
            shapes = _kmeans(boxes, n_anchors, random)
        else:
            raise MediaPipeAnchorsError(
                field="algorithm", value=self.algorithm, expected="'search' or 'kmeans'"
            )
        self.anchors_: Floats = shapes[np.lexsort((shapes[:, 0], shapes.prod(axis=1)))]
        return self

    def predict(self, X: Any) -> npt.NDArray[np.int64]:  # noqa: N803
        """Index into `anchors_` of the best anchor by shape IoU; int64 [n_boxes]."""
        return self._best(X)[0].astype(np.int64)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:  # noqa: N803
        """Mean over the boxes of the best shape IoU, in (0, 1]; weighted by `sample_weight`."""
        best = self._best(X)[1]
        weights = None if sample_weight is None else check_weights(sample_weight, best)
        return float(np.average(best, weights=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def _best(self, X: Any) -> tuple[npt.NDArray[np.int32], Floats]:  # noqa: N803
        check_is_fitted(self)
        return best_anchor(self._check_boxes(X, reset=False), self.anchors_)

    def _check_boxes(self, X: Any, reset: bool) -> Floats:  # noqa: N803
        wh: Floats = validate_data(self, X, reset=reset, dtype=np.float64)
        if wh.shape[1] != 2:
            raise TensorError(
                field="X", value=f"shape {wh.shape}", expected="shape (N, 2): width and height"
            )
        return check_sides("X", wh)

    def _weights(self, wh: Floats, y: Any, sample_weight: Any) -> Floats | None:
        weights = None if sample_weight is None else check_weights(sample_weight, wh)
        if self.class_weight is None:
            return weights
        if y is None:
            raise MediaPipeAnchorsError(
                field="class_weight",
                value=self.class_weight,
                expected="None where fit() gets no y",
                fix="pass the class of each box as y",
            )
        check_consistent_length(wh, y)
        of_class = compute_sample_weight(self.class_weight, y)
        return check_weights(of_class if weights is None else of_class * weights, wh)


def _kmeans(boxes: Population, n_anchors: int, random: np.random.RandomState) -> Floats:
    kmeans = KMeans(n_anchors, n_init=10, random_state=random)
    with threadpool_limits(limits=1, user_api="openmp"):  # sums in a fixed order: same bits
        fitted = kmeans.fit(boxes.sides.T.copy(), sample_weight=boxes.weights)
    centres: Floats = fitted.cluster_centers_
    return centres


def _check_count(n_anchors: Any) -> int:
    if isinstance(n_anchors, (bool, np.bool_)) or not hasattr(n_anchors, "__index__"):
        raise MediaPipeAnchorsError(field="n_anchors", value=n_anchors, expected="an integer")
    if n_anchors < 1:
        raise MediaPipeAnchorsError(field="n_anchors", value=n_anchors, expected="1 or more")
    return int(n_anchors)


def check_weights(sample_weight: Any, boxes: Floats) -> Floats:
    """float64 [N], one weight a box; or `TensorError`."""
    weights: Floats = column_or_1d(sample_weight, dtype=np.float64)
    check_consistent_length(boxes, weights)
    if not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise TensorError(
            field="sample_weight",
            value=weights,
            expected="finite weights of 0 or more, not all zero",
        )
    return weights


def _scaled(weights: Floats) -> Floats:
    """The weights times a power of two, so that a sketch rounds them as little as it can.

    The factor follows from the largest weight and the number of boxes, not from a sum, which would
    depend on their order.
    """
    room = MAX_UNITS / UNITS / (weights.max() * len(weights))
    exponent = np.floor(np.log2(min(room, 1e300)))
    scaled: Floats = np.ldexp(weights, int(exponent))
    return scaled
