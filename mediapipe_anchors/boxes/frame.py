"""Frames of pandas or polars: the columns of `csv_file`, one box a row.

Known by what they can do; neither library is imported. Errors give the row, from 1, as their line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, Format, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.table import BOX_TABLE, Rows, refuse_fractions
from mediapipe_anchors.boxes.values import number
from mediapipe_anchors.errors import BoxesError

_BATCH = 131_072  # rows at a time


def _detect(source: Any) -> bool:
    kind = type(source)  # an instance has its columns for attributes too, whatever their names
    is_frame = any(hasattr(kind, name) for name in ("iloc", "get_column", "collect"))
    return is_frame and hasattr(kind, "columns")


def _read(source: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    yield from refuse_fractions(_batches(source, image_size), _origin(source))


def _batches(source: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    origin = _origin(source)
    if not hasattr(source, "__len__"):
        message = "a frame that is not computed yet; pass the result of its collect()"
        raise BoxesError(message, path=origin)
    titles = list(source.columns)
    columns = BOX_TABLE.find([str(title) for title in titles], origin, None)
    for start in range(0, len(source), _BATCH):
        rows = slice(start, start + _BATCH)
        part = source.iloc[rows] if hasattr(source, "iloc") else source[rows]
        titled = {name: part[titles[index]] for name, index in columns.items()}
        yield BOX_TABLE.batch(_rows(origin, titled, start), image_size)


def _origin(source: Any) -> str:
    return f"<{type(source).__name__}>"


def _rows(origin: str, columns: dict[str, Any], start: int) -> Rows:
    names, numbers = {}, {}
    for name, column in columns.items():
        if BOX_TABLE.columns[name].is_text:
            names[name] = Names.of(None if each is None else str(each) for each in _values(column))
        else:
            numbers[name] = _numbers(column, name, origin, start)
    return Rows(origin, names, numbers, lambda row: start + row + 1)


def _numbers(column: Any, name: str, origin: str, start: int) -> Floats:
    try:
        if hasattr(column, "isna"):
            column = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.array(column, np.float64)
    except (TypeError, ValueError):  # blank cells, or one that is no number: look at each
        values = enumerate(_values(column), start=start + 1)
        return np.array([number(value, name, origin, row) for row, value in values])


def _values(column: Any) -> Iterator[Any]:
    """The cells as values of Python; None where there is none."""
    missing = column.isna() if hasattr(column, "isna") else column.is_null()
    for value, is_missing in zip(column.to_list(), missing.to_list(), strict=True):
        yield None if is_missing else value.item() if isinstance(value, np.generic) else value


FORMAT = Format("frame", "a pandas or polars frame", _detect, _read)
