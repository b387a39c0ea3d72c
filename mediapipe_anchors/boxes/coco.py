"""COCO JSON: one file (plain or gzipped) with `images`, `annotations` and, if any, `categories`.

`bbox` is x, y, width, height in pixels. `iscrowd` sets the flag "crowd". Errors give the place of
the record in its list, from 1, as their line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.reading import Batch, Format, ImageSize, known_size, number, open_text
from mediapipe_anchors.errors import BoxesError, shorten

Record = dict[str, Any]


def _detect(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith((".json", ".json.gz"))


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    document = _load(path)
    images = _by_id(document, "images", path)
    categories = _by_id(document, "categories", path)
    names, sizes, xyxy, labels, crowd = [], [], [], [], []
    for place, record in _records(document, "annotations", path):
        image_id = _id(record, "image_id", "annotations", path, place)
        if image_id not in images:
            message = f"annotations record: image_id {image_id!r} is not among the images"
            raise BoxesError(message, path=path, line=place)
        image_place, image = images[image_id]
        names.append(str(image.get("file_name", image_id)))
        sizes.append(_size(image, image_size, path, image_place))
        xyxy.append(_corners(record, path, place))
        labels.append(_label(record, categories))
        crowd.append(bool(record.get("iscrowd")))
    yield Batch(
        images=names,
        image_sizes=np.array(sizes, float).reshape(-1, 2),
        xyxy=np.array(xyxy, float).reshape(-1, 4),
        labels=labels,
        flags={"crowd": np.array(crowd, bool)},
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


def _by_id(document: Record, name: str, path: Path) -> dict[int | str, tuple[int, Record]]:
    return {
        _id(record, "id", name, path, place): (place, record)
        for place, record in _records(document, name, path)
    }


def _id(record: Record, key: str, name: str, path: Path, place: int) -> int | str:
    value = record.get(key)
    if isinstance(value, (int, str)):
        return value
    message = f"{name} record: {key} is {shorten(value)}, expected a number or text"
    raise BoxesError(message, path=path, line=place)


def _size(image: Record, image_size: ImageSize | None, path: Path, place: int) -> ImageSize:
    width = number(image.get("width"), "images record: width", path, place)
    height = number(image.get("height"), "images record: height", path, place)
    return known_size(width, height, image_size, path, place)


def _corners(record: Record, path: Path, place: int) -> tuple[float, ...]:
    bbox = record.get("bbox")
    if not isinstance(bbox, list) or len(bbox) != 4:
        message = f"annotations record: bbox is {shorten(bbox)}, expected [x, y, width, height]"
        raise BoxesError(message, path=path, line=place)
    x, y, width, height = (number(each, "annotations record: bbox", path, place) for each in bbox)
    return x, y, x + width, y + height


def _label(record: Record, categories: dict[int | str, tuple[int, Record]]) -> str | None:
    category = record.get("category_id")
    if not isinstance(category, (int, str)):
        return None
    _, described = categories.get(category, (0, {}))
    return str(described.get("name", category))


FORMAT = Format("coco", "COCO JSON", _detect, _read)
