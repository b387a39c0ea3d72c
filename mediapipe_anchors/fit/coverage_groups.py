"""The boxes that anchors cover, group by group: sizes, classes, feature maps, shapes."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.fit.grid import FeatureMap, find_feature_maps

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Rows = Flags | Integers

COCO_SIDES = (32.0, 96.0)  # small below, large above; by area, as COCO has it
FINE_SIDES = (4.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0, 192.0, 256.0, 384.0, 512.0)
MAX_MAPS = 64  # more are anchors that stand on no grid


@dataclasses.dataclass(frozen=True)
class Score:
    """How some boxes are covered.

    Attributes:
        boxes: how many.
        mean_best_iou: mean over them of the best IoU.
        recall: share of them with a best IoU of at least 0.5.
        shape_recall: the same by shape alone, where the others are placed; else None.
    """

    boxes: int
    mean_best_iou: float
    recall: float
    shape_recall: float | None

    @staticmethod
    def maker(
        counts: Floats, iou: Floats, shape_iou: Floats | None, reached: float
    ) -> Callable[[Rows], Score]:
        """A function from rows to their score; `counts` is how many boxes a row stands for."""

        def score(rows: Rows) -> Score:
            weights = counts[rows]
            total = weights.sum()
            by_shape = None
            if shape_iou is not None:
                by_shape = float(weights @ (shape_iou[rows] >= reached) / total)
            return Score(
                boxes=round(total),
                mean_best_iou=float(weights @ iou[rows] / total),
                recall=float(weights @ (iou[rows] >= reached) / total),
                shape_recall=by_shape,
            )

        return score


Scorer = Callable[[Rows], Score]


@dataclasses.dataclass(frozen=True)
class Group:
    """Boxes of one size or class: its `name` and their score.

    Attributes:
        low, high: of sizes, the range of the square root of the area in pixels; `high` is None
            where there is no end. Both are None for a class.
    """

    name: str
    score: Score
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class MapCoverage:
    """One feature map, and the boxes whose best anchor stands on it.

    Attributes:
        columns, rows: its cells.
        stride: pixels of the model input a cell; a whole number where there is one that gives these
            cells, the power of two among several.
        shapes: [w, h] of each shape in a cell, as fractions of the model input.
        anchors: how many anchors it has.
        score: of the boxes; None where no box finds its best anchor here.
    """

    columns: int
    rows: int
    stride: float
    shapes: tuple[tuple[float, float], ...]
    anchors: int
    score: Score | None


@dataclasses.dataclass(frozen=True)
class ShapeCoverage:
    """One anchor shape, and the boxes whose best anchor has it.

    Attributes:
        w, h: as fractions of the model input.
        map: index into `Coverage.by_map`; None where that is empty.
        score: None where no box has its best anchor here.
    """

    w: float
    h: float
    map: int | None
    score: Score | None


def by_size(pixels: Floats, score: Scorer) -> tuple[Group, ...]:
    """Small, medium and large objects; `pixels` is [N, 2], w, h in pixels of the model input."""
    return _by_area(pixels, COCO_SIDES, score, ("small", "medium", "large"))


def by_side(pixels: Floats, score: Scorer) -> tuple[Group, ...]:
    """Objects by the square root of their area, in steps of about 1.4 times."""
    edges = ["0", *(f"{side:g}" for side in FINE_SIDES)]
    names = [f"{low} to {high}" for low, high in itertools.pairwise(edges)]
    return _by_area(pixels, FINE_SIDES, score, [*names, f"{edges[-1]} and more"])


def _by_area(
    pixels: Floats, sides: Sequence[float], score: Scorer, names: Sequence[str]
) -> tuple[Group, ...]:
    number = np.searchsorted(np.square(sides), pixels.prod(axis=1), side="right")
    lows, highs = [0.0, *sides], [*sides, None]
    groups = []
    for index, (name, low, high) in enumerate(zip(names, lows, highs, strict=True)):
        rows = number == index
        if rows.any():
            groups.append(Group(name, score(rows), low, high))
    return tuple(groups)


def by_class(classes: Integers, labels: Sequence[str], score: Scorer) -> tuple[Group, ...]:
    """The classes that have boxes, the most frequent first."""
    groups = [Group(labels[number], score(rows)) for number, rows in _rows_of(classes)]
    return tuple(sorted(groups, key=lambda group: (-group.score.boxes, group.name)))


@dataclasses.dataclass(frozen=True, eq=False)
class Shapes:
    """The shapes of anchors.

    Attributes:
        wh: float64 [k, 2]; map by map where there are feature maps, else by area.
        of_anchor: int64 [A], row of `wh` of each anchor.
        maps: the feature maps; empty where the anchors have no place, or stand on no grid.
        of_map: int64 [k], index into `maps`.
    """

    wh: Floats
    of_anchor: Integers
    maps: tuple[FeatureMap, ...] = ()
    of_map: Integers | None = None


def list_shapes(anchors: Floats) -> Shapes:
    """The shapes of anchors, [A, 4] or [k, 2]."""
    maps = find_feature_maps(anchors) if anchors.shape[1] == 4 else []
    if not 0 < len(maps) <= MAX_MAPS:
        wh, of_anchor = np.unique(anchors[:, -2:], axis=0, return_inverse=True)
        order = np.lexsort((wh[:, 0], wh.prod(axis=1)))
        return Shapes(wh[order], np.argsort(order)[of_anchor.ravel()])
    firsts = np.cumsum([0, *(len(each.shapes) for each in maps)])
    numbers = [
        np.tile(np.arange(len(each.shapes)) + first, len(each.xs) * len(each.ys))
        for each, first in zip(maps, firsts, strict=False)
    ]
    of_map = np.repeat(np.arange(len(maps)), [len(each.shapes) for each in maps])
    wh = np.concatenate([each.shapes for each in maps])
    return Shapes(wh, np.concatenate(numbers), tuple(maps), of_map)


def by_map(
    shapes: Shapes, of_box: Integers, input_size: tuple[int, int], score: Scorer
) -> tuple[MapCoverage, ...]:
    """The feature maps; `of_box` is the shape of the best anchor of each box."""
    found = {} if shapes.of_map is None else dict(_rows_of(shapes.of_map[of_box]))
    return tuple(
        MapCoverage(
            columns=len(each.xs),
            rows=len(each.ys),
            stride=find_stride((len(each.xs), len(each.ys)), input_size),
            shapes=tuple((float(w), float(h)) for w, h in each.shapes),
            anchors=len(each),
            score=score(found[index]) if index in found else None,
        )
        for index, each in enumerate(shapes.maps)
    )


def by_shape(shapes: Shapes, of_box: Integers, score: Scorer) -> tuple[ShapeCoverage, ...]:
    """The shapes in their order; `of_box` is that of the best anchor of each box."""
    found = dict(_rows_of(of_box))
    return tuple(
        ShapeCoverage(
            w=float(w),
            h=float(h),
            map=None if shapes.of_map is None else int(shapes.of_map[number]),
            score=score(found[number]) if number in found else None,
        )
        for number, (w, h) in enumerate(shapes.wh)
    )


def find_stride(cells: tuple[int, int], input_size: tuple[int, int]) -> float:
    """The stride that gives a feature map of these cells: ceil(side / stride) on either side."""
    lows = [side / count for side, count in zip(input_size, cells, strict=True)]
    low = max(lows)
    whole = [
        stride
        for stride in range(int(np.ceil(low)), int(2 * low) + 2)
        if all(-(-side // stride) == n for side, n in zip(input_size, cells, strict=True))
    ]
    powers = [stride for stride in whole if stride & (stride - 1) == 0]
    return float([*powers, *whole, low][0])


def _rows_of(numbers: Integers) -> list[tuple[int, Integers]]:
    """Each number of 0 or more that occurs, and the rows that have it."""
    order = np.argsort(numbers, kind="stable")
    found, starts = np.unique(numbers[order], return_index=True)
    parts = np.split(order, starts[1:])
    return [(int(each), part) for each, part in zip(found, parts, strict=True) if each >= 0]
