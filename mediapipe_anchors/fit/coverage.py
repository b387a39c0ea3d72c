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

from mediapipe_anchors.arrays import as_float64, in_chunks
from mediapipe_anchors.errors import TensorError
from mediapipe_anchors.fit.coverage_groups import (
    COCO_SIDES,
    FINE_SIDES,
    Group,
    MapCoverage,
    ShapeCoverage,
    Tally,
    area_steps,
    by_class,
    by_map,
    by_shape,
    by_side,
    by_size,
    list_shapes,
)
from mediapipe_anchors.fit.grid import check_placed, match_anchors
from mediapipe_anchors.fit.shapes import best_anchor
from mediapipe_anchors.fit.sketch import check_counts, check_sides
from mediapipe_anchors.fit.unreached import Unreached, find_unreached

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]

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
    counts = (
        np.broadcast_to(1.0, len(xywh)) if weights is None else check_counts(weights, len(xywh))
    )
    images = _ids("image_ids", image_ids, len(xywh), image_names)
    classes = _ids("class_ids", class_ids, len(xywh), labels)
    is_placed = xywh.shape[1] == rows.shape[1] == 4
    shapes = list_shapes(rows)
    sums = _Sums(len(shapes.wh), len(labels), is_placed)
    best = np.empty(len(xywh))
    for part in in_chunks(len(xywh)):
        nearest, shape_iou = best_anchor(xywh[part, -2:], shapes.wh)
        of_shape: Integers = nearest
        best[part] = shape_iou
        if is_placed:
            row, best[part] = match_anchors(xywh[part], rows)
            of_shape = shapes.of_anchor[row]
        area = (xywh[part, -2:] * input_size).prod(axis=1)
        sums.add(counts[part], best[part], shape_iou, area, classes[part], of_shape)
    return Coverage(
        boxes=round(counts.sum()),
        input_size=(int(input_size[0]), int(input_size[1])),
        shape=sums.shape.matching(),
        placed=sums.best.matching() if is_placed else None,
        by_size=by_size(sums.by_size),
        by_side=by_side(sums.by_side),
        by_class=by_class(sums.by_class, labels),
        by_map=by_map(shapes, sums.by_shape, input_size),
        anchor_shapes=by_shape(shapes, sums.by_shape),
        unreached=find_unreached(
            REACHED, best, counts, xywh, input_size, (images, image_names), (classes, labels)
        ),
    )


class _Sums:
    """What is summed up over the boxes, chunk by chunk."""

    def __init__(self, shapes: int, labels: int, is_placed: bool) -> None:
        self._is_placed = is_placed
        self.shape, self.best = _Matched(), _Matched()
        self.by_size, self.by_side, self.by_class, self.by_shape = (
            Tally(groups, is_placed)
            for groups in (len(COCO_SIDES) + 1, len(FINE_SIDES) + 1, labels, shapes)
        )

    def add(
        self,
        counts: Floats,
        iou: Floats,
        shape_iou: Floats,
        area: Floats,
        classes: Integers,
        of_shape: Integers,
    ) -> None:
        """Add boxes; all [n]: `area` is in pixels, `of_shape` the shape of the best anchor."""
        self.shape.add(shape_iou, counts)
        self.best.add(iou, counts)
        values: list[Floats] = [counts, counts * iou, counts * (iou >= REACHED)]
        if self._is_placed:
            values.append(counts * (shape_iou >= REACHED))
        self.by_size.add(area_steps(area, COCO_SIDES), values)
        self.by_side.add(area_steps(area, FINE_SIDES), values)
        self.by_class.add(classes, values)
        self.by_shape.add(of_shape, values)


class _Matched:
    """The IoU of boxes, summed up chunk by chunk."""

    def __init__(self) -> None:
        self._histogram = np.zeros(len(EDGES) - 1)
        self._sum = 0.0

    def add(self, iou: Floats, counts: Floats) -> None:
        bins = np.clip(np.searchsorted(EDGES, iou, side="right") - 1, 0, len(EDGES) - 2)
        self._histogram += np.bincount(bins, weights=counts, minlength=len(EDGES) - 1)
        self._sum += float((iou * counts).sum())

    def matching(self) -> Matching:
        total = self._histogram.sum()
        reached = self._histogram[::-1].cumsum()[::-1] / total  # from each edge on
        return Matching(
            mean_best_iou=self._sum / float(total),
            recall=float(reached[10]),
            thresholds=tuple(EDGES[1:-1].tolist()),
            recalls=tuple(reached[1:].tolist()),
            histogram=tuple(self._histogram.tolist()),
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


def _ids(name: str, ids: Any, count: int, names: Sequence[str]) -> Integers:
    """Integers [N]; or `TensorError`."""
    if ids is None:
        return np.broadcast_to(np.int64(-1), count)
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
    return array
