"""What the readers share: the batch they yield, what makes a format, and careful parsing."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import BoxesError, shorten

ImageSize = tuple[float, float]


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """n boxes exactly as a file states them: nothing is clipped or left out yet.

    Attributes:
        images: n names, the image of each box.
        image_sizes: float64 [n, 2], width and height in pixels, finite and positive.
        xyxy: float64 [n, 4] in pixels; NaN where the file gives no number.
        labels: n class names, None where the file gives none.
        flags: bool [n] by what is to be said of a box: "crowd", "difficult", "ignored" as the file
            says, "repeated image id" ...
    """

    images: Sequence[str]
    image_sizes: npt.NDArray[np.float64]
    xyxy: npt.NDArray[np.float64]
    labels: Sequence[str | None]
    flags: dict[str, npt.NDArray[np.bool_]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Format:
    """An annotation format.

    Attributes:
        name: what `read_boxes(format=...)` takes.
        title: what people call it.
        detect: whether a path looks like it; cheap, never raises on a file that exists.
        read: yields the boxes of a path in batches. The second argument is the (width, height) of
            images whose size the files do not state, or None. Raises `BoxesError` with its place.
    """

    name: str
    title: str
    detect: Callable[[Path], bool]
    read: Callable[[Path, ImageSize | None], Iterator[Batch]]


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


def first_line(path: Path) -> str:
    """The first line that is not blank, cut to 500 characters; "" where there is none."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return next(
            (line.strip() for line in iter(lambda: file.readline(500), "") if line.strip()), ""
        )


def all_numbers(fields: Sequence[str]) -> bool:
    """Whether every field is a number."""
    try:
        list(map(float, fields))
    except ValueError:
        return False
    return True


def number(value: Any, what: str, path: Path, line: int | None) -> float:
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
    width: float, height: float, fallback: ImageSize | None, path: Path, line: int | None
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


def _stated(width: float, height: float) -> str:
    unstated = math.isnan(width) and math.isnan(height)
    return "none" if unstated else f"{width:g} x {height:g}"
