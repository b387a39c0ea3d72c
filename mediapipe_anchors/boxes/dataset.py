"""`Boxes`: the usable boxes of a data set, one array a column, and how they were read."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import MediaPipeAnchorsError

Resize = Literal["stretch", "letterbox"]


@dataclasses.dataclass(frozen=True)
class ReadReport:
    """What was read, and what became of it: `read` = `kept` + the sum of `dropped`.

    Attributes:
        path: the file or folder.
        format: name of the format.
        detected: whether the format was found out (False: the caller named it).
        read: boxes found in the files.
        kept: boxes that can be used.
        images: images with at least one box that can be used.
        dropped: boxes left out, by reason; each counts once, under the first reason that holds.
        noted: boxes kept although something is to be said about them, by remark ("clipped to the
            image", "beyond the image", "difficult", "repeated image id" ...); a box may count
            under several.
    """

    path: str
    format: str
    detected: bool
    read: int
    kept: int
    images: int
    dropped: dict[str, int]
    noted: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, eq=False)
class Boxes:
    """N boxes of positive area, each with the size of its image.

    Attributes:
        xyxy: float64 [N, 4], xmin, ymin, xmax, ymax in pixels of the image; width = xmax - xmin.
        image_sizes: float64 [N, 2], width and height in pixels of the image that holds the box.
        image_ids: int64 [N], index into `image_names`: the group to split data by.
        class_ids: int64 [N], index into `labels`; -1 where the file names no class.
        image_names: names of the images that hold the boxes.
        labels: names of the classes.
        report: how they were read.
    """

    xyxy: npt.NDArray[np.float64]
    image_sizes: npt.NDArray[np.float64]
    image_ids: npt.NDArray[np.int64]
    class_ids: npt.NDArray[np.int64]
    image_names: tuple[str, ...]
    labels: tuple[str, ...]
    report: ReadReport

    def __len__(self) -> int:
        return len(self.xyxy)

    def wh(
        self, input_size: tuple[float, float] | None = None, *, resize: Resize = "stretch"
    ) -> npt.NDArray[np.float64]:
        """Width and height of each box as fractions of the model input.

        Args:
            input_size: (width, height) of the model input in pixels; "letterbox" needs it.
            resize: how the image becomes the model input. "stretch": each side scaled to fit, so
                that the fractions are those of the image. "letterbox": both sides scaled by the
                one factor at which it fits, with a border (`keep_aspect_ratio` of
                `ImageToTensorCalculator`).

        Returns:
            float64 [N, 2], the X of `AnchorFitter`.

        Raises:
            MediaPipeAnchorsError: unknown `resize`, or `input_size` missing or not positive.
        """
        sides = self.xyxy[:, 2:] - self.xyxy[:, :2]
        if resize == "stretch":
            return sides / self.image_sizes
        if resize != "letterbox":
            raise MediaPipeAnchorsError(
                field="resize", value=resize, expected="'stretch' or 'letterbox'"
            )
        model_input = np.array(check_size("input_size", input_size))
        scale = (model_input / self.image_sizes).min(axis=1, keepdims=True)
        fractions: npt.NDArray[np.float64] = sides * scale / model_input
        return fractions


def check_size(name: str, size: Any) -> tuple[float, float]:
    """`size` as (width, height), two finite positive numbers, or the error that names it."""
    try:
        width, height = (float(side) for side in size)
    except (TypeError, ValueError, OverflowError):
        width = height = np.nan
    if not (np.isfinite([width, height]).all() and min(width, height) > 0):
        raise MediaPipeAnchorsError(
            field=name, value=size, expected="(width, height), two positive numbers of pixels"
        )
    return width, height
