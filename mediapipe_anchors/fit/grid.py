"""How boxes match anchors where these really stand: on the cells of feature maps.

Of one shape's anchors on a feature map none overlaps a box more than that on the nearest cell,
since the overlap only falls with the distance on either axis. So the best of all anchors costs one
look at each shape, and not at each anchor.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.arrays import as_float64
from mediapipe_anchors.errors import TensorError
from mediapipe_anchors.fit.sketch import check_sides

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_CHUNK = 2**21  # distances at a time, so that memory does not grow with the boxes


def match_anchors(boxes: npt.ArrayLike, anchors: npt.ArrayLike) -> tuple[Integers, Floats]:
    """For each box the anchor with the best IoU, and that IoU: exact, for anchors of any kind.

    Fast where the anchors stand on grids, as those of SSD detectors do; else every anchor is tried.

    Args:
        boxes: [N, 4], x_center, y_center, w, h, as fractions of the model input.
        anchors: [A, 4], the same columns and unit, as `generate_anchors` gives them.

    Returns:
        int64 [N], row of `anchors` (one of the best, where several are), and float64 [N].

    Raises:
        TensorError: another shape, no anchor, not finite, or a side that is not positive.
    """
    xywh, rows = check_placed("boxes", boxes), check_placed("anchors", anchors)
    if not len(rows):
        raise TensorError(
            field="anchors", value=f"shape {rows.shape}", expected="an anchor or more"
        )
    maps = find_feature_maps(rows)
    index, iou = np.zeros(len(xywh), np.int64), np.zeros(len(xywh))
    chunk = max(1, _CHUNK // len(maps))
    for start in range(0, len(xywh), chunk):
        part = slice(start, start + chunk)
        index[part], iou[part] = _match(xywh[part], maps)
    return index, iou


def check_placed(name: str, boxes: Any) -> Floats:
    """float64 [N, 4] x_center, y_center, w, h; or `TensorError`."""
    xywh = as_float64(name, boxes, (None, 4))
    wrong = np.flatnonzero(~np.isfinite(xywh).all(axis=1))
    if len(wrong):
        raise TensorError(
            field=f"{name}[{wrong[0]}]", value=xywh[wrong[0]].tolist(), expected="finite numbers"
        )
    check_sides(name, xywh[:, 2:])
    return xywh


@dataclasses.dataclass(frozen=True, eq=False)
class FeatureMap:
    """Anchors of some shapes, each on every cell of a grid.

    Attributes:
        xs, ys: float64, ascending centres of the columns and of the rows.
        shapes: float64 [k, 2], w, h.
        first: row of the first anchor; the others follow row by row, cell by cell, shape by shape.
    """

    xs: Floats
    ys: Floats
    shapes: Floats
    first: int = 0

    def __len__(self) -> int:
        return len(self.xs) * len(self.ys) * len(self.shapes)


def cell_distances(xywh: Floats, centres: Sequence[tuple[Floats, Floats]]) -> Floats:
    """float64 [2, maps, N]: how far each box is from the nearest column and row of each map.

    Args:
        xywh: float64 [N, 4], x_center, y_center, w, h.
        centres: of each map, the ascending centres of its columns and those of its rows.
    """
    return np.array(
        [
            [_nearest(xywh[:, 0], xs)[1] for xs, _ in centres],
            [_nearest(xywh[:, 1], ys)[1] for _, ys in centres],
        ]
    )


def find_feature_maps(anchors: Floats) -> list[FeatureMap]:
    """The grids that anchors stand on, in order; anchors on none make grids of one cell."""
    maps, first = [], 0
    while first < len(anchors):
        found = _grid_from(anchors, first)
        maps.append(found)
        first += len(found)
    return maps


def _match(xywh: Floats, maps: Sequence[FeatureMap]) -> tuple[Integers, Floats]:
    shapes = np.concatenate([each.shapes for each in maps]).T
    of_map = np.repeat(np.arange(len(maps), dtype=np.int32), [len(each.shapes) for each in maps])
    sides = np.ascontiguousarray(xywh[:, 2:].T)
    distances = cell_distances(xywh, [(each.xs, each.ys) for each in maps])
    best, iou = _core.match_shapes(sides, distances, np.ascontiguousarray(shapes), of_map)
    index = np.zeros(len(xywh), np.int64)
    first_shape = 0
    for number, each in enumerate(maps):
        here = np.flatnonzero(of_map[best] == number)
        column, row = _nearest(xywh[here, 0], each.xs)[0], _nearest(xywh[here, 1], each.ys)[0]
        cell = row * len(each.xs) + column
        index[here] = each.first + cell * len(each.shapes) + (best[here] - first_shape)
        first_shape += len(each.shapes)
    return index, iou


def _nearest(places: Floats, centres: Floats) -> tuple[Integers, Floats]:
    """Index of the nearest of ascending centres, and the distance from it."""
    right = np.clip(np.searchsorted(centres, places), 1, max(1, len(centres) - 1))
    left = right - 1
    right = np.minimum(right, len(centres) - 1)
    to_left, to_right = abs(places - centres[left]), abs(places - centres[right])
    return np.where(to_left <= to_right, left, right), np.minimum(to_left, to_right)


def _grid_from(anchors: Floats, first: int) -> FeatureMap:
    """The largest grid that begins at a row: cells of one list of shapes, row by row."""
    centres, rest = anchors[first:, :2], anchors[first:]
    count = _leading((centres == centres[0]).all(axis=1))
    shapes = rest[:count, 2:]
    cells = rest[: len(rest) // count * count].reshape(-1, count, 4)
    is_like = (cells[:, :, 2:] == shapes).all(axis=(1, 2))
    is_like &= (cells[:, :, :2] == cells[:, :1, :2]).all(axis=(1, 2))
    places = cells[: _leading(is_like), 0, :2]
    columns = _leading(places[:, 1] == places[0, 1])
    columns = _leading(np.diff(places[:columns, 0], prepend=-np.inf) > 0)
    lines = places[: len(places) // columns * columns].reshape(-1, columns, 2)
    is_line = (lines[:, :, 0] == lines[0, :, 0]).all(axis=1)
    is_line &= (lines[:, :, 1] == lines[:, :1, 1]).all(axis=1)
    is_line &= np.diff(lines[:, 0, 1], prepend=-np.inf) > 0
    rows = _leading(is_line)
    return FeatureMap(lines[0, :, 0], lines[:rows, 0, 1], shapes, first)


def _leading(flags: npt.NDArray[np.bool_]) -> int:
    """How many are true before the first that is false."""
    return int(flags.argmin()) if not flags.all() else len(flags)
