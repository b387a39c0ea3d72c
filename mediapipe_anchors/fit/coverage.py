"""`measure_coverage`: which boxes anchors reach, in figures: by size, by class, by feature map.

A box counts as reached where its best anchor has an IoU of at least 0.5 with it. Two IoUs are
told apart: that of the shapes alone, as if each box stood on an anchor, and that of the anchors
where they stand ("placed"), which is what a detector's training sees.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import as_float64
from mediapipe_anchors.errors import TensorError
from mediapipe_anchors.fit.coverage_groups import (
    Group,
    MapCoverage,
    Score,
    ShapeCoverage,
    by_class,
    by_map,
    by_shape,
    by_side,
    by_size,
    list_shapes,
)
from mediapipe_anchors.fit.grid import check_placed, match_anchors
from mediapipe_anchors.fit.shapes import best_anchor
from mediapipe_anchors.fit.sketch import check_sides
from mediapipe_anchors.fit.unreached import Unreached, find_unreached

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

REACHED = 0.5  # the best IoU from which on a box counts as reached
EDGES = np.arange(21) / 20  # of the histogram of best IoU


@dataclasses.dataclass(frozen=True)
class Matching:
    """The best IoU of all boxes, in one of its two kinds.

    Attributes:
        mean_best_iou: mean over the boxes.
        recall: share of the boxes whose best IoU is at least 0.5.
        thresholds: 0.05, 0.1 ... 0.95.
        recalls: share of the boxes whose best IoU is at least each threshold.
        histogram: boxes whose best IoU is from 0 to 0.05, from 0.05 to 0.1 ... from 0.95 to 1.
    """

    mean_best_iou: float
    recall: float
    thresholds: tuple[float, ...]
    recalls: tuple[float, ...]
    histogram: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Coverage:
    """How anchors cover boxes.

    Groups without boxes are left out. The scores of a group, `unreached`, `by_map` and
    `anchor_shapes` are of the placed IoU where there is one, else of shapes.

    Attributes:
        boxes: how many boxes.
        input_size: (width, height) of the model input in pixels.
        shape: the IoU of shapes alone.
        placed: the IoU of the anchors where they stand; None where boxes or anchors have no place.
        by_size: objects small (area below 32 x 32 pixels of the model input), medium and large
            (above 96 x 96), as COCO has them.
        by_side: the same in finer steps of the square root of the area.
        by_class: the classes, the most frequent first; empty where the boxes have none.
        by_map: the feature maps; empty where the anchors have no place, or stand on no grid.
        anchor_shapes: each distinct shape and the boxes whose best anchor has it.
        unreached: the boxes that no anchor reaches.
    """

    boxes: int
    input_size: tuple[int, int]
    shape: Matching
    placed: Matching | None
    by_size: tuple[Group, ...]
    by_side: tuple[Group, ...]
    by_class: tuple[Group, ...]
    by_map: tuple[MapCoverage, ...]
    anchor_shapes: tuple[ShapeCoverage, ...]
    unreached: Unreached

    @property
    def best(self) -> Matching:
        """The placed IoU where there is one, else that of shapes."""
        return self.shape if self.placed is None else self.placed

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-ready values."""
        return dataclasses.asdict(self)


