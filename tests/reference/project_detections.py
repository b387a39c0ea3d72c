"""Reference of `project_detections`: `DetectionProjectionCalculator`."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections
from reference.float32 import FLT_MAX, std_max, std_min

Floats = npt.NDArray[np.float32]


def project_detections(detections: Detections, matrix: Floats) -> Detections:
    """`matrix` 4 x 4 row-major; boxes become the upright hull of their projected corners."""
    with np.errstate(all="ignore"):
        keypoints = detections.keypoints.copy()
        for index in np.ndindex(keypoints.shape[:2]):
            keypoints[index] = _project(*keypoints[index], matrix)
        boxes = np.array([_project_box(box, matrix) for box in detections.boxes], np.float32)
    return dataclasses.replace(detections, boxes=boxes.reshape(-1, 4), keypoints=keypoints)


def _project(x: np.float32, y: np.float32, m: Floats) -> tuple[np.float32, np.float32]:
    return x * m[0] + y * m[1] + m[3], x * m[4] + y * m[5] + m[7]


def _project_box(box: Floats, matrix: Floats) -> tuple[np.float32, ...]:
    xmin, ymin, width, height = box
    corners = [(xmin, ymin), (xmin + width, ymin), (xmin + width, ymin + height)]
    corners.append((xmin, ymin + height))
    left = top = FLT_MAX
    right = bottom = -FLT_MAX
    for corner in corners:
        x, y = _project(*corner, matrix)
        left, top = std_min(left, x), std_min(top, y)
        right, bottom = std_max(right, x), std_max(bottom, y)
    return left, top, right - left, bottom - top
