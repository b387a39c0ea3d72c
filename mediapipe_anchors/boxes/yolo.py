"""YOLO text labels: a file an image, a line a box: class x_center y_center width height.

All but the class are fractions of the image. A line may be a polygon instead (segments, oriented
boxes): class x y x y ..., at least three points; its box is the one around it, and is noted as "box
around a polygon". Where the description of the data set states a `kpt_shape`, keypoints follow the
box, and are passed over.

A folder is searched with everything below it; where it holds folders named `labels`, only these
count. The image stands beside its label file, or under `images` in place of `labels`; only its
header is read, for its size as displayed (EXIF rotation applied). Without it `image_size` is
needed. Class names come from the description (`yolo_description`); else they are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize
from mediapipe_anchors.boxes.image_files import IMAGE_SUFFIXES, displayed_size
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named, first_lines, lines_of, open_text
from mediapipe_anchors.boxes.values import all_numbers, known_size, number
from mediapipe_anchors.boxes.yolo_description import Description, describe
from mediapipe_anchors.errors import BoxesError, shorten

_NOT_LABELS = ("classes.txt", "labels.txt", "train.txt", "val.txt", "valid.txt", "test.txt")
_COLUMNS = "class x_center y_center width height"
_POLYGON = "box around a polygon"
_LEAST_POLYGON = 7  # columns: the class and three points
_MOST = 2.0  # a coordinate that far beyond the image is no fraction of it


def _is_named_so(name: str) -> bool:
    is_label = name.endswith(".txt") and name not in _NOT_LABELS
    return is_label and not name.startswith("readme")


_text_files = files_named(_is_named_so)


def _detect(path: Path) -> bool:
    return any(_looks_like_labels(file) for file in _label_files(path))


def _looks_like_labels(path: Path) -> bool:
    if path.suffix.lower() != ".txt":
        return False
    fields = "".join(first_lines(path)).split()
    if not all_numbers(fields):
        return False
    if len(fields) == 5:
        return True
    is_odd = len(fields) >= _LEAST_POLYGON and len(fields) % 2 == 1
    return is_odd and fields[0].isdecimal() and all(-1 < float(each) < 2 for each in fields[1:])


def _label_files(path: Path) -> list[Path]:
    files = _text_files(path)
    if not path.is_dir():
        return files
    in_labels = [file for file in files if "labels" in file.relative_to(path).parts[:-1]]
    return in_labels or files


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    root = path if path.is_dir() else path.parent
    description = describe(root)
    images = _Images()
    for file in _label_files(path):
        labels = _Labels(file, description)
        labels.read()
        count = len(labels.class_ids)
        if not count:
            continue
        size = images.size(file, image_size)
        with np.errstate(over="ignore", invalid="ignore"):  # infinite ones are counted later
            xyxy = np.array(labels.corners) * np.tile(size, 2)
        yield Batch(
            images=Names.same(file.relative_to(root).with_suffix("").as_posix(), count),
            image_sizes=np.full((count, 2), size),
            xyxy=xyxy,
            labels=Names.of(description.names.get(each, str(each)) for each in labels.class_ids),
            flags={_POLYGON: np.array(labels.is_polygon)},
        )


class _Labels:
    """The boxes of one file, as fractions of its image."""

    def __init__(self, path: Path, description: Description) -> None:
        self._path = path
        self._description = description
        self._line = 0
        self.class_ids: list[int] = []
        self.corners: list[list[float]] = []
        self.is_polygon: list[bool] = []

    def read(self) -> None:
        """Take what stands in the file."""
        with open_text(self._path) as file:
            for line, text in enumerate(lines_of(file, self._path), start=1):
                self._line = line
                if line == 1 and text.strip().lower().endswith(IMAGE_SUFFIXES):
                    return  # a list of images, such as train2017.txt
                if fields := text.split():
                    self._take(fields)

    def _take(self, fields: list[str]) -> None:
        is_polygon = self._is_polygon(len(fields))
        used = fields if is_polygon else fields[:5]
        values = [number(field, "box", self._path, self._line) for field in used]
        if not values[0].is_integer():
            raise self._error(f"class: got {fields[0]}, expected a whole number")
        coordinates = values[1:]
        if any(_MOST < abs(each) < math.inf for each in coordinates):
            found = shorten(coordinates)
            raise self._error(f"box: got {found}, expected fractions of the image, 0 to 1")
        self.class_ids.append(int(values[0]))
        self.corners.append(_around(coordinates) if is_polygon else _corners(*coordinates))
        self.is_polygon.append(is_polygon)

    def _is_polygon(self, columns: int) -> bool:
        with_keypoints = 5 + self._description.keypoint_columns
        if columns in (5, with_keypoints):
            return False
        if with_keypoints > 5:
            also = f", or {with_keypoints} with the keypoints of kpt_shape"
        elif columns >= _LEAST_POLYGON and columns % 2:
            return True
        elif columns == 6:
            also = "; a score in the sixth is that of a detector's results, no ground truth"
        else:
            also = f", or class x y x y ... of a polygon, {_LEAST_POLYGON} or more"
            also += "; keypoints need a data.yaml with kpt_shape"
        raise self._error(f"{columns} columns, expected 5: {_COLUMNS}{also}")

    def _error(self, message: str) -> BoxesError:
        return BoxesError(message, path=self._path, line=self._line)


def _corners(x: float, y: float, width: float, height: float) -> list[float]:
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def _around(polygon: list[float]) -> list[float]:
    points = np.array(polygon).reshape(-1, 2)
    corners: list[float] = [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()]
    return corners


class _Images:
    """Finds the image of a label file; lists each folder once."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, Path]] = {}

    def size(self, label_file: Path, image_size: ImageSize | None) -> ImageSize:
        for folder in _image_folders(label_file.parent):
            image = self._listing(folder).get(label_file.stem)
            if image is not None:
                return displayed_size(image)
        return known_size(np.nan, np.nan, image_size, label_file, None)

    def _listing(self, folder: Path) -> dict[str, Path]:
        if folder not in self._folders:
            files = folder.iterdir() if folder.is_dir() else ()
            self._folders[folder] = {
                file.stem: file for file in files if file.suffix.lower() in IMAGE_SUFFIXES
            }
        return self._folders[folder]


def _image_folders(folder: Path) -> Iterator[Path]:
    yield folder
    parts = folder.absolute().parts
    if "labels" in parts:
        last = len(parts) - 1 - parts[::-1].index("labels")
        yield Path(*parts[:last], "images", *parts[last + 1 :])


FORMAT = Format("yolo", "YOLO text labels", _detect, _read)