def measure_coverage(
    boxes: npt.ArrayLike,
    anchors: npt.ArrayLike,
    *,
    input_size: tuple[int, int],
    weights: npt.ArrayLike | None = None,
    image_ids: npt.ArrayLike | None = None,
    class_ids: npt.ArrayLike | None = None,
    image_names: Sequence[str] = (),
    labels: Sequence[str] = (),
) -> Coverage:
    """Measure how anchors cover boxes.

    Args:
        boxes: [N, 4], x_center, y_center, w, h (`Boxes.on_input`), or [N, 2], w, h (`Boxes.wh`), as
            fractions of the model input.
        anchors: [A, 4] as `generate_anchors` gives them, or [k, 2] shapes, in the same unit.
            With places on both sides the anchors are measured where they stand.
        input_size: (width, height) of the model input in pixels.
        weights: [N], how many boxes each row stands for (`ShapeSketch.weights`); None is 1 each.
        image_ids: [N], index into `image_names`; negative where not known.
        class_ids: [N], index into `labels`; negative where not known.
        image_names: names of the images.
        labels: names of the classes.

    Raises:
        TensorError: an array of another shape, no box or no anchor, a side that is not positive, a
            weight that is not, or an index without a name.
    """
    xywh, rows = _boxes_or_shapes("boxes", boxes), _boxes_or_shapes("anchors", anchors)
    counts = _weights(weights, len(xywh))
    images = _ids("image_ids", image_ids, len(xywh), image_names)
    classes = _ids("class_ids", class_ids, len(xywh), labels)
    sides, is_placed = xywh[:, -2:], xywh.shape[1] == rows.shape[1] == 4
    shapes = list_shapes(rows)
    nearest, shape_iou = best_anchor(sides, shapes.wh)
    of_box, iou = nearest.astype(np.int64), shape_iou
    if is_placed:
        row, iou = match_anchors(xywh, rows)
        of_box = shapes.of_anchor[row]
    score = Score.maker(counts, iou, shape_iou if is_placed else None, REACHED)
    pixels = sides * input_size
    return Coverage(
        boxes=round(counts.sum()),
        input_size=(int(input_size[0]), int(input_size[1])),
        shape=_matching(shape_iou, counts),
        placed=_matching(iou, counts) if is_placed else None,
        by_size=by_size(pixels, score),
        by_side=by_side(pixels, score),
        by_class=by_class(classes, labels, score),
        by_map=by_map(shapes, of_box, input_size, score),
        anchor_shapes=by_shape(shapes, of_box, score),
        unreached=find_unreached(
            iou < REACHED, iou, counts, xywh, input_size, (images, image_names), (classes, labels)
        ),
    )


def _matching(iou: Floats, counts: Floats) -> Matching:
    total = counts.sum()
    bins = np.clip(np.searchsorted(EDGES, iou, side="right") - 1, 0, len(EDGES) - 2)
    histogram = np.bincount(bins, weights=counts, minlength=len(EDGES) - 1)
    reached = histogram[::-1].cumsum()[::-1] / total  # from each edge on
    return Matching(
        mean_best_iou=float(np.average(iou, weights=counts)),
        recall=float(reached[10]),
        thresholds=tuple(EDGES[1:-1].tolist()),
        recalls=tuple(reached[1:].tolist()),
        histogram=tuple(histogram.tolist()),
    )


def _boxes_or_shapes(name: str, values: Any) -> Floats:
    array = as_float64(name, values, (None, None))
    if array.shape[1] not in (2, 4) or not len(array):
        raise TensorError(
            field=name,
            value=f"shape {array.shape}",
            expected="one row or more of w, h or of x_center, y_center, w, h",
        )
    return check_sides(name, array) if array.shape[1] == 2 else check_placed(name, array)


def _weights(weights: Any, count: int) -> Floats:
    if weights is None:
        return np.ones(count)
    array = as_float64("weights", weights, (count,))
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise TensorError(field="weights", value=array, expected="finite, positive weights")
    return array


def _ids(name: str, ids: Any, count: int, names: Sequence[str]) -> Integers:
    """int64 [N]; or `TensorError`."""
    if ids is None:
        return np.full(count, -1)
    array = np.asarray(ids)
    if array.shape != (count,) or not np.issubdtype(array.dtype, np.integer):
        raise TensorError(
            field=name,
            value=f"{array.dtype} of shape {array.shape}",
            expected=f"integers of shape ({count},)",
        )
    if array.max() >= len(names):
        raise TensorError(
            field=name, value=int(array.max()), expected=f"less than the {len(names)} names"
        )
    return array.astype(np.int64)
