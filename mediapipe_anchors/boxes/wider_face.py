"""WIDER FACE text, such as wider_face_train_bbx_gt.txt, or a folder with such files below it.

For each image its name, the number of faces, and a line a face: x y width height blur expression
illumination invalid occlusion pose; an image without a face has a line of zeros, which is no box.
A face marked invalid sets the flag "invalid".

The images are looked for in a folder `images` beside the file or in one of the folders
WIDER_train, WIDER_val or WIDER_test one folder up, as the data set is laid out; only their headers
are read. Without them `image_size` is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize
from mediapipe_anchors.boxes.image_files import IMAGE_SUFFIXES, displayed_size
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named, first_lines, lines_of, open_text
from mediapipe_anchors.boxes.values import known_size, number
from mediapipe_anchors.errors import BoxesError, shorten

_LABEL = "face"
_COLUMNS = "x y width height blur expression illumination invalid occlusion pose"
_COUNT, _INVALID = 10, 7


_files = files_named(lambda name: name.endswith("_bbx_gt.txt"))


def _detect(path: Path) -> bool:
    if path.is_dir():
        return bool(_files(path))
    if path.suffix.lower() != ".txt":
        return False
    lines = first_lines(path, 2)
    return len(lines) == 2 and lines[0].lower().endswith(IMAGE_SUFFIXES) and lines[1].isdecimal()


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in _files(path):
        yield from _read_file(file, image_size)


def _read_file(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    folders = _image_folders(path)
    with open_text(path) as file:
        lines = _Lines(file, path)
        for name in lines:
            place = lines.number
            faces = lines.faces()
            if not faces:
                continue
            values = np.array(faces)
            with np.errstate(over="ignore", invalid="ignore"):  # infinite ones are counted later
                opposite = values[:, :2] + values[:, 2:4]
            yield Batch(
                images=Names.same(name, len(faces)),
                image_sizes=np.full((len(faces), 2), _size(name, folders, image_size, path, place)),
                xyxy=np.concatenate([values[:, :2], opposite], axis=1),
                labels=Names.same(_LABEL, len(faces)),
                flags={"invalid": values[:, _INVALID] == 1},
            )


class _Lines:
    """The lines of the file that are not blank, and the number of the last one."""

    def __init__(self, file: IO[str], path: Path) -> None:
        self._lines = enumerate(lines_of(file, path), start=1)
        self._path = path
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for place, line in self._lines:
            self.number = place
            if line.strip():
                yield line.strip()

    def faces(self) -> list[list[float]]:
        """The boxes of an image, from the line with their number on."""
        text = self._line("the number of faces")
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise self._error(f"number of faces: got {shorten(text)}, expected a whole number")
        count = int(text)
        rows = [self._face() for _ in range(max(count, 1))]
        if count == 0 and any(rows[0]):
            raise self._error("a face in an image of 0 faces, expected a line of zeros")
        return rows[:count]

    def _face(self) -> list[float]:
        fields = self._line(f"a face: {_COLUMNS}").split()
        if len(fields) != _COUNT:
            raise self._error(f"{len(fields)} columns, expected {_COUNT}: {_COLUMNS}")
        return [number(field, "face", self._path, self.number) for field in fields]

    def _line(self, expected: str) -> str:
        line = next(iter(self), None)
        if line is None:
            raise self._error(f"the file ends, expected {expected}")
        return line

    def _error(self, message: str) -> BoxesError:
        return BoxesError(message, path=self._path, line=self.number)


def _image_folders(path: Path) -> list[Path]:
    folder = path.absolute().parent
    splits = (f"WIDER_{split}" for split in ("train", "val", "test"))
    return [folder / "images", folder, *(folder.parent / split / "images" for split in splits)]


def _size(
    name: str, folders: list[Path], image_size: ImageSize | None, path: Path, line: int
) -> ImageSize:
    for folder in folders:
        if (folder / name).is_file():
            return displayed_size(folder / name)
    return known_size(np.nan, np.nan, image_size, path, line)


FORMAT = Format("wider_face", "WIDER FACE text", _detect, _read)
