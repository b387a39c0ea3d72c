"""Sizes of the images that stand beside annotations; only their header is read."""

from __future__ import annotations

from pathlib import Path

from PIL import ExifTags, Image

from mediapipe_anchors.boxes.batch import ImageSize
from mediapipe_anchors.errors import BoxesError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height


def displayed_size(path: Path) -> ImageSize:
    """(width, height) of an image as displayed: EXIF rotation applied.

    Raises:
        BoxesError: it cannot be read as an image.
    """
    try:
        with _open(path) as image:
            width, height = image.size
            sideways = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
    except (OSError, ValueError, SyntaxError) as error:
        raise BoxesError(f"not readable as an image: {error}", path=path) from error
    return (height, width) if sideways else (width, height)


def _open(path: Path) -> Image.Image:
    """As Pillow opens it, but however large it is: none of its pixels are read."""
    try:
        return Image.open(path)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        with path.open("rb") as file:
            start = file.read(16)
        for factory, accepts in map(Image.OPEN.__getitem__, Image.ID):
            if accepts and accepts(start):
                return factory(str(path), str(path))  # type: ignore[arg-type]
        raise ValueError("its format is not known") from None
