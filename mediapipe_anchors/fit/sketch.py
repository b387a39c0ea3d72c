"""`ShapeSketch`: the box shapes of a data set of any size, in little memory, to fit anchors to.

Up to `EXACT` distinct shapes are kept as they are. Beyond that, shapes are put together in cells of
0.8 % in width and height, each of which keeps its total weight and mean. All sums are of whole
numbers, hence exact: the sketch does not depend on the order of the boxes nor on how they were
split, and sketches of parts merge into the sketch of the whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import as_float64, in_chunks
from mediapipe_anchors.errors import TensorError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EXACT = 65_536  # distinct shapes that are kept as they are
CELL = 1.0 / 128  # side of a cell, in log w and log h
UNITS = 1024  # a weight is a whole number of these parts
MAX_UNITS = 2**40  # of all boxes together, so that sums below stay exact in float64
_IN_ALL = "at most 2**30 in all"
_PARTS = 4096  # to which a place in a cell is rounded

SMALLEST, LARGEST = 1e-9, 1e9  # a side beyond these is neither a fraction nor pixels
_COLUMNS = 2**24  # more than there are cells between the smallest and the largest side


class ShapeSketch:
    """Weighted box shapes; add boxes or merge sketches, and pass it to `AnchorFitter.fit`.

    Attributes:
        num_boxes: how many were added, those of no weight among them.
    """

    def __init__(self) -> None:
        self.num_boxes = 0
        self._shapes: Floats = np.zeros((0, 2))  # exact, sorted; or empty
        self._cells: Integers | None = None  # sorted cell numbers, once there are too many shapes
        self._units: Integers = np.zeros(0, np.int64)  # weight of each shape or cell
        self._places: Integers = np.zeros((2, 0), np.int64)  # of cells: sum of place * units

    def add(self, wh: Any, weights: Any = None) -> ShapeSketch:
        """Add boxes.

        Args:
            wh: [N, 2], width and height, each between 1e-9 and 1e9.
            weights: [N], 0 or more; rounded to 1/1024. None is 1 each.

        Raises:
            TensorError: a side or weight out of range, or a total weight above 2**30; the sketch is
                then what it was.
        """
        wh = check_sides("wh", as_float64("wh", wh, (None, 2)))
        units = np.broadcast_to(np.int64(UNITS), len(wh))
        if weights is not None:
            units = _units_of(as_float64("weights", weights, (len(wh),)))
        self._check_total(units)
        self.num_boxes += len(wh)
        for part in in_chunks(len(wh)):
            used = units[part] > 0
            self._take(wh[part][used], units[part][used])
        return self

    def merge(self, other: ShapeSketch) -> ShapeSketch:
        """Add all boxes of another sketch, which stays as it is.

        Raises:
            TensorError: a total weight above 2**30; this sketch is then what it was.
        """
        self._check_total(other._units)
        self.num_boxes += other.num_boxes
        if other._cells is None:
            self._take(other._shapes, other._units)
        else:
            self._coarsen()
            self._take_cells(other._cells, other._units, other._places)
        return self

    @property
    def is_exact(self) -> bool:
        """Whether every distinct shape is kept as it is."""
        return self._cells is None

    @property
    def wh(self) -> Floats:
        """float64 [M, 2], the distinct shapes, or the means of the cells; of positive weight."""
        if self._cells is None:
            return self._shapes.copy()
        corner = np.stack(np.divmod(self._cells, _COLUMNS)) - _COLUMNS // 2
        place = self._places / (self._units * _PARTS)
        means: Floats = np.exp((corner + place) * CELL).T
        return means

    @property
    def weights(self) -> Floats:
        """float64 [M], the total weight of each row of `wh`."""
        return self._units / UNITS

    def _check_total(self, units: Integers) -> None:
        total = int(self._units.sum()) + int(units.sum())
        if total > MAX_UNITS:
            raise TensorError(field="weights", value=total / UNITS, expected=_IN_ALL)

    def _take(self, wh: Floats, units: Integers) -> None:
        if self._cells is None:
            self._shapes, self._units = _distinct(
                np.concatenate([self._shapes, wh]), np.concatenate([self._units, units])
            )
            if len(self._shapes) > EXACT:
                self._coarsen()
        else:
            self._take_cells(*_to_cells(wh, units))

    def _coarsen(self) -> None:
        if self._cells is None:
            shapes, units = self._shapes, self._units
            self._shapes, self._units = np.zeros((0, 2)), np.zeros(0, np.int64)
            self._cells = np.zeros(0, np.int64)
            self._take_cells(*_to_cells(shapes, units))

    def _take_cells(self, cells: Integers, units: Integers, places: Integers) -> None:
        assert self._cells is not None
        self._cells, where = np.unique(np.concatenate([self._cells, cells]), return_inverse=True)
        sums = [
            np.bincount(where.ravel(), weights=np.concatenate(values), minlength=len(self._cells))
            for values in ((self._units, units), *zip(self._places, places, strict=True))
        ]
        self._units, *placed = (each.astype(np.int64) for each in sums)
        self._places = np.stack(placed)


def check_sides(name: str, wh: Floats) -> Floats:
    """`wh`, or `TensorError` for the first side that is not between `SMALLEST` and `LARGEST`."""
    wrong = np.flatnonzero(~((wh >= SMALLEST) & (wh <= LARGEST)).all(axis=1))
    if len(wrong):
        negative = bool((wh[wrong[0]] < 0).any())  # the fix then holds scikit-learn's words
        raise TensorError(
            field=f"{name}[{wrong[0]}]",
            value=wh[wrong[0]].tolist(),
            expected=f"a width and height between {SMALLEST:g} and {LARGEST:g}",
            fix="Negative values in data: drop boxes without area" if negative else None,
        )
    return wh


def check_counts(weights: Any, rows: int) -> Floats:
    """How many boxes each of `rows` rows stands for, float64 [rows]; or `TensorError`."""
    counts = as_float64("weights", weights, (rows,))
    if not (np.isfinite(counts).all() and (counts > 0).all()):
        raise TensorError(field="weights", value=counts, expected="finite, positive weights")
    return counts


def _units_of(weights: Floats) -> Integers:
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise TensorError(field="weights", value=weights, expected="finite weights of 0 or more")
    if weights.sum() * UNITS > 2 * MAX_UNITS:  # beyond it units could overflow
        raise TensorError(field="weights", value=weights, expected=_IN_ALL)
    units: Integers = np.rint(weights * UNITS).astype(np.int64)
    return units


def _distinct(wh: Floats, units: Integers) -> tuple[Floats, Integers]:
    """The distinct shapes, sorted by width, then height, and the total weight of each."""
    order = np.lexsort((wh[:, 1], wh[:, 0]))
    wh, units = wh[order], units[order]
    is_first = np.ones(len(wh), bool)
    is_first[1:] = (wh[1:] != wh[:-1]).any(axis=1)
    first = np.flatnonzero(is_first)
    totals = np.add.reduceat(units, first) if len(first) else units
    return wh[first], totals


def _to_cells(wh: Floats, units: Integers) -> tuple[Integers, Integers, Integers]:
    """Cell number, weight, and weighted place in the cell of each shape."""
    logs = np.log(wh.T) / CELL
    corner = np.floor(logs)
    place = np.rint((logs - corner) * _PARTS).astype(np.int64)
    column, row = corner.astype(np.int64) + _COLUMNS // 2
    return column * _COLUMNS + row, units, place * units
