"""CSV with a header line (plain or gzipped) and the columns of `box_table`: one box a row.

A folder stands for all the CSV files below it. Errors give the line.

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
from mediapipe_anchors.boxes.box_table import BOX_TABLES
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named, lines_of, open_text
from mediapipe_anchors.boxes.table import Layout, Rows, pick
from mediapipe_anchors.boxes.values import Place, boxes, numbers
from mediapipe_anchors.errors import BoxesError

_SUFFIXES = (".csv", ".csv.gz")
_BATCH = 65_536  # rows held as text at a time

TextRows = list[tuple[int, list[str]]]  # (line, cells)


shards = files_named(lambda name: name.endswith(_SUFFIXES))


def looks_like(layouts: Sequence[Layout]) -> Callable[[Path], bool]:
    """A `Format.detect`: whether a CSV file, or one below a folder, has such a header."""

    def detect(path: Path) -> bool:
        headers = (header(file) for file in shards(path) if _is_csv(file))
        return any(layout.matches(titles) for titles in headers for layout in layouts)

    return detect


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

    def place(row: int) -> int:
        return rows[row][0]

    return layout.rows(
        {name: [cells[index] for _, cells in rows] for name, index in columns.items()},
        path,
        place,
        names=Names.of,
        numbers=lambda texts, name: _numbers(texts, name, path, place),
        boxes=lambda texts, name: boxes(texts, name, path, place),
    )


def _numbers(texts: Sequence[str], name: str, path: Path, place: Place) -> Floats:
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:  # blank cells, or one that is no number: look at each
        return numbers(texts, name, path, place)


_has_boxes = looks_like(BOX_TABLES)


def _detect(path: Path) -> bool:
    if path.is_dir():
        return _has_boxes(path)
    # A CSV file that is of no other format is read as one, which then says what it lacks.
    return _is_csv(path) and (_has_boxes(path) or "imageid" not in map(str.lower, header(path)))


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in shards(path):
        layout = pick(BOX_TABLES, header(file))
        yield from layout.finish(read_file(file, layout, image_size), file)


FORMAT = Format("csv", "CSV", _detect, _read, shards)
