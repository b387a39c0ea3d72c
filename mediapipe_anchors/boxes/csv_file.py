"""CSV with a header line (plain or gzipped): one box a row, corners in pixels.

Columns image, width, height, xmin, ymin, xmax, ymax, label under any of the names in `BOX_TABLE`,
in any order and case; others are ignored. The label may be missing, and with `image_size` the width
and height of the image. A folder stands for all the CSV files with such a header below it.

pyarrow reads it where it is installed, many times faster. What it cannot read (rows of unequal
length, numbers that only Python knows, or a mistake) is read by the module csv from there on, which
tells the line of a mistake.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from mediapipe_anchors.boxes import csv_arrow
from mediapipe_anchors.boxes.batch import Batch, Floats, Format, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named, lines_of, open_text
from mediapipe_anchors.boxes.table import BOX_TABLE, Layout, Rows, refuse_fractions
from mediapipe_anchors.boxes.values import number
from mediapipe_anchors.errors import BoxesError

_SUFFIXES = (".csv", ".csv.gz")
_BATCH = 65_536  # rows held as text at a time

TextRows = list[tuple[int, list[str]]]  # (line, cells)


shards = files_named(lambda name: name.endswith(_SUFFIXES))


def looks_like(layout: Layout) -> Callable[[Path], bool]:
    """A `Format.detect`: whether a CSV file, or one below a folder, has such a header."""
    return lambda path: any(layout.matches(header(file)) for file in shards(path) if _is_csv(file))


def header(path: Path) -> list[str]:
    """The titles in the first line; [] where there is none to be read."""
    try:
        with open_text(path) as file:
            return next(csv.reader(lines_of(file, path)), [])
    except (BoxesError, csv.Error):
        return []


def read_file(path: Path, layout: Layout, image_size: ImageSize | None) -> Iterator[Batch]:
    """The boxes of one CSV file, fast where possible."""
    rows, finished = yield from csv_arrow.read_file(path, header(path), layout, image_size)
    if not finished:
        yield from _read_slowly(path, layout, image_size, rows)


def _is_csv(path: Path) -> bool:
    return path.name.lower().endswith(_SUFFIXES)


def _read_slowly(
    path: Path, layout: Layout, image_size: ImageSize | None, skip: int
) -> Iterator[Batch]:
    with open_text(path) as file:
        reader = csv.reader(lines_of(file, path))
        try:
            columns = layout.find(next(reader, []), path, 1)
            rows = ((reader.line_num, cells) for cells in reader if cells)
            next(itertools.islice(rows, skip, skip), None)
            while chunk := list(itertools.islice(rows, _BATCH)):
                yield layout.batch(_columns(path, layout, columns, chunk), image_size)
        except csv.Error as error:
            raise BoxesError(f"not CSV: {error}", path=path, line=reader.line_num) from error


def _columns(path: Path, layout: Layout, columns: dict[str, int], rows: TextRows) -> Rows:
    width = max(columns.values()) + 1
    for line, cells in rows:
        if len(cells) < width:
            message = f"{len(cells)} cells, expected at least {width} as in the header"
            raise BoxesError(message, path=path, line=line)
    names, numbers = {}, {}
    for name, index in columns.items():
        texts = [cells[index] for _, cells in rows]
        if layout.columns[name].is_text:
            names[name] = Names.of(texts)
        else:
            numbers[name] = _numbers(texts, name, path, rows)
    return Rows(path, names, numbers, lambda row: rows[row][0])


def _numbers(texts: Sequence[str], name: str, path: Path, rows: TextRows) -> Floats:
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:  # blank cells, or one that is no number: look at each
        places = zip(texts, rows, strict=True)
        return np.array([number(text, name, path, line) for text, (line, _) in places])


def _detect(path: Path) -> bool:
    if path.is_dir():
        return looks_like(BOX_TABLE)(path)
    # A CSV file that is of no other format is read as one, which then says what it lacks.
    return _is_csv(path) and (
        looks_like(BOX_TABLE)(path) or "imageid" not in map(str.lower, header(path))
    )


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in shards(path):
        yield from refuse_fractions(read_file(file, BOX_TABLE, image_size), file)


FORMAT = Format("csv", "CSV", _detect, _read, shards)
