"""MediaPipe Tasks' ObjectDetector on a model."""

from __future__ import annotations

from typing import Any

import mediapipe
import numpy as np

from oracle.graphs import status_errors


def stock_object_detector(model: bytes, score_threshold: float = 0.3) -> list[tuple[Any, ...]]:
    """What it finds in a grey image: a row a detection of pixel box, and of names and scores."""
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.ObjectDetectorOptions(
        base_options=BaseOptions(model_asset_buffer=model), score_threshold=score_threshold
    )
    image = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.full((100, 100, 3), 99, np.uint8))
    with status_errors(), vision.ObjectDetector.create_from_options(options) as detector:
        found = detector.detect(image).detections
    return [_row(each) for each in found]


def _row(detection: Any) -> tuple[Any, ...]:
    box = detection.bounding_box
    named = [(each.category_name, each.index, each.score) for each in detection.categories]
    return (box.origin_x, box.origin_y, box.width, box.height, named)
