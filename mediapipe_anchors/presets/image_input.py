"""How an image becomes a model's input tensor, and boxes find their way back to the image."""

from __future__ import annotations

import dataclasses
import enum
import math
from typing import Any

from mediapipe_anchors.errors import OptionsError


class BorderMode(enum.IntEnum):
    """What a letterboxed tensor holds beyond the image, as `ImageToTensorCalculator` names it."""

    BORDER_ZERO = 1  # black
    BORDER_REPLICATE = 2  # the image's edge pixels


class MappedBackBy(enum.Enum):
    """The node that turns fractions of the tensor into fractions of the image."""

    PROJECTION = "DetectionProjectionCalculator"
    LETTERBOX_REMOVAL = "DetectionLetterboxRemovalCalculator"
    NOTHING = None  # stretched to fill the tensor: both fractions are the same


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageInput:
    """The input tensor of a detector, as `ImageToTensorCalculator` makes it from an RGB image.

    Attributes:
        width, height: of the tensor, in pixels.
        keep_aspect_ratio: True letterboxes the image, False stretches it.
        float_range: what pixel values 0 and 255 become in a float32 tensor; None for a model that
            takes uint8 pixels as they are.
        border_mode: what fills a letterbox.
        mapped_back_by: how detections return to the image. The two calculators agree up to the last
            bit of rounding; a letterboxed input needs one of them.
    """

    width: int
    height: int
    keep_aspect_ratio: bool = False
    float_range: tuple[float, float] | None = (-1.0, 1.0)
    border_mode: BorderMode = BorderMode.BORDER_ZERO
    mapped_back_by: MappedBackBy = MappedBackBy.PROJECTION

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            object.__setattr__(self, name, _size(name, getattr(self, name)))
        if self.float_range is not None:
            object.__setattr__(self, "float_range", _range(self.float_range))
        if self.keep_aspect_ratio and self.mapped_back_by is MappedBackBy.NOTHING:
            raise OptionsError(
                field="mapped_back_by",
                value=self.mapped_back_by,
                expected="PROJECTION or LETTERBOX_REMOVAL, since keep_aspect_ratio is set",
                fix="boxes would stay fractions of the letterboxed tensor",
            )


def _size(name: str, value: Any) -> int:
    whole = hasattr(value, "__index__") and not isinstance(value, bool)
    if not whole or not 1 <= value <= 2**31 - 1:
        raise OptionsError(field=name, value=value, expected="a number of pixels above 0")
    return int(value.__index__())


def _range(value: Any) -> tuple[float, float]:
    expected = "two finite numbers, the smaller first, or None for uint8"
    try:
        low, high = map(float, value)
    except (TypeError, ValueError, OverflowError):
        raise OptionsError(field="float_range", value=value, expected=expected) from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise OptionsError(field="float_range", value=value, expected=expected)
    return low, high
