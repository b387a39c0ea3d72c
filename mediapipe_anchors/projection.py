"""Detections from the model's input back to the image that it was cut from."""

from __future__ import annotations

import dataclasses

import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.detections import Detections
from mediapipe_anchors.errors import check_kind


def remove_letterbox(detections: Detections, padding: npt.ArrayLike) -> Detections:
    """Detections relative to the padded input -> relative to the image inside the padding.

    As `DetectionLetterboxRemovalCalculator`, bit for bit.

    Args:
        detections: relative to the padded input.
        padding: float32 [4]: left, top, right, bottom as fractions of the padded input.

    Raises:
        TensorError: `padding` is not four numbers.
    """
    check_kind("detections", detections, Detections)
    boxes, keypoints = _core.remove_letterbox(padding, detections.boxes, detections.keypoints)
    return dataclasses.replace(detections, boxes=boxes, keypoints=keypoints)


def project_detections(detections: Detections, matrix: npt.ArrayLike) -> Detections:
    """Map detections with a matrix; a box becomes the axis-aligned hull of its projected corners.

    As `DetectionProjectionCalculator`, bit for bit.

    Args:
        detections: relative to the model's input.
        matrix: float32 [16] or [4, 4], row-major: normalised input to normalised image coordinates,
            as `ImageToTensorCalculator` gives in MATRIX. Only its x, y rows and columns are used.

    Raises:
        TensorError: `matrix` is not sixteen numbers.
    """
    check_kind("detections", detections, Detections)
    boxes, keypoints = _core.project_detections(matrix, detections.boxes, detections.keypoints)
    return dataclasses.replace(detections, boxes=boxes, keypoints=keypoints)
