"""`InputBoxes`: boxes as they stand on the model input, and what of them it does not show."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.geometry import Floats, Region, Resize, Windows, windows
from mediapipe_anchors.boxes.precision import ROUNDING, any_of_row, is_thin, unit_of
from mediapipe_anchors.errors import MediaPipeAnchorsError

if TYPE_CHECKING:
    from mediapipe_anchors.boxes.dataset import Boxes


@dataclasses.dataclass(frozen=True, eq=False)
class InputBoxes:
    """M boxes on the model input.

    Attributes:
        xywh: float64 [M, 4], x_center, y_center, w, h as fractions of the model input.
        rows: int64 [M], which of the `Boxes` each is, in their order.
        dropped: boxes left out, by reason ("outside the crop", "smaller than 8 pixels of the
            input"); each counts once, under the first reason that holds.
        noted: boxes kept although something is to be said about them ("cut at the crop").
    """

    xywh: Floats
    rows: npt.NDArray[np.int64]
    dropped: dict[str, int]
    noted: dict[str, int]

    def __len__(self) -> int:
        return len(self.xywh)

    @property
    def wh(self) -> Floats:
        """Width and height, float64 [M, 2], the X of `AnchorFitter`."""
        return self.xywh[:, 2:]


@dataclasses.dataclass(frozen=True, eq=False)
class Seen:
    """What `see` finds: the boxes that are left, in pixels of their images, and their windows."""

    xyxy: Floats
    windows: Windows
    sides: Floats
    rows: npt.NDArray[np.int64]
    dropped: dict[str, int]
    noted: dict[str, int]
    places_known: bool

    def placed(self) -> InputBoxes:
        """The boxes at their places."""
        if not self.places_known:
            raise _unknown_places()
        xywh = np.concatenate([self.windows.centres(self.xyxy), self.sides], axis=1)
        return InputBoxes(xywh, self.rows, self.dropped, self.noted)


def see(
    boxes: Boxes,
    input_size: tuple[float, float] | None,
    resize: Resize,
    roi: Region | None,
    min_size: float,
    clip: bool,
) -> Seen:
    """The boxes that the model input shows; the arguments are those of `Boxes.on_input`."""
    crops = roi is not None or resize == "center_crop"
    shown = windows(boxes.image_sizes, input_size, resize, roi)
    if resize != "stretch" and not boxes.sizes_known:
        raise MediaPipeAnchorsError(
            field="resize",
            value=resize,
            expected="'stretch', as the size of the images is not known",
            fix="state it when reading (image_size, --image-size)",
        )
    if crops and not boxes.places_known:
        raise _unknown_places()
    smallest = _check_min_size(min_size, input_size)
    xyxy = shown.cut(boxes.xyxy) if crops or clip else boxes.xyxy
    sides = shown.sides(xyxy)
    unit = unit_of(boxes.sizes_known)
    left = np.ones(len(boxes), bool)
    dropped: dict[str, int] = {}
    if crops:
        _drop("outside the crop", is_thin(xyxy, unit), left, dropped)
    if smallest is not None:
        too_small = any_of_row(sides * np.array(input_size) < smallest)
        _drop(f"smaller than {smallest:g} pixels of the input", too_small, left, dropped)
    noted: dict[str, int] = {}
    if crops:
        changed = any_of_row(abs(xyxy - boxes.xyxy) > ROUNDING * unit) & left
        noted = {"cut at the crop": int(changed.sum())} if changed.any() else {}
    rows = np.flatnonzero(left)
    if len(rows) < len(left):
        shown = Windows(shown.corner[rows], shown.size[rows], shown.image_sizes[rows])
        xyxy, sides = xyxy[rows], sides[rows]
    return Seen(xyxy, shown, sides, rows, dropped, noted, boxes.places_known)


def _drop(
    reason: str, mask: npt.NDArray[np.bool_], left: npt.NDArray[np.bool_], dropped: dict[str, int]
) -> None:
    count = int((left & mask).sum())
    left &= ~mask
    if count:
        dropped[reason] = count


def _check_min_size(min_size: float, input_size: tuple[float, float] | None) -> float | None:
    try:
        smallest = float(min_size)
    except (TypeError, ValueError, OverflowError):
        smallest = np.nan
    if not 0 <= smallest < np.inf:
        expected = "a number of pixels of the model input, 0 or more"
        raise MediaPipeAnchorsError(field="min_size", value=min_size, expected=expected)
    if smallest and input_size is None:
        raise MediaPipeAnchorsError(
            field="input_size", value=None, expected="(width, height) in pixels beside min_size"
        )
    return smallest or None


def _unknown_places() -> MediaPipeAnchorsError:
    return MediaPipeAnchorsError(
        "places of the boxes: not known, as width and height alone were given; pass corners "
        "(xmin, ymin, xmax, ymax) to place boxes or to crop"
    )
