"""TFLite models: what they are, and what their first and last rows are."""

from __future__ import annotations

import json

from mediapipe_anchors.cli.inspect_print import report_text, row_text
from mediapipe_anchors.inspection import inspect_model

WORDS = [b"TFL3", b"M001", b"V001", b"TFLITE_METADATA", b"TFLite_Detection_PostProcess"]


def check(data: bytes) -> None:
    report = inspect_model(data)
    json.dumps(report.to_dict(), allow_nan=False)
    assert max(map(len, report_text(report).splitlines())) <= 80
    if report.heads is None:
        return
    for row in {0, report.heads.num_boxes - 1}:
        found = report.row(row)
        json.dumps(found.to_dict(), allow_nan=False)
        assert row_text(report, found)
