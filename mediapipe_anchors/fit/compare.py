"""Whether a model should keep the anchors that it has: its own against fitted ones, held out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.arrays import as_float64
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.folds import (
    check_fraction,
    group_numbers,
    split_folds,
    spread,
    steady_order,
)
from mediapipe_anchors.fit.grid import check_placed, match_anchors
from mediapipe_anchors.fit.shape_fit import check_weights
from mediapipe_anchors.fit.shapes import best_anchor
from mediapipe_anchors.fit.sketch import check_sides
from mediapipe_anchors.options import SsdAnchorsOptions

Floats = npt.NDArray[np.float64]
Measure = Literal["mean_iou", "recall"]

_ONLY_CENTRES = (
    "keep: the current anchors are only centres (w = h = 1, fixed_anchor_size), from which the "
    "model predicts sizes by itself; their shapes say nothing, and fitted ones would not help it"
)


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """What anchors that a model has reach on held-out boxes, and what fitted ones would.

    All figures are None where the current anchors are only centres, of w = h = 1
    (`fixed_anchor_size`): such a model predicts sizes by itself, and no IoU tells of its anchors.

    Attributes:
        placed: whether the IoU is that of anchors where they stand, or that of shapes alone.
        measure: "mean_iou" or "recall", by which `gain` and the verdict go.
        iou_threshold: of the recalls.
        current, fitted: float64 [folds], held-out mean best IoU.
        current_recalls, fitted_recalls: float64 [folds], held-out share of the boxes whose best IoU
            is at least `iou_threshold`.
        gain: mean over the folds of what the fitted anchors have more by `measure`.
        gain_spread: standard deviation of that over the folds (n - 1).
        current_anchors, fitted_anchors: the cost, anchors per frame; without places the shapes.
        verdict: "replace" where `gain` - `gain_spread` is at least the least gain asked for, and
            the other measure does not fall by as much; else "keep". A model must be trained again
            after its anchors are replaced.
        reason: the verdict in words and numbers.
    """

    placed: bool
    measure: Measure
    iou_threshold: float
    current: Floats | None
    fitted: Floats | None
    current_recalls: Floats | None
    fitted_recalls: Floats | None
    gain: float | None
    gain_spread: float | None
    current_anchors: int
    fitted_anchors: int | None
    verdict: Literal["keep", "replace"]
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-ready values."""
        figures = dataclasses.asdict(self)
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in figures.items()
        }


