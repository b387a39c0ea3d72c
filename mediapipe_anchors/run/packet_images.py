"""Images as packets: their formats, and what MediaPipe must not be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import GraphRunError, shorten
from mediapipe_anchors.run.image_takers import ImageFormat, ImageTaker
from mediapipe_anchors.run.mediapipe_api import load_mediapipe

MAX_IMAGE_SIDE = 32766  # OpenCV's warp, inside MediaPipe, aborts the process on longer ones

IMAGE_FORMATS = {
    ("uint8", 1): "GRAY8",
    ("uint8", 3): "SRGB",
    ("uint8", 4): "SRGBA",
    ("uint16", 1): "GRAY16",
    ("uint16", 3): "SRGB48",
    ("uint16", 4): "SRGBA64",
    ("float32", 1): "VEC32F1",
    ("float32", 2): "VEC32F2",
}


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with shape {value.shape}"
    return f"{type(value).__name__} {shorten(value)}"


def wrong_value(name: str, value: Any, expected: str) -> GraphRunError:
    """The error for a value that does not become the packet it should."""
    several = isinstance(value, (list, tuple)) or hasattr(value, "__next__")
    fix = "for several frames pass inputs=[{stream: frame}, ...]" if several else None
    return GraphRunError(field=name, value=_describe(value), expected=expected, fix=fix)


def count_channels(array: npt.NDArray[Any]) -> int:
    """1 for [H, W], C for [H, W, C], 0 for what is no image."""
    if array.ndim == 2:
        return 1
    return int(array.shape[2]) if array.ndim == 3 else 0


def _pixels(name: str, value: Any) -> tuple[npt.NDArray[Any], Any]:
    """The contiguous pixels of an image array, and their `ImageFormat`."""
    array = np.asarray(value) if isinstance(value, np.ndarray) else None
    if array is not None and array.dtype.kind == "f":
        array = array.astype(np.float32)
    key = (array.dtype.name, count_channels(array)) if array is not None else None
    if array is None or key not in IMAGE_FORMATS:
        raise wrong_value(name, value, "an image, as uint8 [H, W, 3], [H, W] or [H, W, 4]")
    if key[1] == 1:
        array = array.reshape(array.shape[:2])
    image_format = getattr(load_mediapipe().image_format, IMAGE_FORMATS[key])
    return np.ascontiguousarray(array), image_format


def check_list(name: str, value: Any) -> None:
    """Raise `GraphRunError` unless `value` is a list, a tuple or an array of one dimension."""
    if not (isinstance(value, (list, tuple)) or getattr(value, "ndim", None) == 1):
        raise wrong_value(name, value, "a list")


def make_image(creator: str, name: str, value: Any) -> Any:
    """A packet of an image array, by mediapipe's `create_image` or `create_image_frame`."""
    pixels, image_format = _pixels(name, value)
    if 0 in pixels.shape:  # a pointer to no pixels is not safe to copy from
        raise wrong_value(name, value, "an image of at least one pixel")
    create = getattr(load_mediapipe().create, creator)
    # Copied, since the caller may write to the array while the graph still reads it.
    return create(pixels, image_format=image_format, copy=True)


def make_image_vector(name: str, value: Any) -> Any:
    """A packet of `vector<Image>` from a list of image arrays."""
    check_list(name, value)
    api = load_mediapipe()
    packets = [make_image("create_image", f"{name}[{i}]", v) for i, v in enumerate(value)]
    return api.create.create_image_vector([api.get.get_image(packet) for packet in packets])


def images_in(packet: Any, cpp_type: str) -> list[Any]:
    """The `Image` or `ImageFrame` objects in a packet; none where it holds something else."""
    get = load_mediapipe().get
    if cpp_type == "mediapipe::Image":
        return [get.get_image(packet)]
    if cpp_type == "mediapipe::ImageFrame":
        return [get.get_image_frame(packet)]
    if cpp_type == "std::vector<mediapipe::Image>":
        return list(get.get_image_list(packet))
    return []


def check_image(name: str, image: Any, takers: Sequence[ImageTaker]) -> None:
    """Raise `GraphRunError` for an image that MediaPipe does not survive.

    Args:
        name: what to call the image in the error.
        image: mediapipe's `Image` or `ImageFrame`.
        takers: the calculators that it reaches.
    """
    if not (0 < image.width <= MAX_IMAGE_SIDE and 0 < image.height <= MAX_IMAGE_SIDE):
        raise GraphRunError(
            field=name,
            value=f"an image of {image.width} x {image.height} pixels",
            expected=f"sides of 1 to {MAX_IMAGE_SIDE} pixels",
            fix="crop or scale it",
        )
    view = image.numpy_view()
    image_format = (view.dtype.name, count_channels(view))
    for taker in takers:
        if image_format not in taker.formats:
            raise GraphRunError(
                field=name,
                value=f"an image of {_format_text(image_format)}",
                expected=f"{' or '.join(map(_format_text, sorted(taker.formats)))}, which is all "
                f"that {taker.calculator} takes",
                fix=_fix(image_format, taker),
            )


def _format_text(image_format: ImageFormat) -> str:
    dtype, channels = image_format
    return f"{dtype} [H, W]" if channels == 1 else f"{dtype} [H, W, {channels}]"


def _fix(image_format: ImageFormat, taker: ImageTaker) -> str | None:
    dtype, channels = image_format
    if dtype == "uint16" and ("uint8", channels) in taker.formats:
        return "for 8 bits pass (image >> 8).astype(numpy.uint8)"
    if image_format == ("uint8", 1) and ("uint8", 3) in taker.formats:
        return "for RGB pass numpy.dstack([image] * 3)"
    return None
