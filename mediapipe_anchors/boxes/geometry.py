"""From pixels of an image to fractions of the model input: pure functions on arrays.

The model input shows a rectangle of the image, its window, stretched to the input. What of the
window lies beyond the image is border.
"""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import MediaPipeAnchorsError

Resize = Literal["stretch", "letterbox", "center_crop"]
Region = tuple[float, float, float, float]
Floats = npt.NDArray[np.float64]

WHOLE_IMAGE: Region = (0.0, 0.0, 1.0, 1.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Windows:
    """What the model input shows of each image.

    Attributes:
        corner: float64 [N, 2], left and top in pixels of the image; may lie outside the image.
        size: float64 [N, 2], width and height in pixels of the image.
        image_sizes: float64 [N, 2], width and height of the image itself.
    """

    corner: Floats
    size: Floats
    image_sizes: Floats

    def cut(self, xyxy: Floats) -> Floats:
        """`xyxy`, float64 [N, 4] in pixels of the image, without what the input does not show.

        A box that is not seen at all comes back with no area.
        """
        lowest = np.maximum(self.corner, 0.0)
        highest = np.minimum(self.corner + self.size, self.image_sizes)
        return np.clip(xyxy, np.tile(lowest, 2), np.tile(highest, 2))

    def sides(self, xyxy: Floats) -> Floats:
        """Width and height of each box as fractions of the input, float64 [N, 2]."""
        sides: Floats = (xyxy[:, 2:] - xyxy[:, :2]) / self.size
        return sides

    def centres(self, xyxy: Floats) -> Floats:
        """Centre of each box as fractions of the input, from its left and top, float64 [N, 2]."""
        centres: Floats = ((xyxy[:, :2] + xyxy[:, 2:]) / 2 - self.corner) / self.size
        return centres


def windows(
    image_sizes: Floats,
    input_size: tuple[float, float] | None,
    resize: Resize,
    roi: Region | None,
) -> Windows:
    """The window of each image.

    Args:
        image_sizes: float64 [N, 2], width and height in pixels.
        input_size: (width, height) of the model input in pixels; only "stretch" does without.
        resize: "stretch": the region itself. "letterbox": the region, made larger around its centre
            to the aspect of the input, as `keep_aspect_ratio` of `ImageToTensorCalculator` does.
            "center_crop": the largest part in the middle of the region that has this aspect.
        roi: xmin, ymin, xmax, ymax of the region as fractions of the image; None is all of it.

    Raises:
        MediaPipeAnchorsError: `resize` or `roi` is not valid, or `input_size` is not two positive
            numbers where it is needed.
    """
    if resize not in get_args(Resize):
        expected = " or ".join(map(repr, get_args(Resize)))
        raise MediaPipeAnchorsError(field="resize", value=resize, expected=expected)
    left, top, right, bottom = WHOLE_IMAGE if roi is None else check_region(roi)
    corner = image_sizes * [left, top]
    region = image_sizes * [right - left, bottom - top]
    if input_size is not None or resize != "stretch":
        model_input = np.array(check_size("input_size", input_size))
    if resize == "stretch":
        return Windows(corner, region, image_sizes)
    pixels = region / model_input  # pixels of the image for one of the input
    pick = np.max if resize == "letterbox" else np.min
    chosen = pick(pixels, axis=1, keepdims=True)
    size = np.where(pixels == chosen, region, model_input * chosen)  # no rounding where it fits
    return Windows(corner - (size - region) / 2, size, image_sizes)


def check_region(roi: object) -> Region:
    """`roi` as four numbers xmin < xmax and ymin < ymax within 0 and 1, or the error."""
    values = _numbers(roi, 4)
    if values is not None:
        left, top, right, bottom = values
        if 0 <= left < right <= 1 and 0 <= top < bottom <= 1:
            return left, top, right, bottom
    raise MediaPipeAnchorsError(
        field="roi",
        value=roi,
        expected="(xmin, ymin, xmax, ymax) as fractions of the image, 0 to 1",
    )


def check_size(name: str, size: object) -> tuple[float, float]:
    """`size` as (width, height), two finite positive numbers, or the error that names it."""
    values = _numbers(size, 2)
    if values is None or not (np.isfinite(values).all() and min(values) > 0):
        raise MediaPipeAnchorsError(
            field=name, value=size, expected="(width, height), two positive numbers of pixels"
        )
    return values[0], values[1]


def _numbers(values: object, count: int) -> list[float] | None:
    try:
        numbers = [float(value) for value in values]  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if len(numbers) == count else None