def compare_anchors(
    boxes: npt.ArrayLike,
    groups: npt.ArrayLike | None,
    current: Any,
    challenger: Any,
    *,
    folds: int = 5,
    iou_threshold: float = 0.5,
    min_gain: float = 0.01,
    measure: Measure | None = None,
    sample_weight: npt.ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare anchors on held-out groups of boxes; what can be fitted is fitted anew in each fold.

    Args:
        boxes: [N, 4], x_center, y_center, w, h as fractions of the model input, measured against
            anchors where they stand; or [N, 2], w, h, measured by shape alone.
        groups: [N], what is held out as a whole, normally the image of each box; None holds out
            boxes one by one, which flatters what is fitted where the boxes of an image are alike.
        current: the anchors in use: `SsdAnchorsOptions`, or anchors [A, 4] (shapes [A, 2] for boxes
            [N, 2]); or a fitter, such as plain k-means.
        challenger: the same; normally a `GridAnchorFitter` for boxes [N, 4], an `AnchorFitter` for
            boxes [N, 2]. It is cloned, not changed.
        folds: how many parts the groups are split into; no more than there are groups.
        iou_threshold: of the recall, in (0, 1].
        min_gain: in [0, 1], the least gain for which anchors are worth replacing.
        measure: what the verdict goes by; None is "recall" where the challenger's `objective` is,
            else "mean_iou".
        sample_weight: [N], how much each box counts, in the fit too; 0 or more. None is 1 each.
        random_state: how boxes without groups are dealt.
        progress: called with the folds done and the folds in all.

    Raises:
        TensorError: boxes, groups, weights or anchors of another shape, or out of range.
        MediaPipeAnchorsError: an argument out of range, boxes of one group alone, a fitter of
            shapes for boxes with places; or what the fitter raises.
    """
    rows = _check_boxes(boxes)
    numbers = group_numbers(groups, len(rows))
    weights = np.ones(len(rows)) if sample_weight is None else check_weights(sample_weight, rows)
    order = steady_order(rows, numbers, weights)
    order = order[weights[order] > 0]
    rows, weights = rows[order], weights[order]
    numbers = None if numbers is None else numbers[order]
    check_fraction("min_gain", min_gain)
    if not check_fraction("iou_threshold", iou_threshold):
        raise MediaPipeAnchorsError(field="iou_threshold", value=0, expected="above 0")
    by = _check_measure(measure, challenger)
    sides = [
        _Side(*each, rows.shape[1]) for each in (("current", current), ("challenger", challenger))
    ]
    if sides[0].is_only_centres:
        return Comparison(
            placed=rows.shape[1] == 4,
            measure=by,
            iou_threshold=float(iou_threshold),
            current=None,
            fitted=None,
            current_recalls=None,
            fitted_recalls=None,
            gain=None,
            gain_spread=None,
            current_anchors=sides[0].count,
            fitted_anchors=None,
            verdict="keep",
            reason=_ONLY_CENTRES,
        )
    by_weight = None if sample_weight is None else weights
    parts = split_folds(numbers, len(rows), folds, random_state, by_weight)
    figures = np.zeros((2, 2, len(parts)))  # mean IoU and recall; current and challenger
    for fold, (training, held_out) in enumerate(parts):
        for index, side in enumerate(sides):
            side.refit(rows[training], None if sample_weight is None else weights[training])
            iou = side.best_iou(rows[held_out])
            of_box = np.stack([iou, iou >= iou_threshold])
            figures[:, index, fold] = np.average(of_box, axis=1, weights=weights[held_out])
        if progress is not None:
            progress(fold + 1, len(parts))
    return _judge(figures, sides, by, float(iou_threshold), float(min_gain))


class _Side:
    """One of the two: anchors as they are, or a fitter of them."""

    def __init__(self, name: str, given: Any, columns: int) -> None:
        self.is_placed = columns == 4
        self.count = 0
        self._name, self._fitter, self._anchors = name, None, np.zeros((0, columns))
        if isinstance(given, BaseEstimator):
            self._fitter = given
        elif isinstance(given, SsdAnchorsOptions):
            anchors = generate_anchors(given).astype(np.float64)
            self._anchors = anchors if self.is_placed else np.unique(anchors[:, 2:], axis=0)
        else:
            self._anchors = as_float64(name, given, (None, columns))
        if self._fitter is None:
            self._take(self._anchors)

    @property
    def is_only_centres(self) -> bool:
        return self._fitter is None and bool((self._anchors[:, -2:] == 1).all())

    def refit(self, training: Floats, weights: Floats | None) -> None:
        """Fit to other boxes what can be fitted."""
        if self._fitter is not None:
            fitted = clone(self._fitter).fit(training, sample_weight=weights)
            self._take(np.asarray(fitted.anchors_, np.float64))

    def best_iou(self, boxes: Floats) -> Floats:
        """float64 [N], the best IoU of each box."""
        match = match_anchors if self.is_placed else best_anchor
        return match(boxes, self._anchors)[1]

    def _take(self, anchors: Floats) -> None:
        columns = 4 if self.is_placed else 2
        if anchors.ndim != 2 or anchors.shape[1] != columns or not len(anchors):
            raise TensorError(
                field=self._name,
                value=f"anchors of shape {anchors.shape}",
                expected=f"anchors of shape (A, {columns}) for boxes of {columns} columns",
                fix="pass boxes [N, 4] with a GridAnchorFitter, or boxes [N, 2] with AnchorFitter",
            )
        self._anchors, self.count = anchors, len(anchors)


def _judge(
    figures: Floats, sides: list[_Side], measure: Measure, iou_threshold: float, min_gain: float
) -> Comparison:
    gains = figures[:, 1] - figures[:, 0]
    by, other = (1, 0) if measure == "recall" else (0, 1)
    gain, deviation = float(gains[by].mean()), float(spread(gains[by]))
    loss = -float(gains[other].mean())
    names = ("mean best IoU", f"recall at {iou_threshold:g}")
    means = figures.mean(axis=2)
    falls = loss > 0 and loss >= min_gain
    verdict: Literal["keep", "replace"] = (
        "replace" if gain - deviation >= min_gain and gain > 0 and not falls else "keep"
    )
    alone = "" if sides[0].is_placed else ", by shape alone,"
    reason = (
        f"{verdict}: {names[by]}{alone} {_course(*means[by])} ({gain:+.3f} +- {deviation:.3f} over "
        f"{figures.shape[2]} folds) {_at_cost(sides)}"
    )
    if falls and gain > 0:
        reason += f", but {names[other]} {_course(*means[other])}"
    elif verdict == "keep" and gain > 0:
        reason += f"; less than {min_gain:g} beyond its spread"
    return Comparison(
        placed=sides[0].is_placed,
        measure=measure,
        iou_threshold=iou_threshold,
        current=figures[0, 0],
        fitted=figures[0, 1],
        current_recalls=figures[1, 0],
        fitted_recalls=figures[1, 1],
        gain=gain,
        gain_spread=deviation,
        current_anchors=sides[0].count,
        fitted_anchors=sides[1].count,
        verdict=verdict,
        reason=reason,
    )


def _course(before: float, after: float) -> str:
    old, new = f"{before:.3f}", f"{after:.3f}"
    if old == new:
        return f"stays at {old}"
    return f"{'rises' if after > before else 'falls'} from {old} to {new}"


def _at_cost(sides: list[_Side]) -> str:
    unit = "anchor" if sides[0].is_placed else "shape"
    before, after = (f"{side.count:,} {unit}{'s' * (side.count > 1)}" for side in sides)
    return f"at the same {before}" if before == after else f"with {after} in place of {before}"


def _check_boxes(boxes: Any) -> Floats:
    rows = np.asarray(boxes)
    if rows.ndim == 2 and rows.shape[1] == 2:
        checked = check_sides("boxes", as_float64("boxes", boxes, (None, 2)))
    else:
        checked = check_placed("boxes", boxes)
    if not len(checked):
        raise TensorError(field="boxes", value=f"shape {rows.shape}", expected="a box or more")
    return checked


def _check_measure(measure: Any, challenger: Any) -> Measure:
    if measure is None:
        return "recall" if getattr(challenger, "objective", None) == "recall" else "mean_iou"
    if measure not in ("mean_iou", "recall"):
        raise MediaPipeAnchorsError(
            field="measure", value=measure, expected="'mean_iou' or 'recall'"
        )
    chosen: Measure = measure
    return chosen
