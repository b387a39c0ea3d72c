"""How many anchors: what each further one adds on images that the fit has not seen.

On the boxes that it is fitted to, a larger number always looks better. So the boxes are split by
image; each number is fitted to the one part and measured on the other, fold by fold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from mediapipe_anchors import _core
from mediapipe_anchors.arrays import as_float64_of_any_layout, in_chunks
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.count_rules import by_gain, by_target
from mediapipe_anchors.fit.folds import (
    check_fraction,
    deal_folds,
    group_numbers,
    spread,
    steady_order,
)
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.fit.search import Effort
from mediapipe_anchors.fit.shape_fit import Algorithm, check_weights, fit_shapes, weight_scale
from mediapipe_anchors.fit.sketch import ShapeSketch, check_sides

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
    work=0,
    last_step=0.002,
)  # a curve needs differences of a thousandth, at many fits


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

    Neither the order of the boxes nor the number of threads matters. Beyond 65,536 distinct shapes
    a `ShapeSketch` stands in for the boxes of a fold, in the fit and in the measure.

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
        TensorError: `wh`, `groups` or a weight is not as said, or all weights of a fold vanish.
        MediaPipeAnchorsError: an argument out of range, boxes of one group alone, or
            `target_recall` above what `max_anchors` reach.
    """
    measure = Objective.of(objective, iou_threshold, ratio_limit)
    largest = _check_max_anchors(max_anchors)
    check_fraction("min_gain", min_gain)
    if target_recall is not None:
        check_fraction("target_recall", target_recall)
    parts = _fold_populations(_sketch_folds(wh, groups, sample_weight, folds, random_state))
    largest = min(largest, *(len(training) for training, _ in parts))
    figures = np.zeros((3, largest, len(parts)))
    for done, (k, fold) in enumerate(np.ndindex(largest, len(parts))):
        training, held_out = parts[fold]
        random = check_random_state(random_state)
        shapes = fit_shapes(training, k + 1, measure, algorithm, random, QUICK)
        figures[:, k, fold] = _reached(held_out, shapes, measure)
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


def _sketch_folds(
    wh: Any, groups: Any, sample_weight: Any, folds: int, random_state: Any
) -> list[ShapeSketch]:
    """The shapes of each fold, which do not depend on the order of the boxes."""
    sides = check_sides("wh", as_float64_of_any_layout("wh", wh, (None, 2)))
    if not len(sides):
        raise TensorError(field="wh", value="shape (0, 2)", expected="boxes")
    numbers, weights, scale = group_numbers(groups, len(sides)), None, 0
    if sample_weight is not None:
        weights = check_weights(sample_weight, sides)
        counts = weights > 0
        sides, weights = sides[counts], weights[counts]
        numbers = None if numbers is None else numbers[counts]
        scale = weight_scale(weights)
    fold_of = deal_folds(numbers, len(sides), folds, random_state, weights)
    if numbers is None:
        dealt, fold_of = fold_of, np.empty_like(fold_of)
        fold_of[steady_order(sides, None, weights)] = dealt
    sketches = [ShapeSketch() for _ in range(fold_of.max() + 1)]
    for part in in_chunks(len(sides)):
        for fold, sketch in enumerate(sketches):
            rows = fold_of[part] == fold
            scaled = None if weights is None else np.ldexp(weights[part][rows], scale)
            sketch.add(sides[part][rows], scaled)
    if not all(len(sketch.weights) for sketch in sketches):
        raise TensorError(
            field="sample_weight",
            value=weights,
            expected="in each fold a weight that does not vanish beside the largest of all",
        )
    return sketches


def _fold_populations(sketches: Sequence[ShapeSketch]) -> list[tuple[Population, Population]]:
    """For each fold the boxes of all others, and its own."""
    pairs = []
    for fold, held_out in enumerate(sketches):
        training = ShapeSketch()
        for other in (*sketches[:fold], *sketches[fold + 1 :]):
            training.merge(other)
        pairs.append((Population.of_sketch(training), Population.of_sketch(held_out)))
    return pairs


def _reached(boxes: Population, shapes: Floats, objective: Objective) -> Floats:
    """Mean best IoU, recall and value of the objective."""
    anchors, objective = np.ascontiguousarray(shapes.T), objective.blurred(boxes.blur)
    recall = dataclasses.replace(objective, iou=0.0, recall=1.0, ratio=0.0)
    iou = _core.match_shapes(boxes.sides, None, anchors, None)[1]
    value = objective.of_iou(iou)
    if objective.ratio:  # which no IoU tells
        utility = _core.shape_utility(boxes.sides, None, anchors, None, objective)
        value = utility.reshape(len(shapes), -1, len(iou)).max(axis=0).sum(axis=0)
    of_box = np.stack([iou, recall.of_iou(iou), value])
    # Not by @, whose sums depend on the number of threads.
    reached: Floats = (of_box * boxes.weights).sum(axis=1)
    return reached


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
