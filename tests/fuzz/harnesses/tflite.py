"""TFLite models: read and inspected."""

from __future__ import annotations

import contextlib
import json

from mediapipe_anchors import MediaPipeAnchorsError, inspect_model
from mediapipe_anchors.cli.inspect_print import report_text, row_text
from mediapipe_anchors.tflite import Model, read_model

EXPANDED = 2**16
WORDS = [b"TFL3", b"TFLITE_METADATA", b"M001", b"DETECTOR_METADATA", b"V001", b"PK\5\6"]
REFUSED = contextlib.suppress(MediaPipeAnchorsError)


def check(data: bytes) -> None:
    model = read_model(data)
    with REFUSED:
        _check_tensors(model)
    with REFUSED:
        report = inspect_model(data)
        assert max(map(len, report_text(report).splitlines())) <= 80
        json.dumps(report.to_dict(), allow_nan=False)
        for row in (1, -1 if report.heads is None else report.heads.num_boxes - 1):
            with REFUSED:
                found = report.row(row)
                assert row_text(report, found)
                json.dumps(found.to_dict(), allow_nan=False)


def _check_tensors(model: Model) -> None:
    for tensor in model.tensors:
        producer = model.producer(tensor.index)
        assert producer is None or tensor.index in producer.outputs
        with REFUSED:
            constant = model.constant(tensor.index)
            assert constant is None or constant.shape == tensor.shape
