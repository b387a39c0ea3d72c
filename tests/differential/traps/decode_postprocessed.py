"""Traps of `TensorsToDetectionsCalculator` with the four tensors of a post-processed model."""

from __future__ import annotations

from typing import Any

import numpy as np

from differential.traps.trap import ABORT, ERROR, OK, UNDEFINED, Trap
from mediapipe_anchors import (
    BoxBoundariesIndices,
    TensorError,
    TensorsToDetectionsOptions,
    decode_tensors,
)

BOXES = np.array([[[0.1, 0.1, 0.4, 0.5], [0.1, 0.1, 0.4, 0.5], [0.2, 0.3, 0.6, 0.9]]], np.float32)
CLASSES = np.array([[2, 5, 7]], np.float32)
SCORES = np.array([[0.4, 0.9, 0.5]], np.float32)
OPTIONS: dict[str, Any] = {"num_classes": 8, "num_coords": 4}


def trap(
    name: str,
    ends: str,
    changes: dict[str, Any] | None = None,
    *,
    boxes: Any = BOXES,
    classes: Any = CLASSES,
    scores: Any = SCORES,
    num: Any = 3,
    **more: Any,
) -> Trap:
    fields = {k: v for k, v in (OPTIONS | (changes or {})).items() if v is not None}
    options = TensorsToDetectionsOptions(**fields)
    if more.get("field") in ("boxes", "classes", "scores", "num"):
        more["refusal"] = TensorError
    arrays = [np.asarray(a, np.float32) for a in (boxes, classes, scores, np.atleast_1d(num))]
    return Trap(
        f"decode_postprocessed: {name}",
        ("stock_decode", (arrays, options)),
        ends,
        lambda: decode_tensors(arrays, options),
        **more,
    )


POSTPROCESSED_TRAPS = [
    trap("num_classes is required, though not used", ERROR, {"num_classes": None},
         text="has_num_classes", field="num_classes"),
    trap("a negative max_classes_per_detection", ABORT, {"max_classes_per_detection": -1},
         text="bad_alloc", field="max_classes_per_detection"),
    trap("box_boundaries_indices of 32, which MediaPipe's check takes for 0", UNDEFINED,
         {"box_boundaries_indices": BoxBoundariesIndices(ymin=32)},
         field="box_boundaries_indices"),
    trap("num beyond the tensors", UNDEFINED, num=4, field="num"),
    trap("num * max_classes_per_detection beyond the tensors", UNDEFINED,
         {"max_classes_per_detection": 2}, num=2, field="num"),
    trap("num below 0", ABORT, num=-1, text="bad_alloc", field="num"),
    trap("num is NaN", UNDEFINED, num=np.nan, field="num"),
    trap("a class that is NaN", UNDEFINED, classes=[[0, np.nan, 1]], field="classes"),
    trap("a class beyond int32", UNDEFINED, classes=[[0, 3e9, 1]], field="classes"),
    trap("boxes of other columns", ERROR, boxes=np.zeros((1, 3, 5)), text="num_coords_",
         field="boxes"),
    trap("fewer classes than boxes", ERROR, classes=[[1, 2]], text="max_detections",
         field="classes"),
    trap("fewer scores than boxes", ERROR, scores=[[1, 2]], text="max_detections", field="scores"),
    trap("num of two numbers", ERROR, num=[1, 2], text="dims[0]", field="num"),
    trap("num below 1, and its fraction, are cut off", OK, num=-0.5,
         shows=lambda found: len(found) == 0),
    trap("max_classes_per_detection 0 gives nothing", OK, {"max_classes_per_detection": 0},
         shows=lambda found: len(found) == 0),
    trap("classes are truncated toward 0", OK, classes=[[-0.9, 1.9, -1.9]],
         shows=lambda found: found.class_ids.tolist() == [0, 1, -1]),
    trap("a NaN score passes min_score_thresh", OK, {"min_score_thresh": 0.5},
         scores=[[np.nan, 0.4, 0.6]], shows=lambda found: len(found) == 2),
    trap("several classes make one detection", OK, {"max_classes_per_detection": 2}, num=1,
         shows=lambda found: found.class_counts.tolist() == [2] and found.class_ids[0] == 5),
    trap("sigmoid_score, scales and box_format play no part", OK,
         {"sigmoid_score": True, "x_scale": 9.0, "box_format": 2, "box_coord_offset": 3},
         shows=lambda found: np.allclose(found.scores, SCORES[0])),
    trap("num_boxes plays no part", OK, {"num_boxes": 2}, shows=lambda found: len(found) == 3),
    trap("box_coord_offset plays no part, even where num_boxes is set", OK,
         {"num_boxes": 3, "box_coord_offset": 1}, shows=lambda found: len(found) == 3),
    trap("the value of num_classes plays no part", OK, {"num_classes": -3},
         shows=lambda found: len(found) == 3),
]  # fmt: skip
