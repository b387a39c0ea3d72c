"""`Detections` that were changed after their checks, and other things in their place."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hostile_arrays import DETECTIONS, FORMS, RAW, SEVERAL, TARGETS, N

from mediapipe_anchors import (
    MediaPipeAnchorsError,
    NonMaxSuppressionOptions,
    TensorError,
    decode,
    decode_postprocessed,
    decode_tensors,
    generate_anchors,
    non_max_suppression,
    project_detections,
    remove_letterbox,
)

CHANGED_LATER = [
    ("boxes", np.zeros((N, 5), np.float32)),
    ("boxes", np.zeros((N - 1, 4), np.float32)),
    ("boxes", np.zeros(4, np.float32)),
    ("boxes", None),
    ("scores", np.zeros(N - 1, np.float32)),
    ("scores", np.zeros((N, 1), np.float32)),
    ("scores", "text"),
    ("class_ids", np.zeros(N + 1, np.int32)),
    ("class_ids", np.full(N, 0.5)),
    ("class_ids", np.full(N, np.nan)),
    ("class_ids", np.full(N, 2**40)),
    ("keypoints", np.zeros((N, 2), np.float32)),
    ("keypoints", np.zeros((N, 1, 3), np.float32)),
    ("keypoints", np.zeros((N - 1, 1, 2), np.float32)),
    ("class_counts", np.full(N, 3, np.int32)),
    ("class_counts", np.full(N, -1, np.int32)),
    ("class_counts", np.full(N, 2**31 - 1, np.int32)),
    ("class_counts", np.zeros(N - 1, np.int32)),
    ("all_scores", np.zeros((N, 1), np.float32)),
    ("all_scores", np.zeros((N - 1, 2), np.float32)),
    ("all_scores", None),
    ("all_class_ids", np.zeros((N, 1), np.int32)),
    ("all_class_ids", np.zeros(N, np.int32)),
    ("all_class_ids", None),
]


@pytest.mark.parametrize("multiclass", [False, True])
@pytest.mark.parametrize(("field", "value"), CHANGED_LATER, ids=lambda value: str(value)[:20])
def test_detections_changed_after_their_checks(field, value, multiclass):
    detections = dataclasses.replace(DETECTIONS, **SEVERAL)
    setattr(detections, field, value)
    with pytest.raises(MediaPipeAnchorsError):
        non_max_suppression(detections, NonMaxSuppressionOptions(multiclass_nms=multiclass))


@pytest.mark.parametrize(
    "move",
    [
        lambda found: remove_letterbox(found, [0] * 4),
        lambda found: project_detections(found, [0] * 16),
    ],
    ids=["remove_letterbox", "project_detections"],
)
@pytest.mark.parametrize(
    ("field", "value"),
    [change for change in CHANGED_LATER if change[0] in ("boxes", "keypoints")],
    ids=lambda value: str(value)[:20],
)
def test_detections_changed_before_they_are_moved(field, value, move):
    detections = dataclasses.replace(DETECTIONS)
    setattr(detections, field, value)
    with pytest.raises(TensorError) as caught:
        move(detections)
    fewer_boxes = field == "boxes" and np.shape(value) == (N - 1, 4)
    assert caught.value.field == ("keypoints" if fewer_boxes else field)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", ["boxes", "scores", "class_ids", "keypoints"])
def test_detections_in_other_forms(field, form):
    options = NonMaxSuppressionOptions(min_suppression_threshold=0.3)
    changed = dataclasses.replace(DETECTIONS)
    setattr(changed, field, FORMS[form](getattr(DETECTIONS, field)))
    assert non_max_suppression(changed, options) == non_max_suppression(DETECTIONS, options)


@pytest.mark.parametrize(
    "call",
    [
        lambda odd: generate_anchors(odd),
        lambda odd: decode(**TARGETS["decode"].arrays, options=odd),
        lambda odd: decode_postprocessed(**TARGETS["decode_postprocessed"].arrays, options=odd),
        lambda odd: decode_tensors(list(TARGETS["decode"].arrays.values()), odd),
        lambda odd: decode_tensors(odd, RAW),
        lambda odd: non_max_suppression(DETECTIONS, odd),
        lambda odd: non_max_suppression(odd, NonMaxSuppressionOptions()),
        lambda odd: remove_letterbox(odd, [0, 0, 0, 0]),
        lambda odd: project_detections(odd, np.eye(4)),
    ],
)
@pytest.mark.parametrize("odd", [None, {}, [], "options", 5, object(), np.zeros(3), float("nan")])
def test_something_else_for_options_and_detections(call, odd):
    with pytest.raises(MediaPipeAnchorsError):
        call(odd)
