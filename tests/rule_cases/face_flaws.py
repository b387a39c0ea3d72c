"""Models whose metadata MediaPipe Tasks FaceDetector misreads."""

from __future__ import annotations

import flatbuffers
import numpy as np
from tflite_builder import Fields, write_table

from rule_cases.detector import BOXES, SCORES
from rule_cases.tasks_flaws import tasks_model

POINTS = np.zeros((1, 4, 12))  # FaceDetector's six keypoints, at the centre of the anchor
NUMBERS = (1, 4, 16, 0, 4, 6, 2)
DECODING: Fields = {
    **{slot: ("int32", number) for slot, number in enumerate(NUMBERS)},
    **dict.fromkeys(range(7, 11), ("float32", 1.0)),  # scales
    11: ("float32", 100.0),  # score_clipping_thresh
    13: ("bool", True),  # sigmoid_score
}
LAYOUT: Fields = {
    0: ("int32", 1),
    2: ("float32", 0.5),
    3: ("float32", 0.5),
    4: ("float32", 0.5),  # anchor_offset_x and _y
    5: ("float32", 0.5),
    6: ("int32s", [8]),
    7: ("float32s", [1.0]),
    9: ("float32", -1.0),  # no interpolated anchor
}


def without(fields: Fields, *slots: int) -> Fields:
    return {slot: value for slot, value in fields.items() if slot not in slots}


def face_model(layout: Fields = LAYOUT, decoding: Fields = DECODING) -> bytes:
    """A detector of six keypoints with `FACE_DETECTOR_METADATA`."""
    builder = flatbuffers.Builder(256)
    fields: dict[int, tuple[str, object]] = {0: ("text", "1.0.0")}
    for slot, table in ((1, layout), (2, decoding)):
        fields[slot] = ("offset", write_table(builder, table))
    builder.Finish(write_table(builder, fields), b"FD01")
    boxes = np.concatenate([BOXES, POINTS], 2)
    data = bytes(builder.Output())
    return tasks_model(outputs=(boxes, SCORES), custom=data, entry="FACE_DETECTOR_METADATA")


SOUND = face_model()

# Code, field and model; the scores or the places that FaceDetector gives are others.
FLAWS = {
    "no clipping": (
        "face-scores-clipped-away",
        "FACE_DETECTOR_METADATA.score_clipping_thresh",
        face_model(decoding=without(DECODING, 11)),
    ),
    "no offsets": (
        "face-anchors-in-corners",
        "FACE_DETECTOR_METADATA.anchor_offset_x",
        face_model(without(LAYOUT, 4, 5)),
    ),
}
