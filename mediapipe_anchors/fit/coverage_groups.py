"""The boxes that anchors cover, group by group: sizes, classes, feature maps, shapes."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.fit.grid import FeatureMap, find_feature_maps

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]

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


class Tally:
    """Groups of boxes, summed up chunk by chunk; each box is in one of them, or in none."""

    def __init__(self, groups: int, is_placed: bool) -> None:
        self._sums = np.zeros((4 if is_placed else 3, groups))

    def __len__(self) -> int:
        return self._sums.shape[1]

    def add(self, groups: Integers, values: Sequence[Floats]) -> None:
        """Add boxes.

        Args:
            groups: [n], the group of each box; -1 for none.
            values: float64 [n] each: how many boxes it is, and so often its best IoU, whether that
                reaches, and, where anchors are placed, whether its shape alone does.
        """
        for sums, each in zip(self._sums, values, strict=True):
            sums += np.bincount(groups + 1, weights=each, minlength=len(self) + 1)[1:]

    def score(self, groups: int | Flags) -> Score | None:
        """Of a group, or of several as one; None where there is no box."""
        total, *sums = self._sums[:, groups].reshape(len(self._sums), -1).sum(axis=1).tolist()
        if not total:
            return None
        iou, recall, *by_shape = (each / total for each in sums)
        return Score(round(total), iou, recall, by_shape[0] if by_shape else None)


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


def area_steps(area: Floats, sides: Sequence[float]) -> Integers:
    """Between which of the `sides` the root of each area lies; 0 is below the first."""
    return np.searchsorted(np.square(sides), area, side="right")


def by_size(tally: Tally) -> tuple[Group, ...]:
    """Small, medium and large objects, by `area_steps` of `COCO_SIDES`."""
    return _by_area(tally, COCO_SIDES, ("small", "medium", "large"))


def by_side(tally: Tally) -> tuple[Group, ...]:
    """Objects by the root of their area in steps of about 1.4 times, those of `FINE_SIDES`."""
    edges = ["0", *(f"{side:g}" for side in FINE_SIDES)]
    names = [f"{low} to {high}" for low, high in itertools.pairwise(edges)]
    return _by_area(tally, FINE_SIDES, [*names, f"{edges[-1]} and more"])


def _by_area(tally: Tally, sides: Sequence[float], names: Sequence[str]) -> tuple[Group, ...]:
    scores = map(tally.score, range(len(tally)))
    groups = zip(names, scores, [0.0, *sides], [*sides, None], strict=True)
    return tuple(Group(name, score, *ends) for name, score, *ends in groups if score is not None)


def by_class(tally: Tally, labels: Sequence[str]) -> tuple[Group, ...]:
    """The classes that have boxes, the most frequent first."""
    scores = zip(labels, map(tally.score, range(len(tally))), strict=True)
    groups = [Group(label, score) for label, score in scores if score is not None]
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


def by_map(shapes: Shapes, tally: Tally, input_size: tuple[int, int]) -> tuple[MapCoverage, ...]:
    """The feature maps; `tally` is by the shape of the best anchor of each box."""
    return tuple(
        MapCoverage(
            columns=len(each.xs),
            rows=len(each.ys),
            stride=find_stride((len(each.xs), len(each.ys)), input_size),
            shapes=tuple((float(w), float(h)) for w, h in each.shapes),
            anchors=len(each),
            score=tally.score(shapes.of_map == index),
        )
        for index, each in enumerate(shapes.maps)
    )


def by_shape(shapes: Shapes, tally: Tally) -> tuple[ShapeCoverage, ...]:
    """The shapes in their order; `tally` is by that of the best anchor of each box."""
    return tuple(
        ShapeCoverage(
            w=float(w),
            h=float(h),
            map=None if shapes.of_map is None else int(shapes.of_map[number]),
            score=tally.score(number),
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
