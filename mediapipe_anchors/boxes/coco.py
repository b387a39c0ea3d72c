"""COCO JSON: `images`, `annotations` and, if any, `categories` in one file, plain or gzipped.

`bbox` is x, y, width, height in pixels. `iscrowd` sets the flag "crowd", and `ignore` "ignored".
Errors give the place of the record in its list, from 1, as their line. The text is walked through
once and not held.

A folder stands for all such files below it, such as the _annotations.coco.json of each split. Ids
count within their file; images are named with the folder of theirs.

Files that were merged may repeat ids. Images of one id must have one size, and categories of one id
one name; the boxes of such images are kept under the first file name and counted as "repeated image
id". Annotations of one id are all kept, as COCO's own tools do, and counted as "repeated annotation
id".
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.batch import Batch, Floats, Format, ImageSize
from mediapipe_anchors.boxes.json_stream import Walker
from mediapipe_anchors.boxes.names import NO_NAME, Names
from mediapipe_anchors.boxes.source_files import files_named, open_text
from mediapipe_anchors.boxes.values import is_size, known_size, number
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
    id: int | str | None = None
    category_id: int | str | None = None
    iscrowd: int | None = None
    ignore: int | None = None


class _Category(msgspec.Struct, gc=False):
    id: int | str
    name: str


class _Stated(NamedTuple):
    """What the record of an image states."""

    place: int
    name: str
    width: float
    height: float


_SUFFIXES = (".json", ".json.gz")
_HEAD = 1 << 16  # characters of a file in a folder in which a list of COCO has to be named

_json_files = files_named(lambda name: name.endswith(_SUFFIXES))


def _detect(path: Path) -> bool:
    if not path.is_dir():
        return path.name.lower().endswith(_SUFFIXES)
    return any(map(_names_lists, _json_files(path)))


def _files(path: Path) -> list[Path]:
    files = _json_files(path)
    return [file for file in files if file == path or _names_lists(file) is not False]


def _names_lists(path: Path) -> bool | None:
    """Whether a file looks like COCO; None where it is not text, which reading it will say."""
    try:
        with open_text(path) as file:
            head = file.read(_HEAD)
    except BoxesError:
        return None
    return '"images"' in head or '"annotations"' in head


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in _files(path):
        folder = file.parent.relative_to(path).as_posix() if path.is_dir() else "."
        document = _Document(file, "" if folder == "." else f"{folder}/")
        with open_text(file) as text:
            document.read(Walker(text, file))
        yield document.batch(image_size)


class _Document:
    """What a file holds of images, boxes and categories, in whatever order they come."""

    def __init__(self, path: Path, folder: str) -> None:
        self._path = path
        self._folder = folder  # what the names of its images begin with
        self._images: dict[Id, _Stated] = {}
        self._repeated: dict[Id, list[_Stated]] = {}  # what later records of the same image state
        self._categories: dict[Id, str] = {}
        # One entry a box; an id is stored once, and for each box its number.
        self._image_ids: dict[Id, int] = {}
        self._category_ids: dict[Id, int] = {}
        self._image_codes, self._category_codes = array("q"), array("q")
        self._corners, self._crowd, self._ignored = array("d"), array("b"), array("b")
        self._id_hashes, self._has_id = array("q"), array("b")

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
                walker.skip()
            elif walker.is_list():
                take[key](walker)
            else:
                raise self._not_coco(key, found)
        for key in ("images", "annotations"):
            if key not in found:
                raise self._not_coco(key, found)

    def _not_coco(self, key: str, found: set[str]) -> BoxesError:
        message = (
            f"not COCO: expected a list {key!r}; found {shorten(sorted(found))}; "
            "what another tool wrote is to be exported from it as COCO"
        )
        return BoxesError(message, path=self._path)

    def _take_images(self, walker: Walker) -> None:
        for place, record in walker.records("images", _Image):
            if isinstance(record, dict):
                record = self._image(record, place)
            name = record.id if record.file_name is None else record.file_name
            stated = _Stated(
                place,
                f"{self._folder}{name}",
                math.nan if record.width is None else record.width,
                math.nan if record.height is None else record.height,
            )
            if self._images.setdefault(record.id, stated) is not stated:
                self._repeated.setdefault(record.id, []).append(stated)

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
            self._ignored.append(bool(record.ignore))
            self._id_hashes.append(hash(record.id))
            self._has_id.append(record.id is not None)

    def _take_categories(self, walker: Walker) -> None:
        for place, record in walker.records("categories", _Category):
            if isinstance(record, dict):
                key = self._id(record, "id", "categories", place)
                record = _Category(key, str(record.get("name", key)))
            known = self._categories.setdefault(record.id, record.name)
            if known != record.name:
                message = (
                    f"categories record: id {record.id!r} is {shorten(record.name)}, but "
                    f"{shorten(known)} before; give each category an id of its own"
                )
                raise BoxesError(message, path=self._path, line=place)

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
        return _Annotation(
            image_id=self._id(record, "image_id", "annotations", place),
            bbox=(x, y, width, height),
            id=_id_or_none(record.get("id")),
            category_id=_id_or_none(record.get("category_id")),
            iscrowd=bool(record.get("iscrowd")),
            ignore=bool(record.get("ignore")),
        )

    def _id(self, record: dict[str, Any], key: str, name: str, place: int) -> Id:
        value = _id_or_none(record.get(key))
        if value is not None:
            return value
        found = shorten(record.get(key))
        message = f"{name} record: {key} is {found}, expected a number or text"
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
            flags={
                "crowd": np.frombuffer(self._crowd, bool),
                "ignored": np.frombuffer(self._ignored, bool),
                "repeated image id": np.array([i in self._repeated for i in self._image_ids], bool)[
                    codes
                ],
                "repeated annotation id": self._repeats_id(),
            },
        )

    def _repeats_id(self) -> npt.NDArray[np.bool_]:
        """Of each box, whether others have its id too."""
        has_id = np.frombuffer(self._has_id, bool)
        _, which, uses = np.unique(
            np.frombuffer(self._id_hashes, np.int64)[has_id],
            return_inverse=True,
            return_counts=True,
        )
        repeats = np.zeros(len(has_id), bool)
        repeats[has_id] = uses[which.ravel()] > 1
        return repeats

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
            place, size = self._stated_size(image_id)
            sizes[code] = known_size(*size, image_size, self._path, place)
            names.append(self._images[image_id].name)
        return Names.of(names), sizes

    def _stated_size(self, image_id: Id) -> tuple[int, ImageSize]:
        """The size of an image, and the place of the record that states it."""
        records = [self._images[image_id], *self._repeated.get(image_id, [])]
        stating = [each for each in records if is_size(each.width, each.height)]
        first = stating[0] if stating else records[0]
        for each in stating:
            if (each.width, each.height) != (first.width, first.height):
                message = (
                    f"images record: id {image_id!r} is {each.width:g} x {each.height:g}, but "
                    f"{first.width:g} x {first.height:g} in record {first.place}; "
                    "give each image an id of its own"
                )
                raise BoxesError(message, path=self._path, line=each.place)
        return first.place, (first.width, first.height)


def _id_or_none(value: Any) -> Id | None:
    return value if isinstance(value, (int, str)) and not isinstance(value, bool) else None


FORMAT = Format("coco", "COCO JSON", _detect, _read, _files)
