"""The error of `ShapeSketch`: what anchors reach by the sketch, and what they reach on the boxes.

Measured twice: "measure" is the largest difference of the objective of some anchors, by the sketch
and on the boxes; "fit" is what anchors fitted to the sketch reach less, on the boxes, than anchors
fitted to all boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from unittest import mock

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import AnchorFitter, ShapeSketch
from mediapipe_anchors.arrays import in_chunks
from mediapipe_anchors.cli.progress import Progress
from mediapipe_anchors.fit import best_anchor, sketch
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population

Floats = npt.NDArray[np.float64]

OBJECTIVES = ("mean_iou", "recall", "ratio")
COUNTS = (1, 3, 9, 30)  # numbers of anchors; the fits have 9
FITTED = 9
SCATTERED = 1_000_000  # boxes
MOST_FITTED = 1_000_000  # boxes; a fit to more of them without a sketch takes minutes
COLUMNS = (
    "boxes",
    "distinct shapes",
    "kept as",
    *(f"{kind}: {name}" for kind in ("measure", "fit") for name in OBJECTIVES),
)


def objectives(boxes: Population, anchors: Floats) -> Floats:
    """Mean best IoU, recall at 0.5, and YOLOv5's ratio, as a fit has them, float64 [3]."""
    recall, total = Objective(recall=1.0).blurred(boxes.blur), np.zeros(3)
    for part in in_chunks(len(boxes)):
        wh = boxes.sides[:, part].T
        iou = best_anchor(wh, anchors)[1]
        sides = wh[:, None] / anchors[None]
        ratio = np.minimum(sides, 1 / sides).min(axis=2).max(axis=1)
        of_box = np.stack([iou, recall.of_iou(iou), np.where(ratio > 0.25, ratio, 0)])
        total += (of_box * boxes.weights[part]).sum(axis=1)
    return total


def error_rows(sets: Mapping[str, Callable[[], Floats]], progress: Progress) -> Iterator[list[str]]:
    """A row for each set of boxes.

    Where a sketch has room for each shape, and so no error, there is another row for a million of
    the boxes drawn again and scattered by 4 %, so that it has not.
    """
    for done, (name, make) in enumerate(sets.items()):
        progress.step(f"Error of the sketch: {name}")(done, len(sets))
        wh = make()
        yield [name, *_errors(wh)]
        if ShapeSketch().add(wh).is_exact:
            random = np.random.default_rng(0)
            drawn = wh[random.integers(len(wh), size=SCATTERED)]
            yield [f"{name}, scattered", *_errors(drawn * random.uniform(0.96, 1.04, drawn.shape))]


def _errors(wh: Floats) -> list[str]:
    """Distinct shapes, what they are kept as, and all errors."""
    boxes, kept = Population.of(wh, np.ones(len(wh))), ShapeSketch().add(wh)
    distinct = f"{len(np.unique(wh.view('c16'))):,}"
    start = [distinct, "they are" if kept.is_exact else f"{len(kept.wh):,} cells"]
    fitted = {name: AnchorFitter(FITTED, objective=name).fit(kept).anchors_ for name in OBJECTIVES}
    chosen = [AnchorFitter(count).fit(kept).anchors_ for count in COUNTS]
    by_sketch = Population.of_sketch(kept)
    differences = [
        abs(objectives(by_sketch, each) - objectives(boxes, each))
        for each in (*chosen, *fitted.values())
    ]
    cells = [f"{value:.5f}" for value in np.max(differences, axis=0)]
    if len(wh) > MOST_FITTED:
        return [*start, *cells, *[""] * len(OBJECTIVES)]
    with mock.patch.object(sketch, "EXACT", len(wh)):
        for index, name in enumerate(OBJECTIVES):
            best = AnchorFitter(FITTED, objective=name).fit(wh).anchors_
            loss = objectives(boxes, best) - objectives(boxes, fitted[name])
            cells.append(f"{loss[index]:.5f}")
    return [*start, *cells]
