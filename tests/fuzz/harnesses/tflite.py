"""TFLite models: read, and every constant of theirs looked at."""

from __future__ import annotations

import contextlib

from mediapipe_anchors import MediaPipeAnchorsError
from mediapipe_anchors.tflite import read_model

WORDS = [b"TFL3", b"TFLITE_METADATA", b"DETECTOR_METADATA", b"TFLite_Detection_PostProcess"]


def check(data: bytes) -> None:
    model = read_model(data)
    for tensor in model.tensors:
        with contextlib.suppress(MediaPipeAnchorsError):
            constant = model.constant(tensor.index)
            assert constant is None or constant.shape == tensor.shape
        producer = model.producer(tensor.index)
        assert producer is None or tensor.index in producer.outputs
