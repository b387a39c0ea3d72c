"""Which layout: strides and anchors a cell, compared by what anchors reach where they stand."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from mediapipe_anchors import _core
from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.fit.distinct import distinct_boxes
from mediapipe_anchors.fit.folds import check_fraction, group_numbers, split_folds, steady_order
from mediapipe_anchors.fit.grid import cell_distances, check_placed
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.fit.reach import (
    check_limit,
    check_threshold,
    finest_reach_px,
    weights_that_matter,
)
from mediapipe_anchors.fit.search import Effort, search_placed_shapes
from mediapipe_anchors.layout import MAX_ANCHORS, GridLayout

Floats = npt.NDArray[np.float64]
Weighted = tuple[Floats, Floats]  # boxes [N, 4] and their weights [N]

SAMPLE = 1500  # boxes to fit to, and as many to measure on
# A sixth of the time of a full fit, whose scores it misses by 0.002 on average, 0.01 at most.
QUICK = Effort(
    candidates=40,
    coarse=600,
    fine=SAMPLE,
    starts=5,
    kept=2,
    shakes=3,
    finalists=1,
    work=0,
    all_step=0.03,
    last_step=0.03,
)
DOUBLING_GAIN = 0.03  # of the score, that twice the anchors must add
PER_CELL = range(1, 7)
COARSEST_STRIDE = 512


@dataclasses.dataclass(frozen=True)
class LayoutScore:
    """What quickly fitted anchors of a layout reach on held-out boxes, and what they cost.

    Attributes:
        layout: the layout.
        score: mean best IoU where the anchors stand.
        recall: share of the boxes whose best IoU is at least `iou_threshold`.
        iou_threshold: of `recall` and `reach_px`.
        anchors_per_frame: the cost, anchors in all.
        reach_px: side in pixels of the smallest square box that the finest feature map matches
            wherever it lies (see `describe_reach`).
        held_out: how many distinct boxes it was measured on, at most 1,500.
        on_front: whether no other layout compared has a better score at the same cost or less.
    """

    layout: GridLayout
    score: float
    recall: float
    iou_threshold: float
    anchors_per_frame: int
    reach_px: float
    held_out: int
    on_front: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The score as JSON-ready values."""
        return dataclasses.asdict(self)


