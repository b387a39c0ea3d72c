"""Anchors out of TFLite models, and others into them; done again it must change nothing."""

from __future__ import annotations

import contextlib
import dataclasses

import numpy as np

from mediapipe_anchors import MediaPipeAnchorsError, TensorMapping, TensorsToDetectionsOptions
from mediapipe_anchors.embed import embed_anchors, extract_anchors
from mediapipe_anchors.tflite import read_model

WORDS = [
    b"TFL3",
    b"M001",
    b"V001",
    b"FD01",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"TFLITE_METADATA",
    b"DETECTOR_METADATA",
    b"FACE_DETECTOR_METADATA",
    b"TFLite_Detection_PostProcess",
]
EXPANDED = 2**16
_SCALES = TensorsToDetectionsOptions(
    num_classes=1,
    num_coords=4,
    x_scale=10.0,
    y_scale=10.0,
    w_scale=5.0,
    h_scale=5.0,
    apply_exponential_on_box_size=True,
    tensor_mapping=TensorMapping(detections_tensor_index=0, scores_tensor_index=1),
)


def check(data: bytes) -> None:
    with contextlib.suppress(MediaPipeAnchorsError):
        found = extract_anchors(data)
        assert found.anchors.shape[1] == 4
    model = read_model(data)
    rows = [size for tensor in model.outputs for size in tensor.converted_shape if 0 < size < 999]
    decode = _SCALES
    if len(model.outputs) == 2 and all(len(each.converted_shape) > 2 for each in model.outputs):
        boxes, scores = (tensor.converted_shape for tensor in model.outputs)
        with contextlib.suppress(MediaPipeAnchorsError):
            decode = dataclasses.replace(
                decode, num_boxes=boxes[-2], num_coords=boxes[-1], num_classes=scores[-1]
            )
    for count in {4, *rows[:3]}:
        with contextlib.suppress(MediaPipeAnchorsError):
            embed(data, np.full((count, 4), 0.5, np.float32), decode)


def embed(data: bytes, anchors: np.ndarray, decode: TensorsToDetectionsOptions) -> None:
    written = embed_anchors(data, anchors, decode, mean=127.5, std=127.5)
    assert len(written) < 4 * len(data) + 2**16 + 100 * len(anchors)
    again = embed_anchors(written, anchors, decode, mean=127.5, std=127.5)
    assert again == written
    assert np.abs(extract_anchors(written).anchors - anchors).max() <= 0.01
