"""The columns of CSV files, Parquet files and frames: one box a row, in pixels of the image.

`image`, and the box under one of these, each with other names too and in any case and order:
xmin, ymin, xmax, ymax, the corners; x, y, w, h, of which x and y are the left and top; x, y, width,
height likewise; or bbox, four numbers in one cell, see `_with_corners`. The size of the image is
width and height (beside x, y, width, height: image_width and image_height), and may be missing with
`image_size`; so may the label. Other columns are ignored.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, ImageSize, Origin
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.precision import any_of_row
from mediapipe_anchors.boxes.table import Column, Layout, Rows
from mediapipe_anchors.boxes.values import known_sizes
from mediapipe_anchors.errors import BoxesError

_IMAGE = Column(
    ("image", "filename", "file_name", "file", "image_name", "image_path", "image_id", "path"),
    kind="text",
)
_CLASS_NAMES = ("label", "class", "class_name", "category", "name", "label_name", "category_name")
_LABEL = Column((*_CLASS_NAMES, "class_id", "category_id"), kind="text", is_required=False)
_IMAGE_WIDTHS = ("image_width", "img_width", "img_w")
_IMAGE_HEIGHTS = ("image_height", "img_height", "img_h")
_LEFT = Column(("x", "xmin", "x_min", "left", "bbox_x", "bbox_left"))
_TOP = Column(("y", "ymin", "y_min", "top", "bbox_y", "bbox_top"))


def _batch(rows: Rows, image_size: ImageSize | None, xyxy: Floats) -> Batch:
    has_size = "image width" in rows.numbers and "image height" in rows.numbers
    if has_size:
        sizes, place = rows.stacked("image width", "image height"), rows.place
    else:  # then it is the header that is at fault
        sizes, place = np.full((len(xyxy), 2), np.nan), _first_line
    return Batch(
        images=rows.names["image"],
        image_sizes=known_sizes(sizes, image_size, rows.origin, place),
        xyxy=xyxy,
        labels=rows.names["label"].changed(_stripped)
        if "label" in rows.names
        else Names.same(None, len(xyxy)),
    )


def _first_line(_: int) -> int:
    return 1


def _stripped(label: str) -> str | None:
    return label.strip() or None


def _of_corners(rows: Rows, image_size: ImageSize | None) -> Batch:
    return _batch(rows, image_size, rows.stacked("xmin", "ymin", "xmax", "ymax"))


def _of_sides(rows: Rows, image_size: ImageSize | None) -> Batch:
    return _batch(rows, image_size, _opposite(rows.stacked("xmin", "ymin", "width", "height")))


def _of_bbox(rows: Rows, image_size: ImageSize | None) -> Batch:
    return _batch(rows, image_size, rows.numbers["bbox"])  # not corners before `_with_corners`


def _opposite(xywh: Floats) -> Floats:
    """Corners of left, top, width, height, float64 [n, 4] both."""
    with np.errstate(over="ignore", invalid="ignore"):  # infinite ones are counted later
        return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def _refuse_fractions(batches: Iterator[Batch], origin: Origin) -> Iterator[Batch]:
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


# --- The order of the numbers in a bbox ---

_CORNERS, _SIDES = "xmin, ymin, xmax, ymax", "x, y, width, height"


def _with_corners(batches: Iterator[Batch], origin: Origin) -> Iterator[Batch]:
    """The same batches once it is known what the four numbers of a bbox are.

    Data sets differ: x, y, width, height as in COCO, or the corners. The first batch tells: as
    corners, many boxes of the former have no area; as sides, many of the latter end beyond their
    image. What a bbox was read as is noted.

    Raises:
        BoxesError: the boxes tell neither.
    """
    order = None
    for batch in batches:
        if order is None and len(batch):
            order = _order(batch.xyxy, batch.image_sizes, origin)
        xyxy = _opposite(batch.xyxy) if order == _SIDES else batch.xyxy
        flags = {f"bbox read as {order}": np.ones(len(batch), bool)}
        yield dataclasses.replace(batch, xyxy=xyxy, flags=flags)


def _order(boxes: Floats, image_sizes: Floats, origin: Origin) -> str:
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = int(any_of_row(boxes[:, :2] + boxes[:, 2:] > image_sizes + 1).sum())
        empty = int(any_of_row(boxes[:, 2:] <= boxes[:, :2]).sum())
    few = len(boxes) / 100  # as many as may be mistakes
    if empty > max(10 * beyond, few):
        return _SIDES
    if beyond > max(10 * empty, few):
        return _CORNERS
    message = (
        f"bbox: of {len(boxes)} boxes {empty} have no area as {_CORNERS}, and {beyond} end beyond "
        f"their image as {_SIDES}, which does not tell the two apart; write them as columns xmin, "
        "ymin, xmax, ymax or x, y, w, h"
    )
    raise BoxesError(message, path=origin)


def _finish_bbox(batches: Iterator[Batch], origin: Origin) -> Iterator[Batch]:
    return _refuse_fractions(_with_corners(batches, origin), origin)


# --- The layouts ---


def _layout(
    box: dict[str, Column],
    batch: Callable[[Rows, ImageSize | None], Batch],
    *,
    width: tuple[str, ...] = ("width",),
    height: tuple[str, ...] = ("height",),
    not_beside: tuple[str, ...] = (),
    finish: Callable[[Iterator[Batch], Origin], Iterator[Batch]] = _refuse_fractions,
) -> Layout:
    """`width` and `height`: what the sides of the image may be called beside the plain names."""
    columns = {
        "image": _IMAGE,
        "image width": Column(_IMAGE_WIDTHS + width, is_required=False),
        "image height": Column(_IMAGE_HEIGHTS + height, is_required=False),
        **box,
        "label": _LABEL,
    }
    return Layout(columns, batch, not_beside, finish)


_RIGHT = Column(("xmax", "x_max", "x2", "right"))
_BOTTOM = Column(("ymax", "y_max", "y2", "bottom"))

CORNER_TABLE = _layout(
    {
        "xmin": Column(("xmin", "x_min", "x1", "left")),
        "ymin": Column(("ymin", "y_min", "y1", "top")),
        "xmax": _RIGHT,
        "ymax": _BOTTOM,
    },
    _of_corners,
)
SIDE_TABLE = _layout(
    {
        "xmin": _LEFT,
        "ymin": _TOP,
        "width": Column(("w", "box_width", "bbox_width", "bbox_w")),
        "height": Column(("h", "box_height", "bbox_height", "bbox_h")),
    },
    _of_sides,
    not_beside=_RIGHT.titles + _BOTTOM.titles,
)
PLAIN_SIDE_TABLE = _layout(
    {"xmin": _LEFT, "ymin": _TOP, "width": Column(("width",)), "height": Column(("height",))},
    _of_sides,
    width=(),
    height=(),
    not_beside=_RIGHT.titles + _BOTTOM.titles,  # beside which they are those of the image
)
BBOX_TABLE = _layout(
    {"bbox": Column(("bbox", "box", "bounding_box"), kind="box")}, _of_bbox, finish=_finish_bbox
)

BOX_TABLES = (CORNER_TABLE, SIDE_TABLE, BBOX_TABLE, PLAIN_SIDE_TABLE)
