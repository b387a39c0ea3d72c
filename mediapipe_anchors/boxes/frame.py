"""Frames of pandas or polars: the columns of `box_table`, one box a row.

Known by what they can do; neither library is imported. Errors give the row, from 1, as their line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, Format, ImageSize
from mediapipe_anchors.boxes.box_table import BOX_TABLES
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.table import Layout, Rows, pick
from mediapipe_anchors.boxes.values import Place, boxes, numbers
from mediapipe_anchors.errors import BoxesError

_BATCH = 131_072  # rows at a time


def _detect(source: Any) -> bool:
    kind = type(source)  # an instance has its columns for attributes too, whatever their names
    is_frame = any(hasattr(kind, name) for name in ("iloc", "get_column", "collect"))
    return is_frame and hasattr(kind, "columns")


def _read(source: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    origin = _origin(source)
    if not hasattr(source, "__len__"):
        message = "a frame that is not computed yet; pass the result of its collect()"
        raise BoxesError(message, path=origin)
    header = [str(title) for title in source.columns]
    layout = pick(BOX_TABLES, header)
    yield from layout.finish(
        _batches(source, layout, layout.find(header, origin, None), image_size), origin
    )


def _batches(
    source: Any, layout: Layout, columns: dict[str, int], image_size: ImageSize | None
) -> Iterator[Batch]:
    titles = list(source.columns)
    for start in range(0, len(source), _BATCH):
        rows = slice(start, start + _BATCH)
        part = source.iloc[rows] if hasattr(source, "iloc") else source[rows]
        titled = {name: part[titles[index]] for name, index in columns.items()}
        yield layout.batch(_rows(_origin(source), layout, titled, start), image_size)


def _origin(source: Any) -> str:
    return f"<{type(source).__name__}>"


def _rows(origin: str, layout: Layout, columns: dict[str, Any], start: int) -> Rows:
    def place(row: int) -> int:
        return start + row + 1

    return layout.rows(
        columns,
        origin,
        place,
        names=_names,
        numbers=lambda column, name: _numbers(column, name, origin, place),
        boxes=lambda column, name: boxes(_values(column), name, origin, place),
    )


def _names(column: Any) -> Names:
    return Names.of(None if each is None else str(each) for each in _values(column))


def _numbers(column: Any, name: str, origin: str, place: Place) -> Floats:
    try:
        if hasattr(column, "isna"):
            column = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.array(column, np.float64)
    except (TypeError, ValueError):  # blank cells, or one that is no number: look at each
        return numbers(_values(column), name, origin, place)


def _values(column: Any) -> Iterator[Any]:
    """The cells as values of Python; None where there is none."""
    missing = column.isna() if hasattr(column, "isna") else column.is_null()
    for value, is_missing in zip(column.to_list(), missing.to_list(), strict=True):
        yield None if is_missing else value.item() if isinstance(value, np.generic) else value


FORMAT = Format("frame", "a pandas or polars frame", _detect, _read)
