"""What the readers share: the batch they yield, what makes a format, and careful parsing."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import math
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.precision import any_of_row
from mediapipe_anchors.errors import BoxesError, shorten

ImageSize = tuple[float, float]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Origin = str | os.PathLike[str]  # what an error calls the source: a path, or "<DataFrame>"


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """n boxes exactly as their source states them: nothing is clipped or left out yet.

    Attributes:
        images: n names, the image of each box; none where the source does not tell images apart.
        image_sizes: float64 [n, 2], width and height in pixels, finite and positive.
        xyxy: float64 [n, 4] in pixels; NaN where the source gives no number.
        labels: n class names, none where the source gives none.
        flags: bool [n] by what is to be said of a box: any of `FLAGS` as the source says, or a
            remark of the reader such as "repeated image id".
        sizes_known: False: `xyxy` is in fractions of images of unknown size, `image_sizes` is 1.
        places_known: False: only width and height are known, `xyxy` starts at 0, 0.
    """

    images: Names
    image_sizes: Floats
    xyxy: Floats
    labels: Names
    flags: dict[str, Mask] = dataclasses.field(default_factory=dict)
    sizes_known: bool = True
    places_known: bool = True

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, rows: slice | Mask) -> Batch:
        return dataclasses.replace(
            self,
            images=self.images[rows],
            image_sizes=self.image_sizes[rows],
            xyxy=self.xyxy[rows],
            labels=self.labels[rows],
            flags={flag: mask[rows] for flag, mask in self.flags.items()},
        )

    @staticmethod
    def concatenate(parts: Sequence[Batch]) -> Batch:
        """The boxes of batches of one source, one after another."""
        if len(parts) == 1:
            return parts[0]
        flags = dict.fromkeys(flag for part in parts for flag in part.flags)
        return dataclasses.replace(
            parts[0],
            images=Names.concatenate([part.images for part in parts]),
            image_sizes=np.concatenate([part.image_sizes for part in parts]),
            xyxy=np.concatenate([part.xyxy for part in parts]),
            labels=Names.concatenate([part.labels for part in parts]),
            flags={
                flag: np.concatenate(
                    [part.flags.get(flag, np.zeros(len(part), bool)) for part in parts]
                )
                for flag in flags
            },
        )


# What a source may say of a box; the reasons of `drop` beside "duplicate".
FLAGS = ("crowd", "difficult", "group", "ignored", "invalid")


@dataclasses.dataclass(frozen=True)
class Format:
    """A format of annotations: of files, or of objects of other libraries.

    Attributes:
        name: what `read_boxes(format=...)` takes.
        title: what people call it.
        detect: whether a path or an object looks like it; cheap, never raises.
        read: yields the boxes of a path or an object in batches. The second argument is the (width,
            height) of images whose size is not stated, or None. Raises `BoxesError` with its place.
        shards: the files of a folder that can be read one by one, as if each stood alone.
    """

    name: str
    title: str
    detect: Callable[[Any], bool]
    read: Callable[[Any, ImageSize | None], Iterator[Batch]]
    shards: Callable[[Path], list[Path]] = lambda path: [path]


def shards_named(is_named_so: Callable[[str], bool]) -> Callable[[Path], list[Path]]:
    """A `Format.shards`: all the files below a folder whose name in lower case is so, in order."""

    def shards(path: Path) -> list[Path]:
        if not path.is_dir():
            return [path]
        return sorted(
            Path(folder, name)
            for folder, _, names in os.walk(path)
            for name in names
            if is_named_so(name.lower())
        )

    return shards


@contextlib.contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """Open UTF-8 text, gzipped or not; what is neither becomes a `BoxesError`."""
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as unzipped:
                yield unzipped
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield file
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BoxesError(f"not readable as text: {error}", path=path) from error


def first_lines(path: Path, count: int = 1) -> list[str]:
    """The first lines that are not blank, each cut to 500 characters; fewer where there are."""
    lines: list[str] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in iter(lambda: file.readline(500), ""):
            if line.strip():
                lines.append(line.strip())
            if len(lines) == count:
                break
    return lines


def all_numbers(fields: Sequence[str]) -> bool:
    """Whether every field is a number."""
    try:
        list(map(float, fields))
    except ValueError:
        return False
    return True


def number(value: Any, what: str, path: Origin, line: int | None) -> float:
    """`value` as a float; None and blank text are NaN (counted later as "not a number")."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return math.nan
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            return float(value)
    raise BoxesError(f"{what}: got {shorten(value)}, expected a number", path=path, line=line)


def is_size(width: float, height: float) -> bool:
    """Whether an image can have this size: both finite and positive."""
    return 0 < width < math.inf and 0 < height < math.inf


def known_size(
    width: float, height: float, fallback: ImageSize | None, path: Origin, line: int | None
) -> ImageSize:
    """(width, height) of an image as its file states it, else `fallback`, else the error."""
    if is_size(width, height):
        return width, height
    if fallback is not None:
        return fallback
    raise BoxesError(
        f"image size: got {_stated(width, height)}, expected two positive numbers of pixels; "
        "correct it or state it (image_size, --image-size)",
        path=path,
        line=line,
    )


def known_sizes(
    sizes: Floats,
    fallback: ImageSize | None,
    path: Origin,
    place: Callable[[int], int | None],
) -> Floats:
    """`known_size` for the rows of `sizes`, float64 [n, 2]; `place(row)` is the line of a row."""
    unknown = any_of_row(~(np.isfinite(sizes) & (sizes > 0)))
    known = sizes.copy()
    for row in np.flatnonzero(unknown):
        width, height = sizes[row].tolist()
        known[row] = known_size(width, height, fallback, path, place(int(row)))
    return known


def _stated(width: float, height: float) -> str:
    unstated = math.isnan(width) and math.isnan(height)
    return "none" if unstated else f"{width:g} x {height:g}"
