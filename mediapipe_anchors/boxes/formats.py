"""Every format that can be read, and how that of a path or an object is found out."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, TypeGuard

from mediapipe_anchors.boxes import (
    coco,
    csv_file,
    frame,
    globox_set,
    mot,
    open_images,
    parquet,
    plain_array,
    supervision_set,
    tfrecord,
    voc,
    wider_face,
    yolo,
)
from mediapipe_anchors.boxes.batch import Format
from mediapipe_anchors.boxes.image_files import IMAGE_SUFFIXES
from mediapipe_anchors.boxes.source_files import check_is_file, first_lines, readable
from mediapipe_anchors.errors import BoxesError

_FILES = (coco, voc, yolo, csv_file, mot, wider_face, open_images, parquet, tfrecord)
_OBJECTS = (globox_set, supervision_set, frame, plain_array)

FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _FILES}
OBJECT_FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _OBJECTS}


def is_path(source: Any) -> TypeGuard[str | os.PathLike[str]]:
    """Whether `source` names a file or folder."""
    return isinstance(source, (str, os.PathLike))


def resolve(source: str | os.PathLike[str]) -> Path:
    """The path, if there is something there; else `FileNotFoundError`."""
    path = Path(source)
    with readable(path):
        exists = path.exists()
    if not exists:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    if not path.is_dir():
        check_is_file(path)
    return path


def describe(source: Any) -> str:
    """What reports and errors call a source: its path, or its type, such as "<DataFrame>"."""
    return str(source) if is_path(source) else f"<{type(source).__name__}>"


_STRANGERS = {
    (".zip", ".tar", ".tgz", ".tar.gz", ".rar", ".7z"): "an archive: unpack it",
    (".yaml", ".yml"): "a description of YOLO labels: give the folder of the labels",
    IMAGE_SUFFIXES: "an image: give its annotations",
    (".jsonl", ".ndjson", ".odgt"): "JSON line by line: convert it to COCO",
    (".npy", ".npz"): "an array: load it with NumPy, and give that",
}


def _guess(source: Any) -> str:
    """What a source of no format may be, and what to do about it; "" where we cannot say."""
    if not is_path(source) or Path(source).is_dir():
        return ""
    path = Path(source)
    for suffixes, meaning in _STRANGERS.items():
        if path.name.lower().endswith(suffixes):
            return meaning
    if "".join(first_lines(path)).lower().endswith(IMAGE_SUFFIXES):
        return "a list of images: give the folder of their labels"
    return ""


def find_format(source: Any, name: str | None) -> Format:
    """The format called `name`, or if that is None the one that `source` looks like.

    Raises:
        BoxesError: no format has that name, or not exactly one matches.
    """
    if isinstance(source, (list, tuple)) and any(map(is_path, source)):
        message = "several paths, expected one; sketch_boxes takes several, as does the fit command"
        raise BoxesError(message, path=describe(source))
    formats = FORMATS if is_path(source) else OBJECT_FORMATS
    if name is not None:
        if name in formats:
            return formats[name]
        known = ", ".join(formats)
        message = f"format: got {name!r}, expected one of {known}"
        raise BoxesError(message, path=describe(source))
    with readable(describe(source)):
        matches = [candidate for candidate in formats.values() if candidate.detect(source)]
    if len(matches) == 1:
        return matches[0]
    how = "format or --format" if is_path(source) else "format"
    if matches:
        names = " and ".join(match.name for match in matches)
        message = f"looks like {names}; choose with {how}"
    elif guess := _guess(source):
        message = f"format not recognised: {guess}"
    else:
        known = ", ".join(f"{each.name} ({each.title})" for each in formats.values())
        message = f"format not recognised; choose with {how}: {known}"
    raise BoxesError(message, path=describe(source))
