"""Tables with a box a row: which column is which, and the boxes of some rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, ImageSize, Origin
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.values import known_sizes
from mediapipe_anchors.errors import BoxesError


@dataclasses.dataclass(frozen=True)
class Column:
    """What a column may be called, in lower case, and what is in it."""

    titles: tuple[str, ...]
    is_text: bool = False
    is_required: bool = True


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a table, as columns, by our name for each that is there.

    Attributes:
        origin: what an error calls the table.
        names: the columns of text.
        numbers: the columns of numbers, float64 [n], NaN where a cell is blank.
        place: the line, or record, of a row.
    """

    origin: Origin
    names: Mapping[str, Names]
    numbers: Mapping[str, Floats]
    place: Callable[[int], int | None]

    def xyxy(self) -> Floats:
        """The four corner columns, float64 [n, 4]."""
        return np.stack([self.numbers[name] for name in ("xmin", "ymin", "xmax", "ymax")], axis=1)


@dataclasses.dataclass(frozen=True)
class Layout:
    """The columns of a kind of table, by our names, and what makes boxes of its rows."""

    columns: Mapping[str, Column]
    batch: Callable[[Rows, ImageSize | None], Batch]

    def find(self, header: Sequence[str], origin: Origin, line: int | None) -> dict[str, int]:
        """Index in `header` of each column that is there.

        Raises:
            BoxesError: a column that is required is missing, or two stand for the same.
        """
        found = [title.strip().lower() for title in header]
        places: dict[str, int] = {}
        for name, column in self.columns.items():
            matches = [index for index, title in enumerate(found) if title in column.titles]
            if len(matches) > 1:
                titles = " and ".join(header[index] for index in matches)
                message = f"columns {titles} both stand for {name!r}"
                raise BoxesError(message, path=origin, line=line)
            if matches:
                places[name] = matches[0]
            elif column.is_required:
                message = (
                    f"no column for {name!r} (any of {', '.join(column.titles)}); "
                    f"the header is {', '.join(header)[:200] or 'empty'}"
                )
                raise BoxesError(message, path=origin, line=line)
        return places

    def matches(self, header: Sequence[str]) -> bool:
        """Whether `header` has every column that is required."""
        found = {title.strip().lower() for title in header}
        return all(
            found.intersection(column.titles)
            for column in self.columns.values()
            if column.is_required
        )


def _batch(rows: Rows, image_size: ImageSize | None) -> Batch:
    xyxy = rows.xyxy()
    unstated = np.full(len(xyxy), np.nan)
    sides = [rows.numbers.get(name, unstated) for name in ("width", "height")]
    if "width" in rows.numbers and "height" in rows.numbers:
        place = rows.place
    else:  # then it is the header that is at fault
        sides = [unstated, unstated]
        place = _first_line
    return Batch(
        images=rows.names["image"],
        image_sizes=known_sizes(np.stack(sides, axis=1), image_size, rows.origin, place),
        xyxy=xyxy,
        labels=rows.names["label"].changed(_stripped)
        if "label" in rows.names
        else Names.same(None, len(xyxy)),
    )


def _first_line(_: int) -> int:
    return 1


def _stripped(label: str) -> str | None:
    return label.strip() or None


# The columns of CSV files, Parquet files and frames.
BOX_TABLE = Layout(
    {
        "image": Column(
            (
                "image",
                "filename",
                "file_name",
                "file",
                "image_name",
                "image_path",
                "image_id",
                "path",
            ),
            is_text=True,
        ),
        "width": Column(("width", "image_width", "img_width", "img_w"), is_required=False),
        "height": Column(("height", "image_height", "img_height", "img_h"), is_required=False),
        "xmin": Column(("xmin", "x_min", "x1", "left")),
        "ymin": Column(("ymin", "y_min", "y1", "top")),
        "xmax": Column(("xmax", "x_max", "x2", "right")),
        "ymax": Column(("ymax", "y_max", "y2", "bottom")),
        "label": Column(
            ("label", "class", "class_name", "category", "name"), is_text=True, is_required=False
        ),
    },
    _batch,
)


def refuse_fractions(batches: Iterator[Batch], origin: Origin) -> Iterator[Batch]:
    """The same batches; at their end the error, if all that were taken for pixels are fractions."""
    largest, smallest_side = 0.0, np.inf
    for batch in batches:
        if len(batch):
            finite = batch.xyxy[np.isfinite(batch.xyxy)]
            largest = max(largest, finite.max(initial=0.0))
            smallest_side = min(smallest_side, batch.image_sizes.min())
        yield batch
    if smallest_side > 100 and 0 < largest <= 1:
        message = (
            "no coordinate is above 1: these look like fractions of the image, expected pixels"
        )
        raise BoxesError(message, path=origin)
