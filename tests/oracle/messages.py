"""Between our types and MediaPipe's messages, float32 for float32."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from mediapipe.calculators.tensor import tensors_to_detections_calculator_pb2
from mediapipe.calculators.tflite import ssd_anchors_calculator_pb2
from mediapipe.calculators.util import non_max_suppression_calculator_pb2
from mediapipe.framework.formats import detection_pb2, location_data_pb2
from reference.top_score import top_score

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.options import (
    BoxBoundariesIndices,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)

_decode_message = tensors_to_detections_calculator_pb2.TensorsToDetectionsCalculatorOptions
_MESSAGE_OF = {
    SsdAnchorsOptions: ssd_anchors_calculator_pb2.SsdAnchorsCalculatorOptions,
    TensorsToDetectionsOptions: _decode_message,
    TensorMapping: _decode_message.TensorMapping,
    BoxBoundariesIndices: _decode_message.BoxBoundariesIndices,
    NonMaxSuppressionOptions: non_max_suppression_calculator_pb2.NonMaxSuppressionCalculatorOptions,
}


def options_message(options: Any) -> Any:
    """MediaPipe's message for one of our options objects; fields at their default stay unset."""
    message = _MESSAGE_OF[type(options)]()
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if field.name == "fixed_anchors":
            for x_center, y_center, w, h in () if value is None else value.tolist():
                message.fixed_anchors.add(x_center=x_center, y_center=y_center, w=w, h=h)
        elif value is None or repr(value) == repr(field.default):
            continue  # by repr, since -0.0 is not the default 0.0
        elif isinstance(value, tuple):
            getattr(message, field.name).extend(value)
        elif dataclasses.is_dataclass(value):
            getattr(message, field.name).CopyFrom(options_message(value))
            getattr(message, field.name).SetInParent()
        else:
            setattr(message, field.name, value)
    return message


def detection_messages(detections: Detections) -> list[detection_pb2.Detection]:
    """One `Detection` message a row, with all its classes where it carries several."""
    messages = []
    for index in range(len(detections)):
        message = detection_pb2.Detection()
        if detections.class_counts is None:
            message.score.append(detections.scores[index])
            message.label_id.append(detections.class_ids[index])
        else:
            count = detections.class_counts[index]
            message.score.extend(detections.all_scores[index, :count].tolist())
            message.label_id.extend(detections.all_class_ids[index, :count].tolist())
        location = message.location_data
        location.format = location_data_pb2.LocationData.RELATIVE_BOUNDING_BOX
        box = location.relative_bounding_box
        box.xmin, box.ymin, box.width, box.height = detections.boxes[index].tolist()
        for x, y in detections.keypoints[index].tolist():
            location.relative_keypoints.add(x=x, y=y)
        messages.append(message)
    return messages


def detections_from(
    messages: Sequence[detection_pb2.Detection], *, num_keypoints: int, max_classes: int = 1
) -> Detections:
    """Our `Detections`; per-class arrays of `max_classes` columns where that is above 1."""
    max_classes = max(max_classes, 1)
    n = len(messages)
    boxes = np.zeros((n, 4), np.float32)
    scores, class_ids = np.zeros(n, np.float32), np.zeros(n, np.int32)
    keypoints = np.zeros((n, num_keypoints, 2), np.float32)
    counts = np.zeros(n, np.int32)
    all_scores = np.zeros((n, max_classes), np.float32)
    all_class_ids = np.full((n, max_classes), -1, np.int32)
    for index, message in enumerate(messages):
        box = message.location_data.relative_bounding_box
        boxes[index] = box.xmin, box.ymin, box.width, box.height
        points = message.location_data.relative_keypoints
        keypoints[index] = np.reshape([(point.x, point.y) for point in points], (num_keypoints, 2))
        counts[index] = count = len(message.score)
        all_scores[index, :count] = message.score
        all_class_ids[index, :count] = message.label_id
        top = top_score(all_scores[index, :count])
        scores[index], class_ids[index] = all_scores[index, top], all_class_ids[index, top]
    if max_classes == 1:
        return Detections(boxes, scores, class_ids, keypoints)
    return Detections(boxes, scores, class_ids, keypoints, counts, all_scores, all_class_ids)
