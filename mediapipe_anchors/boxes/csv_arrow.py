"""CSV files read by pyarrow: what the module csv gives, many times faster."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.table import Layout, Rows
from mediapipe_anchors.boxes.unzip import unzipped
from mediapipe_anchors.errors import BoxesError

_BLOCK = 1 << 20  # bytes of text at a time; some tens of blocks are read ahead


def read_file(
    path: Path, header: Sequence[str], layout: Layout, image_size: ImageSize | None
) -> Generator[Batch, None, tuple[int, bool]]:
    """Yields the boxes as far as pyarrow can read them as the module csv would.

    Returns:
        How many rows that were, and whether these are all. What comes next is for the module csv to
        read, or to refuse; False too where pyarrow is not installed.
    """
    rows = 0
    if any(layout.columns[name].kind == "box" for name in layout.columns):
        return rows, False
    try:
        import pyarrow as pa
        from pyarrow import csv
    except ImportError:
        return rows, False
    try:
        columns = layout.find(header, path, 1)
        with path.open("rb") as file, _stream(path, file) as stream:
            for record_batch in csv.open_csv(stream, **_options(header, columns, layout)):
                yield layout.batch(_rows(path, columns, layout, record_batch), image_size)
                rows += record_batch.num_rows
    except (BoxesError, pa.ArrowException, OSError, EOFError, zlib.error):
        return rows, False
    return rows, True


def _stream(path: Path, file: BinaryIO) -> Any:
    """The text for pyarrow, which would itself unpack a bomb to the end."""
    import pyarrow as pa

    if path.suffix.lower() == ".gz":
        return pa.PythonFile(unzipped(file), mode="r")
    return pa.input_stream(path)


def _options(header: Sequence[str], columns: dict[str, int], layout: Layout) -> dict[str, Any]:
    import pyarrow as pa
    from pyarrow import csv

    text = pa.dictionary(pa.int32(), pa.string())
    types = {
        str(index): text if layout.columns[name].kind == "text" else pa.float64()
        for name, index in columns.items()
    }
    return {
        "read_options": csv.ReadOptions(
            # Columns go by number: titles need not differ.
            column_names=list(map(str, range(len(header)))),
            skip_rows_after_names=1,
            block_size=_BLOCK,
        ),
        "parse_options": csv.ParseOptions(newlines_in_values=True),
        "convert_options": csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=False,
        ),
    }


def _rows(path: Path, columns: dict[str, int], layout: Layout, record_batch: Any) -> Rows:
    return layout.rows(
        {name: record_batch.column(str(index)) for name, index in columns.items()},
        path,
        lambda _: None,
        names=Names.of_arrow,
        numbers=_numbers,
        boxes=_numbers,  # of which there are none
    )


def _numbers(column: Any, _: str) -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
