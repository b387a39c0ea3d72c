"""How many anchors: what each further one adds on images that the fit has not seen.

On the boxes that it is fitted to, a larger number always looks better. So the boxes are split by
image; each number is fitted to the one part and measured on the other, fold by fold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from mediapipe_anchors import _core
from mediapipe_anchors.arrays import as_float64
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.count_rules import by_gain, by_target
from mediapipe_anchors.fit.folds import (
    check_fraction,
    group_numbers,
    split_folds,
    spread,
    steady_order,
)
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.search import Effort
from mediapipe_anchors.fit.shape_fit import Algorithm, check_weights, distinct_shapes, fit_shapes
from mediapipe_anchors.fit.sketch import check_sides

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]
Cost = int | Callable[[int], int]

QUICK = Effort(
    candidates=150,
    coarse=600,
    fine=4096,
    starts=12,
    kept=4,
    shakes=8,
    finalists=2,
    last_step=0.002,
)  # a curve needs differences of a thousandth, at many fits
_CHUNK = 2**18  # boxes whose objective is held in memory at a time


@dataclasses.dataclass(frozen=True, eq=False)
class AnchorCurve:
    """What k anchors reach on held-out boxes, for m numbers k, and which number was chosen.

    Attributes:
        n_anchors: int64 [m], the numbers: 1, 2, ..., m.
        scores: float64 [m, folds], held-out mean best shape IoU.
        recalls: float64 [m, folds], held-out share of boxes with a best IoU of at least
            `iou_threshold`.
        values: float64 [m, folds], held-out value of the objective that was fitted, by which
            `min_gain` chooses; for "mean_iou" these are the `scores`.
        iou_threshold: of `recalls`.
        anchors_per_frame: int64 [m], what each number costs: anchors in all, of every image; None
            where that was not asked for.
        chosen: the number chosen.
        rule: which rule chose it, and why, in words.
    """

    n_anchors: Integers
    scores: Floats
    recalls: Floats
    values: Floats
    iou_threshold: float
    anchors_per_frame: Integers | None
    chosen: int
    rule: str

    @property
    def mean(self) -> Floats:
        """float64 [m], mean of `scores` over the folds."""
        return np.asarray(self.scores.mean(axis=1))

    @property
    def spread(self) -> Floats:
        """float64 [m], standard deviation of `scores` over the folds (n - 1)."""
        return spread(self.scores)

    def to_dict(self) -> dict[str, Any]:
        """The curve as JSON-ready values."""
        cost = self.anchors_per_frame
        return {
            "n_anchors": self.n_anchors.tolist(),
            "scores": self.scores.tolist(),
            "recalls": self.recalls.tolist(),
            "values": self.values.tolist(),
            "mean": self.mean.tolist(),
            "spread": self.spread.tolist(),
            "iou_threshold": self.iou_threshold,
            "anchors_per_frame": None if cost is None else cost.tolist(),
            "chosen": self.chosen,
            "rule": self.rule,
        }


def choose_n_anchors(
    wh: npt.ArrayLike,
    groups: npt.ArrayLike | None,
    *,
    max_anchors: int = 12,
    target_recall: float | None = None,
    min_gain: float = 0.01,
    folds: int = 5,
    objective: str | Mapping[str, float] = "mean_iou",
    iou_threshold: float = 0.5,
    ratio_limit: float = 4.0,
    algorithm: Algorithm = "search",
    sample_weight: npt.ArrayLike | None = None,
    anchors_per_shape: Cost | None = None,
    random_state: int | np.random.RandomState | None = 0,
    progress: Progress | None = None,
) -> AnchorCurve:
    """Fit 1, 2, ... `max_anchors` shapes, measure each on held-out groups, and choose a number.

    The rule: the smallest number from which no larger one adds `min_gain` a further anchor to the
    held-out objective, beyond the spread of that gain over the folds. Larger numbers than the next
    count too, as a third cluster of boxes may only show with a third anchor. With `target_recall`
    instead: the smallest number whose held-out recall, in the mean over the folds, reaches it.

    Neither the order of the boxes nor the number of threads matters.

    Args:
        wh: [N, 2], width and height of the boxes, as for `AnchorFitter`.
        groups: [N], what is held out as a whole: the image of each box (`Boxes.image_ids`), or its
            video, as the frames of one are alike. None holds out boxes one by one: the boxes of an
            image are often alike, so the curve then flatters large numbers and the spread is less
            than between images.
        max_anchors: the largest number to try. Fewer are tried where a fold holds fewer distinct
            shapes to fit to.
        target_recall: in [0, 1]; replaces the rule of `min_gain`.
        min_gain: in [0, 1], the least that an anchor must add.
        folds: how many parts the groups are split into; no more than there are groups.
        objective: what is fitted, and what gains are measured by; as for `AnchorFitter`.
        iou_threshold: of the recall.
        ratio_limit: as for `AnchorFitter`.
        algorithm: as for `AnchorFitter`.
        sample_weight: [N], how much each box counts, 0 or more; None is 1 each.
        anchors_per_shape: for the cost. On how many cells each shape stands; or a function of k
            that gives the anchors of k shapes, such as
            `lambda k: GridLayout.even(input_size, strides[:k], k).num_anchors`.
        random_state: seed or RandomState.
        progress: called with the fits done and the fits in all.

    Raises:
        TensorError: `wh`, `groups` or a weight is not as said.
        MediaPipeAnchorsError: an argument out of range, boxes of one group alone, or
            `target_recall` above what `max_anchors` reach.
    """
    measure = Objective.of(objective, iou_threshold, ratio_limit)
    largest = _check_max_anchors(max_anchors)
    check_fraction("min_gain", min_gain)
    if target_recall is not None:
        check_fraction("target_recall", target_recall)
    boxes = _HeldOutBoxes(wh, groups, sample_weight)
    parts = split_folds(boxes.groups, len(boxes.wh), folds, random_state)
    training = [distinct_shapes(boxes.wh[rows], boxes.weights[rows]) for rows, _ in parts]
    largest = min(largest, *map(len, training))
    figures = np.zeros((3, largest, len(parts)))
    for done, (k, fold) in enumerate(np.ndindex(largest, len(parts))):
        random = check_random_state(random_state)
        shapes = fit_shapes(training[fold], k + 1, measure, algorithm, random, QUICK)
        figures[:, k, fold] = boxes.measure(parts[fold][1], shapes, measure)
        if progress is not None:
            progress(done + 1, largest * len(parts))
    curve = AnchorCurve(
        n_anchors=np.arange(1, largest + 1),
        scores=figures[0],
        recalls=figures[1],
        values=figures[2],
        iou_threshold=measure.iou_threshold,
        anchors_per_frame=_costs(anchors_per_shape, largest),
        chosen=0,
        rule="",
    )
    if target_recall is not None:
        chosen, rule = by_target(figures[1], target_recall, measure.iou_threshold)
    else:
        name = "mean best IoU" if objective == "mean_iou" else "the objective"
        chosen, rule = by_gain(figures[2], min_gain, name)
    return dataclasses.replace(curve, chosen=chosen, rule=rule)


class _HeldOutBoxes:
    """Boxes that count, in an order that does not depend on that in which they came."""

    def __init__(self, wh: Any, groups: Any, sample_weight: Any) -> None:
        sides = check_sides("wh", as_float64("wh", wh, (None, 2)))
        if not len(sides):
            raise TensorError(field="wh", value="shape (0, 2)", expected="boxes")
        weights = (
            np.ones(len(sides)) if sample_weight is None else check_weights(sample_weight, sides)
        )
        numbers = group_numbers(groups, len(sides))
        order = steady_order(sides, numbers, weights)
        order = order[weights[order] > 0]
        self.wh, self.weights = sides[order], weights[order]
        self.groups = None if numbers is None else numbers[order]

    def measure(self, rows: Integers, shapes: Floats, objective: Objective) -> Floats:
        """Mean best IoU, recall and value of the objective of some of the boxes."""
        weights = self.weights[rows] / self.weights[rows].sum()
        anchors, total = np.ascontiguousarray(shapes.T), np.zeros(3)
        for start in range(0, len(rows), _CHUNK):
            part = slice(start, start + _CHUNK)
            sides = np.ascontiguousarray(self.wh[rows[part]].T)
            iou = _core.match_shapes(sides, None, anchors, None)[1]
            value = objective.of_iou(iou)
            if objective.ratio:  # which no IoU tells
                utility = _core.shape_utility(sides, None, anchors, None, objective)
                value = utility.reshape(len(shapes), -1, len(iou)).max(axis=0).sum(axis=0)
            of_box = np.stack([iou, iou >= objective.iou_threshold, value])
            total += (of_box * weights[part]).sum(axis=1)  # @ depends on the number of threads
        return total


def _costs(anchors_per_shape: Cost | None, largest: int) -> Integers | None:
    if anchors_per_shape is None:
        return None
    numbers = range(1, largest + 1)
    if callable(anchors_per_shape):
        return np.array([anchors_per_shape(k) for k in numbers], np.int64)
    if isinstance(anchors_per_shape, bool) or not hasattr(anchors_per_shape, "__index__"):
        raise MediaPipeAnchorsError(
            field="anchors_per_shape", value=anchors_per_shape, expected="an integer or a function"
        )
    return np.array([anchors_per_shape * k for k in numbers], np.int64)


def _check_max_anchors(max_anchors: Any) -> int:
    if isinstance(max_anchors, bool) or not hasattr(max_anchors, "__index__") or max_anchors < 1:
        raise MediaPipeAnchorsError(
            field="max_anchors", value=max_anchors, expected="an integer of 1 or more"
        )
    return int(max_anchors)
