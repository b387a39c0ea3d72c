"""Fits anchor shapes to boxes and says how well they fit.

The measure is the shape IoU: the intersection over union of two boxes laid on the same corner (or
centre), so that width and height alone count, and not where a detector's anchors stand.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError

Floats = npt.NDArray[np.float64]

_SMALLEST, _LARGEST = 1e-9, 1e9  # a side beyond these is neither a fraction nor pixels
_CHUNK = 65_536  # boxes compared at a time, so that memory does not grow with them


def shape_iou(wh: npt.ArrayLike, anchors: npt.ArrayLike) -> Floats:
    """IoU of every box with every anchor as if both lay on the same corner.

    Args:
        wh: [N, 2], width and height of the boxes, positive.
        anchors: [k, 2], width and height of the anchors in the same unit, positive.

    Returns:
        float64 [N, k], each in (0, 1].
    """
    box, anchor = np.asarray(wh, float)[:, None], np.asarray(anchors, float)[None]
    intersection = np.minimum(box, anchor).prod(axis=2)
    iou: Floats = intersection / (box.prod(axis=2) + anchor.prod(axis=2) - intersection)
    return iou


def best_anchor(wh: Floats, anchors: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """For each box the anchor with the best shape IoU (the first of equals), and that IoU.

    Args:
        wh: float64 [N, 2], width and height.
        anchors: float64 [k, 2].

    Returns:
        int64 [N], index into `anchors`, and float64 [N].
    """
    index, best = np.zeros(len(wh), np.int64), np.zeros(len(wh))
    for start in range(0, len(wh), _CHUNK):
        part = slice(start, start + _CHUNK)
        iou = shape_iou(wh[part], anchors)
        index[part], best[part] = iou.argmax(axis=1), iou.max(axis=1)
    return index, best


class AnchorFitter(BaseEstimator):  # type: ignore[misc]
    """Fits `n_anchors` shapes to boxes: k-means on width and height. A scikit-learn estimator.

    X is float [n_boxes, 2], width and height of each box, positive; all in one unit, normally as
    fractions of the model input (`Boxes.wh`). Equal boxes count as one of their total weight, and
    the order of the boxes does not matter.

    Args:
        n_anchors: how many shapes; X must hold at least as many distinct ones.
        random_state: seed or RandomState of the k-means starts; None differs from run to run.

    Attributes:
        anchors_: float64 [n_anchors, 2], w, h in the unit of X, sorted by area.
        n_features_in_: 2.
    """

    def __init__(
        self, n_anchors: int = 9, *, random_state: int | np.random.RandomState | None = None
    ) -> None:
        self.n_anchors = n_anchors
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> AnchorFitter:  # noqa: N803
        """Fit the anchors.

        Args:
            X: [n_boxes, 2], width and height.
            y: ignored.
            sample_weight: [n_boxes], how much each box counts, 0 or more; None is 1 each.

        Raises:
            ValueError: X is not a finite numeric array of two dimensions (scikit-learn's check).
            TensorError: X has not 2 columns or sides out of range, or a weight is negative or not
                finite, or all are 0.
            MediaPipeAnchorsError: `n_anchors` is no positive integer, or more than the distinct
                shapes of positive weight.
        """
        n_anchors = _check_count(self.n_anchors)
        wh = self._check_boxes(X, reset=True)
        shapes, weights = _distinct(wh, _check_weights(sample_weight, wh))
        if len(shapes) < n_anchors:
            raise MediaPipeAnchorsError(
                field="n_anchors",
                value=self.n_anchors,
                expected=f"at most {len(shapes)}, the number of distinct box shapes in X",
                fix="ask for fewer anchors or pass more boxes",
            )
        kmeans = KMeans(n_anchors, n_init=10, random_state=self.random_state)
        with threadpool_limits(limits=1, user_api="openmp"):  # sums in a fixed order: same bits
            centres = kmeans.fit(shapes, sample_weight=weights).cluster_centers_
        self.anchors_: Floats = centres[np.lexsort((centres[:, 0], centres.prod(axis=1)))]
        return self

    def predict(self, X: Any) -> npt.NDArray[np.int64]:  # noqa: N803
        """Index into `anchors_` of the best anchor by shape IoU; int64 [n_boxes]."""
        return self._best(X)[0]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:  # noqa: N803
        """Mean over the boxes of the best shape IoU, in (0, 1]; weighted by `sample_weight`."""
        best = self._best(X)[1]
        return float(np.average(best, weights=_check_weights(sample_weight, best)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def _best(self, X: Any) -> tuple[npt.NDArray[np.int64], Floats]:  # noqa: N803
        check_is_fitted(self)
        return best_anchor(self._check_boxes(X, reset=False), self.anchors_)

    def _check_boxes(self, X: Any, reset: bool) -> Floats:  # noqa: N803
        wh: Floats = validate_data(self, X, reset=reset, dtype=np.float64)
        if wh.shape[1] != 2:
            raise TensorError(
                field="X", value=f"shape {wh.shape}", expected="shape (N, 2): width and height"
            )
        wrong = np.flatnonzero(((wh < _SMALLEST) | (wh > _LARGEST)).any(axis=1))
        if len(wrong):
            raise TensorError(
                field=f"X[{wrong[0]}]",
                value=wh[wrong[0]].tolist(),
                expected=f"a width and height between {_SMALLEST:g} and {_LARGEST:g}",
            )
        return wh


def _check_count(n_anchors: Any) -> int:
    if isinstance(n_anchors, (bool, np.bool_)) or not hasattr(n_anchors, "__index__"):
        raise MediaPipeAnchorsError(field="n_anchors", value=n_anchors, expected="an integer")
    if n_anchors < 1:
        raise MediaPipeAnchorsError(field="n_anchors", value=n_anchors, expected="1 or more")
    return int(n_anchors)


def _check_weights(sample_weight: Any, boxes: Floats) -> Floats:
    if sample_weight is None:
        return np.ones(len(boxes))
    weights: Floats = column_or_1d(sample_weight, dtype=np.float64)
    check_consistent_length(boxes, weights)
    if not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise TensorError(
            field="sample_weight",
            value=weights,
            expected="finite weights of 0 or more, not all zero",
        )
    return weights


def _distinct(wh: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The distinct shapes with a weight, sorted, and the total weight of each."""
    shapes, which = np.unique(wh, axis=0, return_inverse=True)
    totals: Floats = np.bincount(which.ravel(), weights=weights).astype(np.float64)
    return shapes[totals > 0], totals[totals > 0]


@dataclasses.dataclass(frozen=True, eq=False)
class FitSummary:
    """How anchors fit boxes, by shape.

    Attributes:
        anchors: float64 [k, 2], w, h as fractions of the model input.
        input_size: (width, height) of the model input in pixels.
        boxes: number of boxes.
        mean_best_iou: mean over the boxes of the IoU with the best anchor.
        recall: share of the boxes whose best IoU is at least 0.5.
        boxes_per_anchor: int64 [k], how many boxes each anchor fits best.
    """

    anchors: Floats
    input_size: tuple[int, int]
    boxes: int
    mean_best_iou: float
    recall: float
    boxes_per_anchor: npt.NDArray[np.int64]

    @property
    def anchors_px(self) -> Floats:
        """float64 [k, 2], w, h in pixels of the model input."""
        return self.anchors * self.input_size

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON-ready values."""
        return {
            "boxes": self.boxes,
            "mean_best_iou": self.mean_best_iou,
            "recall_at_0.5": self.recall,
            "input_size": list(self.input_size),
            "anchors": self.anchors.tolist(),
            "anchors_px": self.anchors_px.tolist(),
            "boxes_per_anchor": self.boxes_per_anchor.tolist(),
        }


def summarize(wh: Floats, anchors: Floats, input_size: tuple[int, int]) -> FitSummary:
    """Measure how `anchors` fit boxes.

    Args:
        wh: float64 [N, 2], width and height as fractions of the model input (`Boxes.wh`).
        anchors: float64 [k, 2], w, h in the same unit (`AnchorFitter.anchors_`).
        input_size: (width, height) of the model input in pixels.
    """
    index, best = best_anchor(wh, anchors)
    return FitSummary(
        anchors=anchors,
        input_size=input_size,
        boxes=len(wh),
        mean_best_iou=float(best.mean()),
        recall=float((best >= 0.5).mean()),
        boxes_per_anchor=np.bincount(index, minlength=len(anchors)),
    )