def compare_layouts(
    boxes: npt.ArrayLike,
    input_size: tuple[int, int],
    *,
    groups: npt.ArrayLike | None = None,
    max_anchors: int | None = None,
    smallest_px: float | None = None,
    candidates: Iterable[GridLayout] | None = None,
    iou_threshold: float = 0.5,
    min_gain: float | None = None,
    sample_weight: npt.ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[LayoutScore]:
    """Compare layouts by a quick fit of free shapes to each, best first.

    Args:
        boxes: [N, 4], x_center, y_center, w, h as fractions of the model input.
        input_size: (width, height) of the model input in pixels.
        groups: [N], the image of each box; half of the images are fitted to, and the others
            measured on. None halves the boxes one by one. Equal boxes of one image count as one
            of their weight.
        max_anchors: the most anchors in all; dearer layouts are left out.
        smallest_px: the smallest object that matters, the root of its area in pixels of the model
            input: smaller boxes are left out, and so are layouts whose finest feature map does not
            match a square of this side wherever it lies.
        candidates: layouts to compare; None is each run of powers of two as strides, from 4 on,
            with 1 to 6 anchors a cell.
        iou_threshold: of recall and reach, above 0 and below 1.
        min_gain: how much score twice the anchors must add to come first: the order is that of
            score - min_gain * log2(anchors). None is 0 with `max_anchors`, which states the price
            that one pays, else 0.03.
        sample_weight: [N], how much each box counts, in the fit too; 0 or more. None is 1 each.
        random_state: seed or RandomState.
        progress: called with the layouts done and the layouts in all.

    Raises:
        TensorError: boxes, groups or weights are not as said.
        MediaPipeAnchorsError: an argument out of range, boxes of one group alone, no box left, or
            no layout that keeps to what was asked for.
    """
    check_threshold(iou_threshold)
    check_limit("max_anchors", max_anchors)
    check_limit("smallest_px", smallest_px)
    if min_gain is None:
        min_gain = DOUBLING_GAIN if max_anchors is None else 0.0
    check_fraction("min_gain", min_gain)
    layouts = _affordable(
        default_layouts(input_size) if candidates is None else _check(candidates, input_size),
        max_anchors,
        smallest_px,
        iou_threshold,
    )
    training, held_out = _halves(
        boxes, sample_weight, input_size, groups, smallest_px, random_state
    )
    scores = []
    for layout in layouts:
        iou = _held_out_iou(layout, training, held_out[0], random_state)
        scores.append(
            LayoutScore(
                layout=layout,
                score=float(np.average(iou, weights=held_out[1])),
                recall=float(np.average(iou >= iou_threshold, weights=held_out[1])),
                iou_threshold=float(iou_threshold),
                anchors_per_frame=layout.num_anchors,
                reach_px=finest_reach_px(layout, iou_threshold),
                held_out=len(iou),
            )
        )
        if progress is not None:
            progress(len(scores), len(layouts))
    return _ranked(scores, min_gain)


def default_layouts(input_size: tuple[int, int]) -> list[GridLayout]:
    """Each run of powers of two as strides, from 4..64 to at most 512, with 1 to 6 anchors a cell.

    No stride follows one whose feature map is a single cell. The longest runs also have fewer
    anchors on the finest feature map, which holds most cells, and 6 on the others.
    """
    width, height = GridLayout(input_size, (COARSEST_STRIDE,), (1,)).input_size
    layouts = []
    for first in (4, 8, 16, 32, 64):
        strides = [stride for stride in (first << n for n in range(8)) if stride <= COARSEST_STRIDE]
        useful = sum(stride < max(width, height) for stride in strides) + 1
        runs = [tuple(strides[:length]) for length in range(1, useful + 1)][: len(strides)]
        per_cell = [(run, (n,) * len(run)) for run in runs for n in PER_CELL]
        most = (PER_CELL[-1],) * (len(runs[-1]) - 1)
        per_cell += [(runs[-1], (n, *most)) for n in PER_CELL[:-1] if most]
        for run, counts in per_cell:
            cells = (-(-width // stride) * -(-height // stride) for stride in run)
            if sum(c * n for c, n in zip(cells, counts, strict=True)) <= MAX_ANCHORS:
                layouts.append(GridLayout(input_size, run, counts))
    return layouts


def _check(candidates: Iterable[GridLayout], input_size: tuple[int, int]) -> list[GridLayout]:
    layouts = list(candidates)
    for layout in layouts:
        if not isinstance(layout, GridLayout) or layout.input_size != tuple(input_size):
            raise MediaPipeAnchorsError(
                field="candidates",
                value=layout,
                expected=f"each a GridLayout of input_size {tuple(input_size)}",
            )
    return layouts


def _affordable(
    layouts: Sequence[GridLayout],
    max_anchors: int | None,
    smallest_px: float | None,
    iou_threshold: float,
) -> list[GridLayout]:
    """Those that keep to the budget and match the smallest object that matters."""
    if not layouts:
        raise MediaPipeAnchorsError(field="candidates", value=[], expected="a layout or more")
    reach = [finest_reach_px(layout, iou_threshold) for layout in layouts]
    near = [
        layout
        for layout, pixels in zip(layouts, reach, strict=True)
        if smallest_px is None or pixels <= smallest_px
    ]
    if not near:
        raise MediaPipeAnchorsError(
            field="smallest_px",
            value=smallest_px,
            expected=f"at least {math.ceil(min(reach) * 10) / 10:g}, which the finest layout "
            f"compared matches with IoU {iou_threshold:g} wherever it lies",
            fix="make the model input larger, add candidates of a finer stride, or ask for a "
            "lower iou_threshold",
        )
    cheap = [layout for layout in near if max_anchors is None or layout.num_anchors <= max_anchors]
    if not cheap:
        least = min(layout.num_anchors for layout in near)
        reaching = "" if smallest_px is None else f" that matches {smallest_px:g} pixels"
        raise MediaPipeAnchorsError(
            field="max_anchors",
            value=max_anchors,
            expected=f"at least {least}, of the smallest layout{reaching}",
        )
    return cheap


def _halves(
    boxes: Any,
    sample_weight: Any,
    input_size: tuple[int, int],
    groups: Any,
    smallest_px: float | None,
    random_state: Any,
) -> tuple[Weighted, Weighted]:
    """Boxes to fit to and boxes to measure on, each at most `SAMPLE`."""
    xywh = check_placed("boxes", boxes)
    numbers = group_numbers(groups, len(xywh))
    weights = weights_that_matter(xywh, sample_weight, input_size, smallest_px)
    if numbers is None:  # each box is a group of its own
        order = steady_order(xywh, None, weights)
        order = order[weights[order] > 0]
        xywh, weights = xywh[order], weights[order]
    else:
        xywh, weights, numbers = distinct_boxes(xywh, weights, numbers)
    random = check_random_state(random_state)
    training, held_out = (
        np.sort(random.permutation(rows)[:SAMPLE])
        for rows in split_folds(numbers, len(xywh), 2, random)[0]
    )
    return (xywh[training], weights[training]), (xywh[held_out], weights[held_out])


def _held_out_iou(
    layout: GridLayout, training: Weighted, held_out: Floats, random_state: Any
) -> Floats:
    """The best placed IoU of each held-out box."""
    xywh, weights = training
    boxes = Population.of(xywh[:, 2:], weights, cell_distances(xywh, layout.centres))
    shapes = search_placed_shapes(
        boxes, layout.anchors_per_cell, Objective(iou=1), check_random_state(random_state), QUICK
    )
    sides = np.ascontiguousarray(held_out[:, 2:].T)
    maps = np.repeat(np.arange(len(layout.strides), dtype=np.int32), layout.anchors_per_cell)
    distances = cell_distances(held_out, layout.centres)
    return _core.match_shapes(sides, distances, np.ascontiguousarray(shapes.T), maps)[1]


def _ranked(scores: Sequence[LayoutScore], min_gain: float) -> list[LayoutScore]:
    """The best first, with the Pareto front marked."""
    best, marked = -1.0, []
    for each in sorted(scores, key=lambda each: (each.anchors_per_frame, -each.score)):
        marked.append(dataclasses.replace(each, on_front=each.score > best))
        best = max(best, each.score)
    return sorted(
        marked, key=lambda each: min_gain * math.log2(each.anchors_per_frame) - each.score
    )
