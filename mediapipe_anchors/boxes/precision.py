"""How exact coordinates are taken to be: what is a side at all, and what is mere rounding."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

NO_AREA = 1e-3  # pixels: a side of no more than this is none, and only rounding can have made it
ROUNDING = 1e-2  # pixels beyond an edge that are no remark: six decimals of YOLO go as far


def unit_of(sizes_known: bool) -> float:
    """A pixel in the unit of the coordinates: 1, or for fractions that of a 1000-pixel image."""
    return 1.0 if sizes_known else 1e-3


def is_thin(xyxy: npt.NDArray[np.float64], unit: float) -> npt.NDArray[np.bool_]:
    """Which boxes, float64 [n, 4], have a side of `NO_AREA` or less."""
    with np.errstate(invalid="ignore", over="ignore"):
        return any_of_row((xyxy[:, 2:] - xyxy[:, :2]) <= NO_AREA * unit)


def any_of_row(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """`mask.any(axis=1)` of bool [n, few], several times faster."""
    return functools.reduce(np.logical_or, mask.T)
