"""Parquet (the extra "parquet", which is pyarrow): the columns of `csv_file`, one box a row.

A folder stands for all the Parquet files below it. Errors give the row, from 1, as their line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, Format, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named
from mediapipe_anchors.boxes.table import BOX_TABLE, Rows, refuse_fractions
from mediapipe_anchors.boxes.values import number
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
        yield from refuse_fractions(_read_file(file, image_size), file)


def _read_file(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    with _reading(path), _open(path) as file:
        titles = file.schema_arrow.names
        columns = BOX_TABLE.find(titles, path, None)
        wanted = [titles[index] for index in columns.values()]
        start = 0
        for record_batch in file.iter_batches(_BATCH, columns=wanted):
            titled = {name: record_batch.column(titles[i]) for name, i in columns.items()}
            yield BOX_TABLE.batch(_rows(path, titled, start), image_size)
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


def _rows(path: Path, columns: dict[str, Any], start: int) -> Rows:
    names, numbers = {}, {}
    for name, column in columns.items():
        if BOX_TABLE.columns[name].is_text:
            names[name] = _names(column)
        else:
            numbers[name] = _numbers(column, name, path, start)
    return Rows(path, names, numbers, lambda row: start + row + 1)


def _names(column: Any) -> Names:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if not pa.types.is_string(column.type.value_type):
        column = column.cast(pa.dictionary(pa.int32(), pa.string()))
    return Names.of_arrow(column)


def _numbers(column: Any, name: str, path: Path, start: int) -> Floats:
    import pyarrow as pa

    try:
        numbers = column.cast(pa.float64())
    except pa.ArrowException:  # text, or whole numbers too large: look at each
        values = enumerate(column.to_pylist(), start=start + 1)
        return np.array([number(value, name, path, row) for row, value in values])
    return np.asarray(numbers.to_numpy(zero_copy_only=False), np.float64)


FORMAT = Format("parquet", "Parquet", _detect, _read, _shards)
