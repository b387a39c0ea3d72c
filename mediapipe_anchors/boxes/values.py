"""Numbers and image sizes that files state, read with care."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Floats, ImageSize, Origin
from mediapipe_anchors.boxes.precision import any_of_row
from mediapipe_anchors.errors import BoxesError, shorten

Place = Callable[[int], int | None]


def all_numbers(fields: Sequence[str]) -> bool:
    """Whether every field is a number."""
    try:
        list(map(float, fields))
    except ValueError:
        return False
    return True


def number(value: Any, what: str, path: Origin, line: int | None) -> float:
    """`value` as a float; None and blank text are NaN (counted later as "not a number")."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return math.nan
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            return float(value)
    raise BoxesError(f"{what}: got {shorten(value)}, expected a number", path=path, line=line)


def is_size(width: float, height: float) -> bool:
    """Whether an image can have this size: both finite and positive."""
    return 0 < width < math.inf and 0 < height < math.inf


def known_size(
    width: float, height: float, fallback: ImageSize | None, path: Origin, line: int | None
) -> ImageSize:
    """(width, height) of an image as its file states it, else `fallback`, else the error."""
    if is_size(width, height):
        return width, height
    if fallback is not None:
        return fallback
    raise BoxesError(
        f"image size: got {_stated(width, height)}, expected two positive numbers of pixels; "
        "correct it or state it (image_size, --image-size)",
        path=path,
        line=line,
    )


def known_sizes(
    sizes: Floats,
    fallback: ImageSize | None,
    path: Origin,
    place: Place,
) -> Floats:
    """`known_size` for the rows of `sizes`, float64 [n, 2]; `place(row)` is the line of a row."""
    unknown = any_of_row(~(np.isfinite(sizes) & (sizes > 0)))
    known = sizes.copy()
    for row in np.flatnonzero(unknown):
        width, height = sizes[row].tolist()
        known[row] = known_size(width, height, fallback, path, place(int(row)))
    return known


def _stated(width: float, height: float) -> str:
    unstated = math.isnan(width) and math.isnan(height)
    return "none" if unstated else f"{width:g} x {height:g}"


def numbers(cells: Iterable[Any], what: str, path: Origin, place: Place) -> Floats:
    """`number` of each cell, float64 [n]; `place(row)` is the line of a row."""
    return np.array([number(cell, what, path, place(row)) for row, cell in enumerate(cells)])


def boxes(cells: Iterable[Any], what: str, path: Origin, place: Place) -> Floats:
    """The four numbers of each cell, float64 [n, 4]; `place(row)` is the line of a row."""
    rows = [_box(cell, what, path, place(row)) for row, cell in enumerate(cells)]
    return np.array(rows, np.float64).reshape(-1, 4)


def _box(value: Any, what: str, path: Origin, line: int | None) -> list[float]:
    """The four numbers of one cell: a list, or text such as "[1, 2, 3, 4]"; NaN of a blank one."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return [math.nan] * 4
    cells = value
    if isinstance(value, str):
        cells = value.strip().strip("[](){}").replace(",", " ").split()
    elif hasattr(value, "tolist"):
        cells = value.tolist()
    if not isinstance(cells, (list, tuple)) or len(cells) != 4:
        message = f"{what}: got {shorten(value)}, expected four numbers"
        raise BoxesError(message, path=path, line=line)
    return [number(cell, what, path, line) for cell in cells]
