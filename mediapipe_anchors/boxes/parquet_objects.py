"""Parquet as data sets of Hugging Face have it: an image a row, and in `objects` its boxes.

Read are objects.bbox, four numbers a box (`box_table` finds out which), objects.category (or label,
or class), named by the features that the file describes, and width and height. The image is named
by image_id, file_name or image.path, else by its row. Pixels are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, ImageSize
from mediapipe_anchors.boxes.box_table import BBOX_TABLE
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.table import Rows
from mediapipe_anchors.errors import BoxesError

_OBJECTS, _BBOX = "objects", "bbox"
_LABELS = ("category", "label", "class")
_IMAGES = ("file_name", "image_id")
_BATCH = 4096  # images at a time


def has_objects(schema: Any) -> bool:
    """Whether a file has such boxes."""
    return _OBJECTS in schema.names and _BBOX in _fields(schema.field(_OBJECTS).type)


def _fields(kind: Any) -> dict[str, Any]:
    """Name and type of what objects have, be they lists of structures or structures of lists."""
    import pyarrow as pa

    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    return {field.name: field.type for field in kind} if pa.types.is_struct(kind) else {}


def read(path: Path, file: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    """The boxes of one open file.

    Raises:
        BoxesError: boxes not of four numbers, labels not one a box; and as `box_table`.
    """
    yield from BBOX_TABLE.finish(_batches(path, file, image_size), path)


def _batches(path: Path, file: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    schema = file.schema_arrow
    fields = _fields(schema.field(_OBJECTS).type)
    label = next((name for name in _LABELS if name in fields), None)
    columns = [_OBJECTS, *(name for name in (*_IMAGES, "width", "height") if name in schema.names)]
    if "image" in schema.names and "path" in _fields(schema.field("image").type):
        columns.append("image.path")
    class_names = {} if label is None else _class_names(schema.metadata or {}, label)
    start = 0
    for record_batch in file.iter_batches(_BATCH, columns=columns):
        images = _Images(path, record_batch, start)
        rows = images.rows(label, class_names)
        start += record_batch.num_rows
        if len(rows.numbers[_BBOX]):
            yield BBOX_TABLE.batch(rows, image_size)


class _Images:
    """Some rows of the file."""

    def __init__(self, path: Path, record_batch: Any, start: int) -> None:
        import pyarrow.compute as pc

        self._path = path
        self._batch = record_batch
        self._start = start
        self._objects = record_batch.column(_OBJECTS)
        self._counts = pc.list_value_length(self._lists(_BBOX)).fill_null(0).to_numpy()
        self._image = np.repeat(np.arange(record_batch.num_rows), self._counts)  # of each box

    def rows(self, label: str | None, class_names: dict[str, str]) -> Rows:
        """The boxes, a row each."""
        names = {"image": self._image_names()}
        if label is not None:
            labels = self._labels(label)
            names["label"] = labels.changed(lambda name: class_names.get(name, name))
        numbers = {f"image {side}": self._sides(side) for side in ("width", "height")}
        return Rows(self._path, names, {_BBOX: self._boxes(), **numbers}, self._place)

    def _place(self, box: int) -> int:
        return self._start + int(self._image[box]) + 1

    def _lists(self, name: str) -> Any:
        """A field of the objects, a list an image."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_struct(self._objects.type):
            return pc.struct_field(self._objects, name)
        values = pc.struct_field(pc.list_flatten(self._objects), name)
        lengths = pc.list_value_length(self._objects).fill_null(0).to_numpy()
        return pa.ListArray.from_arrays(np.append(0, np.cumsum(lengths)).astype(np.int32), values)

    def _boxes(self) -> Floats:
        import pyarrow.compute as pc

        boxes = pc.list_flatten(self._lists(_BBOX))
        lengths = pc.list_value_length(boxes).fill_null(0).to_numpy()
        wrong = np.flatnonzero(lengths != 4)
        if len(wrong):
            place = int(wrong[0])
            message = f"objects.bbox: a box of {lengths[place]} numbers, expected four"
            raise BoxesError(message, path=self._path, line=self._place(place))
        values = pc.list_flatten(boxes).cast("float64").to_numpy(zero_copy_only=False)
        corners_or_sides: Floats = np.asarray(values, np.float64).reshape(-1, 4)
        return corners_or_sides

    def _labels(self, label: str) -> Names:
        import pyarrow.compute as pc

        lists = self._lists(label)
        counts = pc.list_value_length(lists).fill_null(0).to_numpy()
        wrong = np.flatnonzero(counts != self._counts)
        if len(wrong):
            row = int(wrong[0])
            message = f"objects.{label}: {counts[row]} values, expected {self._counts[row]}"
            raise BoxesError(message, path=self._path, line=self._start + row + 1)
        return names_of(pc.list_flatten(lists))

    def _sides(self, side: str) -> Floats:
        if side not in self._batch.schema.names:
            return np.full(len(self._image), np.nan)
        sides = self._batch.column(side).cast("float64").to_numpy(zero_copy_only=False)
        of_boxes: Floats = np.asarray(sides, np.float64)[self._image]
        return of_boxes

    def _image_names(self) -> Names:
        import pyarrow.compute as pc

        columns = [self._batch.column(name) for name in _IMAGES if name in self._batch.schema.names]
        if "image" in self._batch.schema.names:
            columns.append(pc.struct_field(self._batch.column("image"), "path"))
        for column in columns:
            if column.null_count == 0:
                return names_of(column)[self._image]
        rows = range(self._start + 1, self._start + 1 + self._batch.num_rows)
        return Names.of(f"{self._path.name}/{row}" for row in rows)[self._image]


def names_of(column: Any) -> Names:
    """A column of Apache Arrow as names."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if not pa.types.is_string(column.type.value_type):
        column = column.cast(pa.dictionary(pa.int32(), pa.string()))
    return Names.of_arrow(column)


def _class_names(metadata: dict[bytes, bytes], label: str) -> dict[str, str]:
    """The names of the numbers of classes, as the features of the data set describe them."""
    try:
        features: Any = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        features = features[_OBJECTS]
        while isinstance(features, list) or label not in features:
            features = features[0] if isinstance(features, list) else features["feature"]
        features = features[label]
        while "names" not in features:
            features = features["feature"]
        return {str(number): str(name) for number, name in enumerate(features["names"])}
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}
