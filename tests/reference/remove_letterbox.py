"""Reference of `remove_letterbox`: `DetectionLetterboxRemovalCalculator`."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections
from reference.float32 import F


def remove_letterbox(detections: Detections, padding: npt.NDArray[np.float32]) -> Detections:
    """`padding` left, top, right, bottom as fractions of the letterboxed image."""
    left, top, right, bottom = padding
    with np.errstate(all="ignore"):
        origin = np.array([left, top], np.float32)
        inner = np.array([F(1) - (left + right), F(1) - (top + bottom)], np.float32)
        corners = (detections.boxes[:, :2] - origin) / inner
        sizes = detections.boxes[:, 2:] / inner
        keypoints = (detections.keypoints - origin) / inner
    boxes = np.concatenate([corners, sizes], axis=1)
    return dataclasses.replace(detections, boxes=boxes, keypoints=keypoints)
