"""Tables: which column is which, and what makes boxes of rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, ImageSize, Origin
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.values import Place, all_numbers
from mediapipe_anchors.errors import BoxesError

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Column:
    """What a column may be called, in lower case, and what is in it.

    Where several columns have such titles, the first title wins if all can only mean the same: in
    columns of text, or that may be missing.
    """

    titles: tuple[str, ...]
    kind: Literal["number", "text", "box"] = "number"
    is_required: bool = True


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a table, as columns, by our name for each that is there.

    Attributes:
        origin: what an error calls the table.
        names: the columns of text.
        numbers: the columns of numbers, float64 [n], and of boxes, float64 [n, 4]; NaN where a cell
            is blank.
        place: the line, or record, of a row.
    """

    origin: Origin
    names: Mapping[str, Names]
    numbers: Mapping[str, Floats]
    place: Place

    def stacked(self, *names: str) -> Floats:
        """Columns of numbers side by side, float64 [n, len(names)]."""
        return np.stack([self.numbers[name] for name in names], axis=1)


def _as_they_are(batches: Iterator[Batch], _: Origin) -> Iterator[Batch]:
    return batches


@dataclasses.dataclass(frozen=True)
class Layout:
    """The columns of a kind of table, by our names, and what makes boxes of it.

    Attributes:
        columns: by our names.
        batch: makes boxes of some rows; the second argument is the size of images that state none.
        not_beside: titles of columns that a table of this kind does not have.
        finish: makes what `batch` gave of one table into what is yielded, and checks it as a whole.
    """

    columns: Mapping[str, Column]
    batch: Callable[[Rows, ImageSize | None], Batch]
    not_beside: tuple[str, ...] = ()
    finish: Callable[[Iterator[Batch], Origin], Iterator[Batch]] = _as_they_are

    def find(self, header: Sequence[str], origin: Origin, line: int | None) -> dict[str, int]:
        """Index in `header` of each column that is there.

        Raises:
            BoxesError: a column that is required is missing, or two stand for the same.
        """
        found: dict[str, list[int]] = {}
        for index, title in enumerate(header):
            found.setdefault(title.strip().lower(), []).append(index)
        places: dict[str, int] = {}
        for name, column in self.columns.items():
            titles = [title for title in column.titles if title in found]
            if column.kind == "text" or not column.is_required:
                titles = titles[:1]
            matches = [index for title in titles for index in found[title]]
            if len(matches) > 1:
                both = " and ".join(header[index] for index in sorted(matches))
                message = f"columns {both[:200]} both stand for {name!r}"
                raise BoxesError(message, path=origin, line=line)
            if matches:
                places[name] = matches[0]
            elif column.is_required:
                message = f"no column for {name!r} (any of {', '.join(column.titles)}); "
                raise BoxesError(message + _described(header), path=origin, line=line)
        return places

    def matches(self, header: Sequence[str]) -> bool:
        """Whether `header` has every column that is required, and none of `not_beside`."""
        found = {title.strip().lower() for title in header}
        return not found.intersection(self.not_beside) and all(
            found.intersection(column.titles)
            for column in self.columns.values()
            if column.is_required
        )

    def rows(
        self,
        columns: Mapping[str, T],
        origin: Origin,
        place: Place,
        *,
        names: Callable[[T], Names],
        numbers: Callable[[T, str], Floats],
        boxes: Callable[[T, str], Floats],
    ) -> Rows:
        """The rows of `columns`, made by what makes a column of each kind."""
        kinds = {name: self.columns[name].kind for name in columns}
        make = {"number": numbers, "box": boxes}
        return Rows(
            origin,
            {name: names(each) for name, each in columns.items() if kinds[name] == "text"},
            {
                name: make[kinds[name]](each, name)
                for name, each in columns.items()
                if kinds[name] != "text"
            },
            place,
        )


def pick(layouts: Sequence[Layout], header: Sequence[str]) -> Layout:
    """The first whose columns `header` has; else the first of all, which will say what lacks."""
    return next((layout for layout in layouts if layout.matches(header)), layouts[0])


def _described(header: Sequence[str]) -> str:
    """The header for an error, and what seems to be wrong with it."""
    text = f"the header is {', '.join(header)[:200] or 'empty'}"
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            return f"{text}; cells stand between {called}, expected commas"
    if any(map(_is_number, header)):
        return f"{text}; this is a box already, expected a line of titles before it"
    if "region_shape_attributes" in header:
        return f"{text}; that is VIA's own CSV: export it as COCO"
    return text


def _is_number(text: str) -> bool:
    return bool(text.strip()) and all_numbers([text])
