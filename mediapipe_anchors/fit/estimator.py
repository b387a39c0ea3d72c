"""`AnchorFitter`: fits anchor shapes to box shapes; a scikit-learn estimator."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted, validate_data

from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.counts import AnchorCurve, choose_n_anchors
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.fit.shape_fit import (
    Algorithm,
    check_weights,
    distinct_shapes,
    fit_shapes,
    random_of,
)
from mediapipe_anchors.fit.shapes import best_anchor
from mediapipe_anchors.fit.sketch import ShapeSketch, check_sides

Floats = npt.NDArray[np.float64]


class AnchorFitter(BaseEstimator):  # type: ignore[misc]
    """Fits `n_anchors` shapes to boxes, as well as long searches do. A scikit-learn estimator.

    X is float [n_boxes, 2], width and height of each box, positive; all in one unit, normally as
    fractions of the model input (`Boxes.wh`). Equal boxes count as one of their total weight, and
    neither the order of the boxes nor the number of threads matters. Beyond 65,536 distinct shapes
    a `ShapeSketch` stands in for the boxes; one of boxes that were read elsewhere is an X as well.

    Args:
        n_anchors: how many shapes; X must hold at least as many distinct ones. "auto" chooses the
            number on held-out groups (`choose_n_anchors`), at the cost of five fits a number.
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
        max_anchors: with "auto", the largest number to try.
        target_recall: with "auto", choose the smallest number whose held-out recall at
            `iou_threshold` reaches this; None chooses by `min_gain`.
        min_gain: with "auto", the least that a further anchor must add to the held-out objective,
            beyond the spread over folds.
        random_state: seed or RandomState of the starts; None differs from run to run.

    Attributes:
        anchors_: float64 [n_anchors_, 2], w, h in the unit of X, sorted by area.
        n_anchors_: how many there are.
        curve_: the `AnchorCurve` by which "auto" chose; None where `n_anchors` is a number.
        n_features_in_: 2.

    Example:
        anchors = AnchorFitter(9).fit(boxes.wh((320, 320))).anchors_
    """

    def __init__(
        self,
        n_anchors: int | Literal["auto"] = 9,
        *,
        objective: str | Mapping[str, float] = "mean_iou",
        iou_threshold: float = 0.5,
        ratio_limit: float = 4.0,
        algorithm: Algorithm = "search",
        class_weight: str | Mapping[Any, float] | None = None,
        max_anchors: int = 12,
        target_recall: float | None = None,
        min_gain: float = 0.01,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_anchors = n_anchors
        self.objective = objective
        self.iou_threshold = iou_threshold
        self.ratio_limit = ratio_limit
        self.algorithm = algorithm
        self.class_weight = class_weight
        self.max_anchors = max_anchors
        self.target_recall = target_recall
        self.min_gain = min_gain
        self.random_state = random_state

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
    ) -> AnchorFitter:
        """Fit the anchors.

        Args:
            X: [n_boxes, 2], width and height; or a `ShapeSketch`, which has no images and classes.
            y: [n_boxes], the class of each box; looked at only with `class_weight`.
            sample_weight: [n_boxes], how much each box counts, 0 or more; None is 1 each.
            groups: [n_boxes], the image of each box (`Boxes.image_ids`), which is held out as a
                whole; looked at only with `n_anchors="auto"`. None holds out boxes one by one: the
                boxes of an image are often alike, so the choice then errs to large numbers.

        Raises:
            ValueError: X is not a finite numeric array of two dimensions (scikit-learn's check).
            TensorError: X has not 2 columns or sides out of range, or a weight is negative or not
                finite, or all are 0.
            MediaPipeAnchorsError: a parameter out of range, `n_anchors` is more than the distinct
                shapes of positive weight, or "auto" has one group alone, or cannot reach
                `target_recall`; or X is a sketch, or an empty one, beside what it has nothing for.
        """
        n_anchors = _check_count(self.n_anchors)
        objective = Objective.of(self.objective, self.iou_threshold, self.ratio_limit)
        random = random_of(self.random_state)
        self.curve_: AnchorCurve | None = None
        if isinstance(X, ShapeSketch):
            boxes, samples = self._boxes_of_sketch(X, sample_weight), X.num_boxes
        else:
            wh = self._check_boxes(X, reset=True)
            samples = len(wh)
            weights = self._weights(wh, y, sample_weight)
            if n_anchors is None:
                self.curve_ = self._curve(wh, weights, groups)
                n_anchors = self.curve_.chosen
            boxes = distinct_shapes(wh, weights)
        assert n_anchors is not None
        self.n_anchors_ = n_anchors
        if len(boxes) < n_anchors:
            raise MediaPipeAnchorsError(
                field="n_anchors",
                value=self.n_anchors,
                expected=f"at most {len(boxes)}, the number of distinct box shapes in X",
                fix=f"ask for fewer anchors or pass more boxes than n_samples = {samples}",
            )
        self.anchors_: Floats = fit_shapes(boxes, n_anchors, objective, self.algorithm, random)
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

    def _boxes_of_sketch(self, sketch: ShapeSketch, sample_weight: Any) -> Population:
        given = {
            "n_anchors": self.n_anchors if self.n_anchors == "auto" else None,
            "class_weight": self.class_weight,
            "sample_weight": sample_weight,
        }
        for field, value in given.items():
            if value is not None:
                raise MediaPipeAnchorsError(
                    field=field,
                    value=value,
                    expected="nothing of the kind beside a ShapeSketch, which has shapes alone",
                    fix="pass the boxes as an array",
                )
        if not len(sketch.weights):
            raise TensorError(field="X", value="an empty ShapeSketch", expected="boxes")
        self.n_features_in_ = 2
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return Population.of_sketch(sketch)

    def _curve(self, wh: Floats, weights: Floats | None, groups: Any) -> AnchorCurve:
        return choose_n_anchors(
            wh,
            groups,
            max_anchors=self.max_anchors,
            target_recall=self.target_recall,
            min_gain=self.min_gain,
            objective=self.objective,
            iou_threshold=self.iou_threshold,
            ratio_limit=self.ratio_limit,
            algorithm=self.algorithm,
            sample_weight=weights,
            random_state=self.random_state,
        )

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
        of_class = _class_weights(self.class_weight, y)
        return check_weights(of_class if weights is None else of_class * weights, wh)


def _class_weights(class_weight: Any, y: Any) -> Floats:
    """float64 [N], the weight of each box's class."""
    expected = "None, 'balanced', or a dict with a finite weight of 0 or more for each class of y"
    try:
        weights: Floats = compute_sample_weight(class_weight, y).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise MediaPipeAnchorsError(
            field="class_weight", value=class_weight, expected=expected
        ) from error
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise MediaPipeAnchorsError(field="class_weight", value=class_weight, expected=expected)
    return weights


def _check_count(n_anchors: Any) -> int | None:
    """The number; None for "auto"."""
    if isinstance(n_anchors, str) and n_anchors == "auto":
        return None
    if isinstance(n_anchors, bool) or not isinstance(n_anchors, numbers.Integral):
        raise MediaPipeAnchorsError(
            field="n_anchors", value=n_anchors, expected="an integer or 'auto'"
        )
    if n_anchors < 1:
        raise MediaPipeAnchorsError(field="n_anchors", value=n_anchors, expected="1 or more")
    return int(n_anchors)
