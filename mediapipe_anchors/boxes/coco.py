"""COCO JSON: one file (plain or gzipped) with `images`, `annotations` and, if any, `categories`.

`bbox` is x, y, width, height in pixels. `iscrowd` sets the flag "crowd". Errors give the place of
the record in its list, from 1, as their line. The text is walked through once and not held.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.json_stream import Walker
from mediapipe_anchors.boxes.names import NO_NAME, Names
from mediapipe_anchors.boxes.reading import (
    Batch,
    Floats,
    Format,
    ImageSize,
    known_size,
    number,
    open_text,
)
from mediapipe_anchors.errors import BoxesError, shorten

Id: TypeAlias = "int | str"


class _Image(msgspec.Struct, gc=False):
    id: int | str
    file_name: int | float | str | None = None
    width: float | None = None
    height: float | None = None


class _Annotation(msgspec.Struct, gc=False):
    image_id: int | str
    bbox: tuple[float, float, float, float]
    category_id: int | str | None = None
    iscrowd: int | None = None


class _Category(msgspec.Struct, gc=False):
    id: int | str
    name: str


def _detect(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith((".json", ".json.gz"))


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    document = _Document(path)
    with open_text(path) as file:
        document.read(Walker(file, path))
    yield document.batch(image_size)


class _Document:
    """What a file holds of images, boxes and categories, in whatever order they come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._images: dict[Id, tuple[int, str, float, float]] = {}  # place, name, width, height
        self._categories: dict[Id, str] = {}
        # One entry a box; an id is stored once, and for each box its number.
        self._image_ids: dict[Id, int] = {}
        self._category_ids: dict[Id, int] = {}
        self._image_codes, self._category_codes = array("q"), array("q")
        self._corners, self._crowd = array("d"), array("b")

    def read(self, walker: Walker) -> None:
        """Take what stands in the file."""
        found = set()
        take = {
            "images": self._take_images,
            "annotations": self._take_annotations,
            "categories": self._take_categories,
        }
        for key in walker.entries():
            found.add(key)
            if key not in take:
                walker.value()
            elif walker.is_list():
                take[key](walker)
            else:
                raise self._not_coco(key, found)
        for key in ("images", "annotations"):
            if key not in found:
                raise self._not_coco(key, found)

    def _not_coco(self, key: str, found: set[str]) -> BoxesError:
        message = f"not COCO: expected a list {key!r}; found {shorten(sorted(found))}"
        return BoxesError(message, path=self._path)

    def _take_images(self, walker: Walker) -> None:
        for place, record in walker.records("images", _Image):
            if isinstance(record, dict):
                record = self._image(record, place)
            name = record.id if record.file_name is None else record.file_name
            width, height = record.width, record.height
            self._images[record.id] = (
                place,
                str(name),
                math.nan if width is None else width,
                math.nan if height is None else height,
            )

    def _take_annotations(self, walker: Walker) -> None:
        for place, record in walker.records("annotations", _Annotation):
            if isinstance(record, dict):
                record = self._annotation(record, place)
            codes, category = self._category_ids, record.category_id
            self._image_codes.append(
                self._image_ids.setdefault(record.image_id, len(self._image_ids))
            )
            self._category_codes.append(
                NO_NAME if category is None else codes.setdefault(category, len(codes))
            )
            self._corners.extend(record.bbox)
            self._crowd.append(bool(record.iscrowd))

    def _take_categories(self, walker: Walker) -> None:
        for place, record in walker.records("categories", _Category):
            if isinstance(record, dict):
                key = self._id(record, "id", "categories", place)
                self._categories[key] = str(record.get("name", key))
            else:
                self._categories[record.id] = record.name

    def _image(self, record: dict[str, Any], place: int) -> _Image:
        name = record.get("file_name")
        return _Image(
            id=self._id(record, "id", "images", place),
            file_name=None if name is None else str(name),
            width=number(record.get("width"), "images record: width", self._path, place),
            height=number(record.get("height"), "images record: height", self._path, place),
        )

    def _annotation(self, record: dict[str, Any], place: int) -> _Annotation:
        bbox = record.get("bbox")
        if not isinstance(bbox, list) or len(bbox) != 4:
            message = f"annotations record: bbox is {shorten(bbox)}, expected [x, y, width, height]"
            raise BoxesError(message, path=self._path, line=place)
        x, y, width, height = (
            number(each, "annotations record: bbox", self._path, place) for each in bbox
        )
        category = record.get("category_id")
        return _Annotation(
            image_id=self._id(record, "image_id", "annotations", place),
            bbox=(x, y, width, height),
            category_id=category if isinstance(category, (int, str)) else None,
            iscrowd=bool(record.get("iscrowd")),
        )

    def _id(self, record: dict[str, Any], key: str, name: str, place: int) -> Id:
        value = record.get(key)
        if isinstance(value, (int, str)):
            return value
        message = f"{name} record: {key} is {shorten(value)}, expected a number or text"
        raise BoxesError(message, path=self._path, line=place)

    def batch(self, image_size: ImageSize | None) -> Batch:
        """All the boxes, each with its image and its category.

        Raises:
            BoxesError: an image that is not there, or whose size is not known.
        """
        codes = np.frombuffer(self._image_codes, np.int64)
        images, sizes = self._images_in_use(codes, image_size)
        with np.errstate(over="ignore", invalid="ignore"):  # infinite ones are counted later
            xywh = np.frombuffer(self._corners).reshape(-1, 4)
            xyxy = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
        names = Names.of(self._categories.get(each, str(each)) for each in self._category_ids)
        categories = np.frombuffer(self._category_codes, np.int64)
        return Batch(
            images=images[codes],
            image_sizes=sizes[codes],
            xyxy=xyxy,
            labels=Names(np.append(names.codes, NO_NAME)[categories], names.distinct),
            flags={"crowd": np.frombuffer(self._crowd, bool)},
        )

    def _images_in_use(
        self, codes: npt.NDArray[np.int64], image_size: ImageSize | None
    ) -> tuple[Names, Floats]:
        """Name and size of each image in `_image_ids`."""
        names, sizes = [], np.empty((len(self._image_ids), 2))
        for code, image_id in enumerate(self._image_ids):
            if image_id not in self._images:
                message = f"annotations record: image_id {image_id!r} is not among the images"
                place = int(np.flatnonzero(codes == code)[0]) + 1
                raise BoxesError(message, path=self._path, line=place)
            place, name, width, height = self._images[image_id]
            sizes[code] = known_size(width, height, image_size, self._path, place)
            names.append(name)
        return Names.of(names), sizes


FORMAT = Format("coco", "COCO JSON", _detect, _read)
