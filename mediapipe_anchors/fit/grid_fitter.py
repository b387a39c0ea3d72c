"""`GridAnchorFitter`: fits anchors where they stand, on the cells of a detector's feature maps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from mediapipe_anchors import _core
from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.distinct import distinct_boxes
from mediapipe_anchors.fit.grid import cell_distances, check_placed, match_anchors
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.placed_value import HIGHEST, LOWEST, shapes_of_options, value_of_shapes
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.fit.search import search_placed_shapes
from mediapipe_anchors.fit.shape_fit import check_weights, random_of
from mediapipe_anchors.fit.stock import fit_stock_options
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.options import SsdAnchorsOptions

Floats = npt.NDArray[np.float64]
Kind = Literal["free", "stock"]

MOST = 2**19  # boxes that are fitted to


class GridAnchorFitter(BaseEstimator):  # type: ignore[misc]
    """Fits anchors to boxes by the IoU that they have where they stand. A scikit-learn estimator.

    The IoU of shapes alone flatters: an anchor stands in the middle of a cell, and a small box may
    lie between two. Here each box is compared with all anchors of all feature maps, exactly.

    X is float [n_boxes, 4], x_center, y_center, w, h of each box as fractions of the model input.
    Anchors that are fitted to options reach no less of the boxes, by the objective, than these do.
    The order of the boxes does not matter; k equal boxes count as one of weight k. Of more than
    524,288 boxes so many are drawn, evenly over the sizes, and fitted to.

    Args:
        layout: where the anchors stand: a `GridLayout`, or `SsdAnchorsOptions` (of a preset, or of
            your model), whose strides and numbers of anchors are kept.
        kind: "free": any shapes on each feature map, written as `fixed_anchors`; or "stock": what
            `min_scale`, `max_scale`, `aspect_ratios` and `interpolated_scale_aspect_ratio` can say,
            written as these; `layout` must then be options of the standard mode.
        objective: "mean_iou", "recall", or a blend as for `AnchorFitter`; of the placed IoU.
        iou_threshold: for recall.
        random_state: seed or RandomState; None differs from run to run.

    Attributes:
        options_: SsdAnchorsOptions that stand for the anchors.
        anchors_: float32 [A, 4], x_center, y_center, w, h, in the order of the model's output rows.
        shapes_: float64 [k, 2], w, h, finest feature map first, by area within one; only "free".
        n_features_in_: 4.
    """

    def __init__(
        self,
        layout: GridLayout | SsdAnchorsOptions,
        *,
        kind: Kind = "free",
        objective: str | Mapping[str, float] = "mean_iou",
        iou_threshold: float = 0.5,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.layout = layout
        self.kind = kind
        self.objective = objective
        self.iou_threshold = iou_threshold
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> GridAnchorFitter:  # noqa: N803
        """Fit the anchors.

        Args:
            X: [n_boxes, 4], x_center, y_center, w, h.
            y: ignored.
            sample_weight: [n_boxes], how much each box counts, 0 or more; None is 1 each.

        Raises:
            TensorError: X or a weight is not as said, or X is empty.
            MediaPipeAnchorsError: a parameter out of range, or a layout that `kind` cannot keep.
        """
        objective = self._objective()
        xywh = check_placed("X", X)
        if not len(xywh):
            raise TensorError(field="X", value=f"shape {xywh.shape}", expected="a box or more")
        weights = None if sample_weight is None else check_weights(sample_weight, xywh)
        random = random_of(self.random_state)
        if weights is not None and not weights.all():
            xywh, weights = xywh[weights > 0], weights[weights > 0]
        if len(xywh) > MOST:
            rows = _draw(xywh, weights, random)
            xywh, weights = xywh[rows], None if weights is None else weights[rows]
        xywh, weights, _ = distinct_boxes(xywh, np.ones(len(xywh)) if weights is None else weights)
        layout = self._layout()
        distances = cell_distances(xywh, layout.centres)
        boxes = Population.of(xywh[:, 2:], weights, distances)
        if self.kind == "stock":
            assert isinstance(self.layout, SsdAnchorsOptions)
            self.options_ = fit_stock_options(boxes, self.layout, objective, random)
        else:
            shapes = search_placed_shapes(boxes, layout.anchors_per_cell, objective, random)
            if isinstance(self.layout, SsdAnchorsOptions):
                shapes = _no_worse(shapes, self.layout, layout, boxes, objective)
            self.shapes_ = layout.in_shape_order(np.clip(shapes, LOWEST, HIGHEST))
            self.options_ = layout.options(self.shapes_)
        self.anchors_ = generate_anchors(self.options_)
        self.n_features_in_ = 4
        return self

    def predict(self, X: Any) -> npt.NDArray[np.int64]:  # noqa: N803
        """Row of `anchors_` that has the best IoU with each box; int64 [n_boxes]."""
        check_is_fitted(self)
        return match_anchors(X, self.anchors_)[0]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:  # noqa: N803
        """Mean over the boxes of the best placed IoU, in [0, 1]; weighted by `sample_weight`."""
        check_is_fitted(self)
        best = match_anchors(X, self.anchors_)[1]
        weights = None if sample_weight is None else check_weights(sample_weight, best)
        return float(np.average(best, weights=weights))

    def _objective(self) -> Objective:
        objective = Objective.of(self.objective, self.iou_threshold, ratio_limit=4.0)
        if objective.ratio:
            raise MediaPipeAnchorsError(
                field="objective",
                value=self.objective,
                expected="mean_iou and recall alone: the ratio does not know where anchors stand",
            )
        return objective

    def _layout(self) -> GridLayout:
        if self.kind not in ("free", "stock"):
            raise MediaPipeAnchorsError(field="kind", value=self.kind, expected="'free' or 'stock'")
        if isinstance(self.layout, SsdAnchorsOptions):
            return GridLayout.of_options(self.layout)
        if not isinstance(self.layout, GridLayout) or self.kind == "stock":
            expected = "SsdAnchorsOptions" if self.kind == "stock" else "a GridLayout or options"
            raise MediaPipeAnchorsError(field="layout", value=self.layout, expected=expected)
        return self.layout


def _no_worse(
    shapes: Floats,
    options: SsdAnchorsOptions,
    layout: GridLayout,
    boxes: Population,
    objective: Objective,
) -> Floats:
    """`shapes`, or where the options have better ones, these and what is near them.

    Boxes that are few, or much alike, may leave the search short of what the options say.
    """
    own, counts = shapes_of_options(options, layout), layout.anchors_per_cell

    def value(each: Floats) -> float:
        as_written = each.astype(np.float32).astype(np.float64)
        return value_of_shapes(boxes, as_written, counts, objective)

    if own is None or value(shapes) >= value(own):
        return shapes
    refined, _ = _core.refine_shapes(
        sides=boxes.sides,
        distances=boxes.distances,
        weights=boxes.weights,
        shapes=np.ascontiguousarray(own.T),
        map=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        objective=objective,
        first_step=0.03,
        last_step=0.002,
        max_sweeps=8,
    )
    return max(own, refined.T.astype(np.float64), key=value)


def _draw(
    xywh: Floats, weights: Floats | None, random: np.random.RandomState
) -> npt.NDArray[np.int64]:
    """`MOST` of the rows, which do not depend on the order in which they came."""
    places = (np.arange(MOST) + random.uniform(size=MOST)) * (len(xywh) / MOST)
    drawn = np.minimum(places.astype(np.int64), len(xywh) - 1)
    chosen, first = [], 0
    for rows in _by_height(xywh[:, 3], 1 + len(xywh) // MOST):
        keys = xywh[rows].T
        order = rows[np.lexsort(keys if weights is None else (weights[rows], *keys))]
        start, end = np.searchsorted(drawn, [first, first + len(rows)])
        chosen.append(order[drawn[start:end] - first])
        first += len(rows)
    return np.concatenate(chosen)


def _by_height(heights: Floats, parts: int) -> Iterator[npt.NDArray[np.int64]]:
    """All rows in parts, the lowest first, as sorting all at once would take too much memory."""
    some = heights[:: 1 + len(heights) // 2**16]
    edges = [0.0, *np.quantile(some, np.arange(1, parts) / parts), np.inf]
    for low, high in itertools.pairwise(edges):
        yield np.flatnonzero((heights >= low) & (heights < high))
