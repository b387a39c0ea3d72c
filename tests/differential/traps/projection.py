"""Traps of `DetectionLetterboxRemovalCalculator` and `DetectionProjectionCalculator`."""

from __future__ import annotations

from typing import Any

import numpy as np

from differential.traps.trap import OK, Trap
from mediapipe_anchors import Detections, project_detections, remove_letterbox

OURS = {"remove_letterbox": remove_letterbox, "project_detections": project_detections}


def trap(
    name: str, kernel: str, found: Detections, region: dict[str, Any], numbers: Any, **more: Any
) -> Trap:
    """`region` is what makes the stock calculators take `numbers`: the padding, or the matrix."""
    numbers = np.array(numbers, np.float32)
    return Trap(
        f"{kernel}: {name}",
        (f"stock_{kernel}", (found, region)),
        OK,
        lambda: (numbers, OURS[kernel](found, numbers)),
        **more,
    )


FOUND = Detections([[0.5, 0.2, 0.3, 0.4]], [0.9], [0], np.array([[[0.5, 0.6]]], np.float32))
NAN_BOX = Detections([[np.nan, 0.2, 0.3, 0.4]], [0.9], [0])
WIDE = {"image_width": 8, "image_height": 4}  # half of a square tensor is padding
THIN = {"width": 1e-30, "image_width": 4, "image_height": 4}  # the padding takes all of the tensor
LEFT_HALF = {"keep_aspect_ratio": False, "x_center": 0.25, "width": 0.5}
HALVED_X = [0.5, -0.0, 0, 0, 0, 1, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 1]

PROJECTION_TRAPS = [
    trap("boxes in the padding leave the image", "remove_letterbox", FOUND, WIDE,
         [0, 0.25, 0, 0.25], shows=lambda moved: moved[1].boxes[0, 1] < 0),
    trap("a padding that leaves nothing divides by 0", "remove_letterbox", FOUND, THIN,
         [0.5, 0, 0.5, 0], shows=lambda moved: np.isinf(moved[1].boxes[0, 2])),
    trap("a matrix maps from the tensor to the image", "project_detections", FOUND, LEFT_HALF,
         HALVED_X, shows=lambda moved: moved[1].boxes[0, 0] == 0.25),
    trap("corners of NaN leave an inside-out box of infinite size", "project_detections", NAN_BOX,
         LEFT_HALF, HALVED_X, shows=lambda moved: moved[1].boxes[0, 2] == -np.inf),
]  # fmt: skip
