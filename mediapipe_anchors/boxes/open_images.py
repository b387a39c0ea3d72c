"""Open Images CSV: ImageID, LabelName, XMin, XMax, YMin, YMax, and IsGroupOf if it is there.

The corners are fractions of the image, whose size the file does not state: without `image_size`
they stay fractions (`Boxes.sizes_known` is False), which is all that a stretched image needs.
IsGroupOf sets the flag "group": one box for more than five objects that touch. A folder stands for
all such files below it; where some are named as those of Open Images, such as
train-annotations-bbox.csv, only these count.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize
from mediapipe_anchors.boxes.csv_file import looks_like, read_file, shards
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.precision import any_of_row
from mediapipe_anchors.boxes.table import Column, Layout, Rows
from mediapipe_anchors.errors import BoxesError


def _batch(rows: Rows, image_size: ImageSize | None) -> Batch:
    fractions = rows.stacked("xmin", "ymin", "xmax", "ymax")
    wrong = np.flatnonzero(any_of_row(np.isfinite(fractions) & (abs(fractions) > _MOST)))
    if len(wrong):
        found = fractions[wrong[0]].tolist()
        message = f"corners: got {found}, expected fractions of the image, 0 to 1"
        raise BoxesError(message, path=rows.origin, line=rows.place(int(wrong[0])))
    size = (1.0, 1.0) if image_size is None else image_size
    count = len(fractions)
    return Batch(
        images=rows.names["image"],
        image_sizes=np.full((count, 2), size),
        xyxy=fractions * np.tile(size, 2),
        labels=rows.names["label"].changed(lambda name: name or None)
        if "label" in rows.names
        else Names.same(None, count),
        flags={"group": rows.numbers["group"] == 1} if "group" in rows.numbers else {},
        sizes_known=image_size is not None,
    )


_MOST = 2.0  # a corner that far beyond the image is no fraction of it

OPEN_IMAGES = Layout(
    {
        "image": Column(("imageid",), kind="text"),
        "label": Column(("labelname",), kind="text", is_required=False),
        "xmin": Column(("xmin",)),
        "ymin": Column(("ymin",)),
        "xmax": Column(("xmax",)),
        "ymax": Column(("ymax",)),
        "group": Column(("isgroupof",), is_required=False),
    },
    _batch,
)


def _files(path: Path) -> list[Path]:
    files = shards(path)
    return [file for file in files if "annotations-bbox" in file.name.lower()] or files


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in _files(path):
        yield from read_file(file, OPEN_IMAGES, image_size)


FORMAT = Format("open_images", "Open Images CSV", looks_like([OPEN_IMAGES]), _read, _files)
