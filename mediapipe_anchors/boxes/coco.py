"""COCO JSON: one file (plain or gzipped) with `images`, `annotations` and, if any, `categories`.

`bbox` is x, y, width, height in pixels. `iscrowd` sets the flag "crowd". Errors give the place of
the record in its list, from 1, as their line.

Files that were merged may repeat ids. Images of one id must have one size, and categories of one id
one name; the boxes of such images are kept under the first file name and counted as "repeated image
id". Annotations of one id are all kept, as COCO's own tools do, and counted as "repeated annotation
id".
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.reading import (
    Batch,
    Format,
    ImageSize,
    is_size,
    known_size,
    number,
    open_text,
)
from mediapipe_anchors.errors import BoxesError, shorten

Record = dict[str, Any]
Id = int | str


def _detect(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith((".json", ".json.gz"))


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    document = _load(path)
    images = _Images(document, path, image_size)
    categories = _category_names(document, path)
    found, ids, xyxy, labels, crowd = [], [], [], [], []
    for place, record in _records(document, "annotations", path):
        found.append(images.of(record, place))
        ids.append(_id_or_none(record.get("id")))
        xyxy.append(_corners(record, path, place))
        labels.append(_label(record, categories))
        crowd.append(bool(record.get("iscrowd")))
    uses = Counter(ids)
    flags = {
        "crowd": crowd,
        "repeated image id": [image.repeated for image in found],
        "repeated annotation id": [each is not None and uses[each] > 1 for each in ids],
    }
    yield Batch(
        images=[image.name for image in found],
        image_sizes=np.array([image.size for image in found], float).reshape(-1, 2),
        xyxy=np.array(xyxy, float).reshape(-1, 4),
        labels=labels,
        flags={name: np.array(mask, bool) for name, mask in flags.items()},
    )


def _load(path: Path) -> Record:
    try:
        with open_text(path) as file:
            document = json.load(file)
    except json.JSONDecodeError as error:
        raise BoxesError(f"not JSON: {error.msg}", path=path, line=error.lineno) from error
    except BoxesError:
        raise
    except (ValueError, RecursionError) as error:  # numbers or nesting beyond Python's limits
        raise BoxesError(f"not readable as JSON: {error}", path=path) from error
    if not isinstance(document, dict):
        raise BoxesError("not COCO: expected an object with images and annotations", path=path)
    document.setdefault("categories", [])
    for name in ("images", "annotations", "categories"):
        if not isinstance(document.get(name), list):
            found = shorten(sorted(document))
            raise BoxesError(f"not COCO: expected a list {name!r}; found {found}", path=path)
    return document


def _records(document: Record, name: str, path: Path) -> Iterator[tuple[int, Record]]:
    for place, record in enumerate(document[name], start=1):
        if not isinstance(record, dict):
            message = f"{name} record: got {shorten(record)}, expected an object"
            raise BoxesError(message, path=path, line=place)
        yield place, record


@dataclasses.dataclass(frozen=True)
class _Image:
    name: str
    size: ImageSize
    repeated: bool


class _Images:
    """The images of a file by id."""

    def __init__(self, document: Record, path: Path, image_size: ImageSize | None) -> None:
        self._path = path
        self._image_size = image_size
        self._images: dict[Id, _Image] = {}
        self._records: dict[Id, list[tuple[int, Record]]] = {}
        for place, record in _records(document, "images", path):
            image_id = _id(record, "id", "images", path, place)
            self._records.setdefault(image_id, []).append((place, record))

    def of(self, annotation: Record, place: int) -> _Image:
        """The image of an annotation, which stands at `place`."""
        image_id = _id(annotation, "image_id", "annotations", self._path, place)
        if image_id not in self._records:
            message = f"annotations record: image_id {image_id!r} is not among the images"
            raise BoxesError(message, path=self._path, line=place)
        if image_id not in self._images:
            records = self._records[image_id]
            name = str(records[0][1].get("file_name", image_id))
            size = self._size(image_id, records)
            self._images[image_id] = _Image(name, size, repeated=len(records) > 1)
        return self._images[image_id]

    def _size(self, image_id: Id, records: list[tuple[int, Record]]) -> ImageSize:
        sizes = [(place, self._stated_size(image, place)) for place, image in records]
        first_place, first = next((each for each in sizes if is_size(*each[1])), sizes[0])
        for place, size in sizes:
            if size != first and is_size(*size):
                message = (
                    f"images record: id {image_id!r} is {size[0]:g} x {size[1]:g}, but "
                    f"{first[0]:g} x {first[1]:g} in record {first_place}; "
                    "give each image an id of its own"
                )
                raise BoxesError(message, path=self._path, line=place)
        return known_size(*first, self._image_size, self._path, first_place)

    def _stated_size(self, image: Record, place: int) -> ImageSize:
        width = number(image.get("width"), "images record: width", self._path, place)
        height = number(image.get("height"), "images record: height", self._path, place)
        return width, height


def _category_names(document: Record, path: Path) -> dict[Id, str]:
    names: dict[Id, str] = {}
    for place, record in _records(document, "categories", path):
        category = _id(record, "id", "categories", path, place)
        name = str(record.get("name", category))
        if names.setdefault(category, name) != name:
            message = (
                f"categories record: id {category!r} is {shorten(name)}, but "
                f"{shorten(names[category])} before; give each category an id of its own"
            )
            raise BoxesError(message, path=path, line=place)
    return names


def _id(record: Record, key: str, name: str, path: Path, place: int) -> Id:
    value = _id_or_none(record.get(key))
    if value is not None:
        return value
    message = f"{name} record: {key} is {shorten(record.get(key))}, expected a number or text"
    raise BoxesError(message, path=path, line=place)


def _id_or_none(value: Any) -> Id | None:
    return value if isinstance(value, (int, str)) and not isinstance(value, bool) else None


def _corners(record: Record, path: Path, place: int) -> tuple[float, ...]:
    bbox = record.get("bbox")
    if not isinstance(bbox, list) or len(bbox) != 4:
        message = f"annotations record: bbox is {shorten(bbox)}, expected [x, y, width, height]"
        raise BoxesError(message, path=path, line=place)
    x, y, width, height = (number(each, "annotations record: bbox", path, place) for each in bbox)
    return x, y, x + width, y + height


def _label(record: Record, categories: dict[Id, str]) -> str | None:
    category = _id_or_none(record.get("category_id"))
    return None if category is None else categories.get(category, str(category))


FORMAT = Format("coco", "COCO JSON", _detect, _read)
