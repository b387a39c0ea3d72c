"""YOLO text labels: a file an image, a line a box: class x_center y_center width height.

All but the class are fractions of the image. A folder is searched with everything below it; where
it holds folders named `labels`, only these count. The image stands beside its label file, or under
`images` in place of `labels`; only its header is read, for its size as displayed (EXIF rotation
applied). Without it `image_size` is needed. Class names come from classes.txt or the `names` of
data.yaml, in the folder or up to two above; else they are numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mediapipe_anchors.boxes.image_files import IMAGE_SUFFIXES, displayed_size
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.reading import (
    Batch,
    Format,
    ImageSize,
    all_numbers,
    first_lines,
    known_size,
    number,
    open_text,
)
from mediapipe_anchors.errors import BoxesError

_NOT_LABELS = {"classes.txt", "train.txt", "val.txt", "test.txt"}


def _detect(path: Path) -> bool:
    return any(_looks_like_labels(file) for file in _label_files(path))


def _looks_like_labels(path: Path) -> bool:
    if path.suffix.lower() != ".txt":
        return False
    fields = "".join(first_lines(path)).split()
    return len(fields) == 5 and all_numbers(fields)


def _label_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*.txt") if file.name not in _NOT_LABELS)
    in_labels = [file for file in files if "labels" in file.relative_to(path).parts[:-1]]
    return in_labels or files


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    root = path if path.is_dir() else path.parent
    names = _class_names(root)
    images = _Images()
    for file in _label_files(path):
        rows = list(_rows(file))
        if not rows:
            continue
        size = images.size(file, image_size)
        values = np.array(rows)
        centres, sides = values[:, 1:3], values[:, 3:]
        with np.errstate(over="ignore", invalid="ignore"):  # infinite ones are counted later
            corners = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
            xyxy = corners * np.tile(size, 2)
        yield Batch(
            images=Names.same(file.relative_to(root).with_suffix("").as_posix(), len(rows)),
            image_sizes=np.full((len(rows), 2), size),
            xyxy=xyxy,
            labels=Names.of(names.get(int(row[0]), str(int(row[0]))) for row in rows),
        )


def _rows(path: Path) -> Iterator[list[float]]:
    with open_text(path) as file:
        for line, text in enumerate(file, start=1):
            fields = text.split()
            if not fields:
                continue
            if len(fields) != 5:
                message = (
                    f"{len(fields)} columns, expected 5: class x_center y_center width height "
                    "(polygons and keypoints are not read)"
                )
                raise BoxesError(message, path=path, line=line)
            values = [number(field, "box", path, line) for field in fields]
            if not values[0].is_integer():
                message = f"class: got {fields[0]}, expected a whole number"
                raise BoxesError(message, path=path, line=line)
            yield values


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


def _class_names(root: Path) -> dict[int, str]:
    for folder in (root, *root.absolute().parents[:2]):
        if (folder / "classes.txt").is_file():
            with open_text(folder / "classes.txt") as file:
                return dict(enumerate(line.strip() for line in file))
        if (folder / "data.yaml").is_file():
            with open_text(folder / "data.yaml") as file:
                return _yaml_names(file.read())
    return {}


def _yaml_names(text: str) -> dict[int, str]:
    """The `names` of a data.yaml: `[a, b]`, lines of `- a`, or lines of `0: a`; {} if otherwise."""
    flow = re.search(r"^names:\s*\[([^\]]*)\]", text, re.MULTILINE)
    if flow:
        return dict(enumerate(_unquoted(name) for name in flow[1].split(",") if name.strip()))
    block = re.search(
        r"^names:[ \t]*(?:#.*)?\n((?:[ \t]*(?:-|\d+:)[ \t].*\n?)+)", text, re.MULTILINE
    )
    entries = block[1].splitlines() if block else []
    names = {}
    for index, entry in enumerate(entries):
        key, _, name = entry.strip().partition(" ")
        names[index if key == "-" else int(key[:-1])] = _unquoted(name)
    return names


def _unquoted(name: str) -> str:
    return name.split(" #")[0].strip().strip("'\"")


FORMAT = Format("yolo", "YOLO text labels", _detect, _read)
