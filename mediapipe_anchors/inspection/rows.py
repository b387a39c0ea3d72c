"""What one row of a detector's raw output is: its feature map, its cell, its anchor."""

from __future__ import annotations

import dataclasses
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import count_anchors, generate_anchors
from mediapipe_anchors.arrays import as_float32
from mediapipe_anchors.errors import MediaPipeAnchorsError, OptionsError
from mediapipe_anchors.inspection.layouts import layout_of_options
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.plain import to_plain

if TYPE_CHECKING:
    from mediapipe_anchors.inspection.report import ModelReport

_Px = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class RowReport:
    """One row of the raw output.

    Attributes:
        row: from 0.
        feature_map: its feature map, from 0; None where no map is known, as are then the next five.
        grid: (columns, rows) of the map.
        stride: of the map; None where no whole number gives the grid.
        cell: (x, y) from 0, the left column and the top row first.
        anchor_in_cell: its number among the rows of its cell, from 0.
        anchors_per_cell: how many these are.
        cell_px: the cell: xmin, ymin, xmax, ymax in pixels of the input; None where unknown.
        centre_px: x, y of the anchor in pixels of the input, or of the cell where no anchor is
            known.
        anchor: x_center, y_center, w, h as fractions of the input; None where unknown.
        box_px: the anchor's box: xmin, ymin, xmax, ymax in pixels of the input; None where unknown.
        layout_source: what the feature map and cell are told from, or "".
        anchors_source: what the anchor is told from, or "".
    """

    row: int
    feature_map: int | None
    grid: tuple[int, int] | None
    stride: int | None
    cell: tuple[int, int] | None
    anchor_in_cell: int | None
    anchors_per_cell: int | None
    cell_px: _Px | None
    centre_px: tuple[float, float] | None
    anchor: _Px | None
    box_px: _Px | None
    layout_source: str
    anchors_source: str

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        values: dict[str, Any] = to_plain(self)
        return values


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where a row stands."""

    feature_map: int
    grid: tuple[int, int]
    x: int
    y: int
    anchor: int
    count: int
    stride: int | None = None


def explain_row(report: ModelReport, row: Any, anchors: Any) -> RowReport:
    """See `ModelReport.row`."""
    count = None if report.heads is None else report.heads.num_boxes
    if count is None:
        raise MediaPipeAnchorsError(
            field="row", value=row, expected=f"a model with rows, not this one: {report.summary}"
        )
    number = _checked_row(row, count)
    options, array, source = _anchors(report, anchors, count)
    place, layout_source = _place(report, number, options)
    size = report.input_size
    cell_px = None if place is None or size is None else _cell_px(place, size)
    anchor = None if array is None else tuple(float(value) for value in array[number])
    box_px = None if anchor is None or size is None else _box_px(anchor, size)
    centre = None
    if anchor is not None and size is not None:
        centre = (anchor[0] * size[0], anchor[1] * size[1])
    elif cell_px is not None:
        centre = ((cell_px[0] + cell_px[2]) / 2, (cell_px[1] + cell_px[3]) / 2)
    return RowReport(
        row=number,
        feature_map=None if place is None else place.feature_map,
        grid=None if place is None else place.grid,
        stride=None if place is None else place.stride,
        cell=None if place is None else (place.x, place.y),
        anchor_in_cell=None if place is None else place.anchor,
        anchors_per_cell=None if place is None else place.count,
        cell_px=cell_px,
        centre_px=centre,
        anchor=anchor,  # type: ignore[arg-type]
        box_px=box_px,
        layout_source=layout_source,
        anchors_source=source,
    )


def _checked_row(row: Any, count: int) -> int:
    expected = f"a row of the model, from 0 to {count - 1}"
    try:
        number = operator.index(row)
    except TypeError:
        raise MediaPipeAnchorsError(field="row", value=row, expected=expected) from None
    if not 0 <= number < count:
        raise MediaPipeAnchorsError(field="row", value=row, expected=expected)
    return number


def _anchors(
    report: ModelReport, given: Any, count: int
) -> tuple[SsdAnchorsOptions | None, npt.NDArray[np.float32] | None, str]:
    """Options where there are any, the anchors, and where they are from."""
    if given is None:
        certain = report.candidates if report.anchors is not None else ()
        return certain[0].options if certain else None, report.anchors, report.anchors_source
    source = "the anchors given"
    if isinstance(given, str):
        from mediapipe_anchors.presets import preset

        row = preset(given)
        source, given = f"preset {row.name}", row.anchors
        if given is None:
            expected = "a preset with anchors: the model of this one puts them out itself"
            raise OptionsError(field="anchors", value=row.name, expected=expected)
    if isinstance(given, SsdAnchorsOptions):
        from mediapipe_anchors.presets import check_count

        check_count(given, count)
        if count_anchors(given) == count:
            return given, _fractions(given), source
    array = as_float32("anchors", given, (count, 4))
    return None, array, source


def _fractions(options: SsdAnchorsOptions) -> npt.NDArray[np.float32]:
    anchors = generate_anchors(options)
    if options.multiscale_anchor_generation and not options.normalize_coordinates:
        width, height = options.input_size_width or 1, options.input_size_height or 1
        anchors = anchors / np.array([width, height, width, height], np.float32)
    return anchors


def _place(
    report: ModelReport, row: int, options: SsdAnchorsOptions | None
) -> tuple[_Place | None, str]:
    """From the model's own feature maps; else from the options, in MediaPipe's order."""
    if report.heads is not None and report.heads.maps and report.places is not None:
        number, y, x, anchor = (int(value) for value in report.places[row])
        found = report.heads.maps[number]
        count = found.anchors_per_cell
        return _Place(number, found.grid, x, y, anchor, count, found.stride), "the model"
    if options is None:
        return None, ""
    first = 0
    for number, (grid, count) in enumerate(layout_of_options(options)):
        rows = grid[0] * grid[1] * count
        if row < first + rows:
            cell, anchor = divmod(row - first, count)
            y, x = divmod(cell, grid[0])
            return _Place(number, grid, x, y, anchor, count), "the anchor options, not the model"
        first += rows
    return None, ""


def _cell_px(place: _Place, size: tuple[int, int]) -> _Px:
    width, height = size[0] / place.grid[0], size[1] / place.grid[1]
    left, top = place.x * width, place.y * height
    return left, top, left + width, top + height


def _box_px(anchor: tuple[float, ...], size: tuple[int, int]) -> _Px:
    x, y, w, h = anchor
    left, top = (x - w / 2) * size[0], (y - h / 2) * size[1]
    return left, top, left + w * size[0], top + h * size[1]
