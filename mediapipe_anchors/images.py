"""Images and video frames from files, as RGB arrays."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from mediapipe_anchors.errors import MediaPipeAnchorsError, MissingExtraError

RgbImage = npt.NDArray[np.uint8]

VIDEO_SUFFIXES = (
    *(".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4"),
    *(".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"),
)


class VideoFrame(NamedTuple):
    """One frame of a video: `timestamp` in microseconds from its start, `image` uint8 [H, W, 3]."""

    timestamp: int
    image: RgbImage


def read_image(path: str | os.PathLike[str]) -> RgbImage:
    """The image in a file as uint8 [H, W, 3], RGB, turned as its EXIF orientation says.

    Transparency is dropped; 16-bit greys are scaled to 8 bits; of an animation, the first frame.

    Raises:
        FileNotFoundError: there is no such file.
        MediaPipeAnchorsError: the file holds no image that Pillow reads, or one cut short.
    """
    path = Path(path)
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            return np.array(_eight_bits(upright).convert("RGB"))
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except UnidentifiedImageError:
        raise _unreadable(path, "not an image that Pillow can read") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(path, str(error)) from error


def list_images(folder: str | os.PathLike[str]) -> list[Path]:
    """The image files right inside a folder, in natural order: 2.png before 10.png."""
    known = Image.registered_extensions()
    readable = {suffix for suffix, name in known.items() if name in Image.OPEN}
    files = (
        path
        for path in Path(folder).iterdir()
        if path.suffix.lower() in readable
        and not is_video(path)
        and not path.name.startswith(".")
        and path.is_file()
    )
    return sorted(files, key=lambda path: (_natural(path.name), path.name))


def is_video(path: str | os.PathLike[str]) -> bool:
    """Whether the name of a file ends as videos' names do."""
    return Path(path).suffix.lower() in VIDEO_SUFFIXES


def read_video(path: str | os.PathLike[str]) -> Iterator[VideoFrame]:
    """The frames of a video in their order, turned upright.

    Raises:
        FileNotFoundError: there is no such file.
        MissingExtraError: PyAV is not installed.
        MediaPipeAnchorsError: the file holds no video that PyAV reads, or breaks off.
    """
    with _open_video(Path(path)) as (container, stream):
        yield from _frames(container, stream)


def count_frames(path: str | os.PathLike[str]) -> int | None:
    """How many frames a video says it has; None where it does not say. Raises as `read_video`."""
    with _open_video(Path(path)) as (_, stream):
        return int(stream.frames) or None


@contextlib.contextmanager
def _open_video(path: Path) -> Iterator[tuple[Any, Any]]:
    """A container of PyAV and its first video stream."""
    try:
        import av
    except ImportError:
        raise MissingExtraError("reading a video", "video") from None
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise _unreadable(path, "it holds no video")
            yield container, container.streams.video[0]
    except av.FFmpegError as error:
        raise _unreadable(path, str(error)) from error


def _frames(container: Any, stream: Any) -> Iterator[VideoFrame]:
    stream.thread_type = "AUTO"
    rate = float(stream.average_rate or 30)
    last = -1
    for index, frame in enumerate(container.decode(stream)):
        seconds = frame.time if frame.time is not None else index / rate
        last = max(last + 1, round(seconds * 1_000_000))  # broken files repeat timestamps
        pixels = frame.to_ndarray(format="rgb24")
        turns = round(getattr(frame, "rotation", 0) / 90) % 4
        yield VideoFrame(last, np.ascontiguousarray(np.rot90(pixels, turns)))


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 bits or more in 8; others as they are. (Pillow's own conversion clips.)"""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image, np.uint16) >> 8).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("pixels of floating point have no agreed range")
    if image.mode == "I":  # 32 bits; Pillow reads 16-bit PNG so
        return Image.fromarray(np.clip(np.asarray(image) >> 8, 0, 255).astype(np.uint8))
    return image


def _natural(name: str) -> list[tuple[int, int | str]]:
    parts = re.split(r"(\d+)", name.lower())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part]


def _unreadable(path: Path, why: str) -> MediaPipeAnchorsError:
    return MediaPipeAnchorsError(f"{path}: cannot be read: {why}")
