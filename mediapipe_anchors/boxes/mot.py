"""MOT Challenge ground truth: gt.txt of a sequence, or a folder with sequences anywhere below it.

A line is frame, id, left, top, width, height, flag, then class and visibility (MOT16 and later: 9
columns), x, y, z (MOT15: 10 columns), or nothing (7 columns). Left and top count from 1 and are
moved to 0, as MOT's own tools do. A 0 in the seventh column ("do not evaluate") sets the flag
"ignored": with these dropped, MOT16, 17 and 20 leave the pedestrians. The class is named by
labels.txt beside gt.txt (CVAT writes it), else as in MOT16.

The image size comes from seqinfo.ini beside gt.txt or one folder up; else `image_size` is needed.
"""

from __future__ import annotations

import configparser
import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.source_files import files_named, first_lines, lines_of, open_text
from mediapipe_anchors.boxes.values import all_numbers, known_size, number
from mediapipe_anchors.errors import BoxesError

_MOST_NAMES, _LARGEST_INI = 1 << 20, 1 << 20  # of classes; characters of seqinfo.ini
_MOT16_CLASSES = (
    "pedestrian",
    "person on vehicle",
    "car",
    "bicycle",
    "motorbike",
    "non-motorized vehicle",
    "static person",
    "distractor",
    "occluder",
    "occluder on the ground",
    "occluder full",
    "reflection",
    "crowd",
)
_USED, _COLUMNS_WITH_CLASS = 7, 9
_NUMBERS_OF_COLUMNS = (_USED, _COLUMNS_WITH_CLASS, 10)


_files = files_named(lambda name: name == "gt.txt")


def _detect(path: Path) -> bool:
    if path.is_dir():
        return bool(_files(path))
    if path.suffix.lower() != ".txt":
        return False
    fields = "".join(first_lines(path)).split(",")
    return len(fields) in _NUMBERS_OF_COLUMNS and all_numbers(fields)


def _read(path: Path, image_size: ImageSize | None) -> Iterator[Batch]:
    for file in _files(path):
        rows = list(_rows(file))
        if not rows:
            continue
        values = np.array([row[:_USED] for row in rows])
        corner = values[:, 2:4] - 1
        with np.errstate(over="ignore", invalid="ignore"):  # infinite ones are counted later
            opposite = corner + values[:, 4:6]
        classes = _class_names(file)
        sequence = _sequence(file)
        yield Batch(
            images=Names.of(f"{sequence}/{row[0]:.0f}" for row in rows),
            image_sizes=np.full((len(rows), 2), _image_size(file, image_size)),
            xyxy=np.concatenate([corner, opposite], axis=1),
            labels=Names.of(_label(row, classes) for row in rows),
            flags={"ignored": values[:, 6] == 0},
        )


def _rows(path: Path) -> Iterator[list[float]]:
    with open_text(path) as file:
        reader = csv.reader(lines_of(file, path))
        try:
            for fields in reader:
                if not any(fields):
                    continue
                if len(fields) not in _NUMBERS_OF_COLUMNS:
                    message = (
                        f"{len(fields)} columns, expected 7, 9 or 10: "
                        "frame, id, left, top, width, height, flag ..."
                    )
                    raise BoxesError(message, path=path, line=reader.line_num)
                yield [number(field, "box", path, reader.line_num) for field in fields]
        except csv.Error as error:
            raise BoxesError(f"not CSV: {error}", path=path, line=reader.line_num) from error


def _sequence(path: Path) -> str:
    folder = path.absolute().parent
    return folder.parent.name if folder.name == "gt" else folder.name


def _label(row: list[float], classes: tuple[str, ...]) -> str | None:
    if len(row) != _COLUMNS_WITH_CLASS:
        return None
    index = row[7]
    return classes[int(index) - 1] if 1 <= index <= len(classes) else f"{index:g}"


def _class_names(path: Path) -> tuple[str, ...]:
    labels = path.with_name("labels.txt")
    if not labels.is_file():
        return _MOT16_CLASSES
    with open_text(labels) as file:
        names = (line.strip() for line in lines_of(file, labels))
        return tuple(itertools.islice(names, _MOST_NAMES))


def _image_size(path: Path, image_size: ImageSize | None) -> ImageSize:
    folder = path.absolute().parent
    for file in (folder / "seqinfo.ini", folder.parent / "seqinfo.ini"):
        if file.is_file():
            return _sequence_size(file)
    if image_size is None:
        message = (
            "no seqinfo.ini beside it or one folder up; state the size (image_size, --image-size)"
        )
        raise BoxesError(message, path=path)
    return image_size


def _sequence_size(path: Path) -> ImageSize:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open_text(path) as file:
            parser.read_string(file.read(_LARGEST_INI))
        sequence = parser["Sequence"]
        stated = sequence["imWidth"], sequence["imHeight"]
    except (configparser.Error, KeyError) as error:
        raise BoxesError(f"no imWidth and imHeight under [Sequence]: {error}", path=path) from error
    width, height = (number(side, "image size", path, None) for side in stated)
    return known_size(width, height, None, path, None)


FORMAT = Format("mot", "MOT Challenge ground truth", _detect, _read)
