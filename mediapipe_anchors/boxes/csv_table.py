"""CSV with a header line (plain or gzipped): one box a row, corners in pixels.

Columns image, width, height, xmin, ymin, xmax, ymax, label under any of the names in `COLUMNS`, in
any order and case; others are ignored. The label may be missing, and with `image_size` the width
and height of the image.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.reading import Batch, Format, ImageSize, known_size, number, open_text
from mediapipe_anchors.errors import BoxesError

COLUMNS: dict[str, tuple[str, ...]] = {
    "image": (
        "image",
        "filename",
        "file_name",
        "file",
        "image_name",
        "image_path",
        "image_id",
        "path",
    ),
    "width": ("width", "image_width", "img_width", "img_w"),
    "height": ("height", "image_height", "img_height", "img_h"),
    "xmin": ("xmin", "x_min", "x1", "left"),
    "ymin": ("ymin", "y_min", "y1", "top"),
    "xmax": ("xmax", "x_max", "x2", "right"),
    "ymax": ("ymax", "y_max", "y2", "bottom"),
    "label": ("label", "class", "class_name", "category", "name"),
}
_REQUIRED = ("image", "xmin", "ymin", "xmax", "ymax")
_BATCH = 65_536  # rows held as text at a time

Rows = list[tuple[int, list[str]]]  # (line, cells)


def _detect(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith((".csv", ".csv.gz"))


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    with open_text(path) as file:
        reader = csv.reader(file)
        try:
            columns = _columns(next(reader, []), path)
            rows = ((reader.line_num, cells) for cells in reader if cells)
            while chunk := list(itertools.islice(rows, _BATCH)):
                yield _Table(path, columns, chunk).batch(image_size)
        except csv.Error as error:
            raise BoxesError(f"not CSV: {error}", path=path, line=reader.line_num) from error


def _columns(header: Sequence[str], path: Path) -> dict[str, int]:
    """Index of each column that is there, by our name for it."""
    found = [title.strip().lower() for title in header]
    columns: dict[str, int] = {}
    for name, titles in COLUMNS.items():
        matches = [index for index, title in enumerate(found) if title in titles]
        if len(matches) > 1:
            names = " and ".join(header[index] for index in matches)
            raise BoxesError(f"columns {names} both stand for {name!r}", path=path, line=1)
        if matches:
            columns[name] = matches[0]
        elif name in _REQUIRED:
            message = (
                f"no column for {name!r} (any of {', '.join(titles)}); "
                f"the header is {', '.join(header)[:200] or 'empty'}"
            )
            raise BoxesError(message, path=path, line=1)
    return columns


class _Table:
    """Some rows of the file, as columns."""

    def __init__(self, path: Path, columns: dict[str, int], rows: Rows) -> None:
        self._path = path
        self._columns = columns
        self._rows = rows
        width = max(columns.values()) + 1
        for line, cells in rows:
            if len(cells) < width:
                message = f"{len(cells)} cells, expected at least {width} as in the header"
                raise BoxesError(message, path=path, line=line)

    def batch(self, image_size: ImageSize | None) -> Batch:
        labels: list[str | None] = [None] * len(self._rows)
        if "label" in self._columns:
            labels = [label.strip() or None for label in self._texts("label")]
        corners = [self._numbers(name) for name in ("xmin", "ymin", "xmax", "ymax")]
        xyxy, image_sizes = np.stack(corners, axis=1), self._image_sizes(image_size)
        if image_sizes.min() > 100 and 0 < np.nanmax(xyxy, initial=0) <= 1:
            message = "no coordinate is above 1: these look like fractions, expected pixels"
            raise BoxesError(message, path=self._path, line=self._rows[0][0])
        return Batch(
            images=self._texts("image"),
            image_sizes=image_sizes,
            xyxy=xyxy,
            labels=labels,
        )

    def _texts(self, name: str) -> list[str]:
        index = self._columns[name]
        return [cells[index] for _, cells in self._rows]

    def _numbers(self, name: str) -> npt.NDArray[np.float64]:
        texts = self._texts(name)
        try:
            return np.array(texts, dtype=np.float64)
        except ValueError:  # blank cells, or one that is no number: look at each
            rows = zip(texts, self._rows, strict=True)
            return np.array([number(text, name, self._path, line) for text, (line, _) in rows])

    def _image_sizes(self, image_size: ImageSize | None) -> npt.NDArray[np.float64]:
        if "width" not in self._columns or "height" not in self._columns:
            size = known_size(np.nan, np.nan, image_size, self._path, 1)
            return np.full((len(self._rows), 2), size)
        sizes = np.stack([self._numbers("width"), self._numbers("height")], axis=1)
        unknown = ~(np.isfinite(sizes) & (sizes > 0)).all(axis=1)
        for row in np.flatnonzero(unknown):
            width, height = sizes[row].tolist()
            sizes[row] = known_size(width, height, image_size, self._path, self._rows[row][0])
        return sizes


FORMAT = Format("csv", "CSV", _detect, _read)
