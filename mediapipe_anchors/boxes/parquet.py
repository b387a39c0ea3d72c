"""Parquet (the extra "parquet", which is pyarrow): one box a row, or one image a row.

One box a row has the columns of `box_table`; one image a row is what `parquet_objects` describes. A
folder stands for all the Parquet files below it. Errors give the row, from 1, as their line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mediapipe_anchors.boxes import parquet_objects
from mediapipe_anchors.boxes.batch import Batch, Floats, Format, ImageSize
from mediapipe_anchors.boxes.box_table import BOX_TABLES
from mediapipe_anchors.boxes.parquet_objects import names_of
from mediapipe_anchors.boxes.source_files import files_named
from mediapipe_anchors.boxes.table import Layout, Rows, pick
from mediapipe_anchors.boxes.values import Place, boxes, numbers
from mediapipe_anchors.errors import BoxesError, MissingExtraError

_SUFFIXES = (".parquet", ".pq")
_BATCH = 65_536  # rows at a time
_BUFFER = 1 << 20  # bytes of a column at a time, so that large row groups are not held whole

_shards = files_named(lambda name: name.endswith(_SUFFIXES))


def _detect(path: Path) -> bool:
    return any(_looks_like_parquet(file) for file in _shards(path))


def _looks_like_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in _shards(path):
        with _reading(file), _open(file) as opened:
            yield from _read_file(file, opened, image_size)


def _read_file(path: Path, file: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    if parquet_objects.has_objects(file.schema_arrow):
        yield from parquet_objects.read(path, file, image_size)
        return
    titles = file.schema_arrow.names
    layout = pick(BOX_TABLES, titles)
    columns = layout.find(titles, path, None)
    yield from layout.finish(_batches(path, file, layout, columns, image_size), path)


def _batches(
    path: Path, file: Any, layout: Layout, columns: dict[str, int], image_size: ImageSize | None
) -> Iterator[Batch]:
    titles = file.schema_arrow.names
    start = 0
    for record_batch in file.iter_batches(_BATCH, columns=[titles[i] for i in columns.values()]):
        titled = {name: record_batch.column(titles[i]) for name, i in columns.items()}
        yield layout.batch(_rows(path, layout, titled, start), image_size)
        start += record_batch.num_rows


def _open(path: Path) -> Any:
    from pyarrow.parquet import ParquetFile

    return ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        import pyarrow as pa
    except ImportError as error:
        raise MissingExtraError("reading Parquet", "parquet", str(error)) from error
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last: damaged names
        raise BoxesError(f"not readable as Parquet: {error}", path=path) from error


def _rows(path: Path, layout: Layout, columns: dict[str, Any], start: int) -> Rows:
    def place(row: int) -> int:
        return start + row + 1

    return layout.rows(
        columns,
        path,
        place,
        names=names_of,
        numbers=lambda column, name: _numbers(column, name, path, place),
        boxes=lambda column, name: boxes(column.to_pylist(), name, path, place),
    )


def _numbers(column: Any, name: str, path: Path, place: Place) -> Floats:
    import pyarrow as pa

    try:
        cast = column.cast(pa.float64())
    except pa.ArrowException:  # text, or whole numbers too large: look at each
        return numbers(column.to_pylist(), name, path, place)
    return np.asarray(cast.to_numpy(zero_copy_only=False), np.float64)


FORMAT = Format("parquet", "Parquet", _detect, _read, _shards)
