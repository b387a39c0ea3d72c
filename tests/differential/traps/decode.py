"""Traps of `TensorsToDetectionsCalculator` with two or three tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from differential.traps.trap import ABORT, ERROR, OK, UNDEFINED, Trap
from mediapipe_anchors import (
    BoxBoundariesIndices,
    BoxFormat,
    TensorError,
    TensorMapping,
    TensorsToDetectionsOptions,
    decode_tensors,
)

BOXES = np.array(
    [[[0.1, 0.2, 0.3, 0.4], [0.2, 0.1, 0.4, 0.3], [0.3, 0.3, 0.2, 0.2]]], np.float32
)  # [1, 3, 4]
SCORES = np.array([[[0.1, 0.6], [0.9, 0.2], [0.3, 0.3]]], np.float32)  # [1, 3, 2]
ANCHORS = np.array([[0.5, 0.5, 1, 1], [0.4, 0.6, 1, 1], [0.6, 0.4, 1, 1]], np.float32)
OPTIONS: dict[str, Any] = {
    "num_classes": 2,
    "num_boxes": 3,
    "num_coords": 4,
    "x_scale": 1.0,
    "y_scale": 1.0,
    "w_scale": 1.0,
    "h_scale": 1.0,
}
NAN, INF = np.nan, np.inf


def trap(
    name: str,
    ends: str,
    changes: dict[str, Any] | None = None,
    *,
    tensors: Any = (BOXES, SCORES),
    anchors: Any = ANCHORS,
    **more: Any,
) -> Trap:
    fields = {k: v for k, v in (OPTIONS | (changes or {})).items() if v is not None}
    options = TensorsToDetectionsOptions(**fields)
    arrays = [np.asarray(tensor, np.float32) for tensor in tensors]
    return Trap(
        f"decode: {name}",
        ("stock_decode", (arrays, options, anchors)),
        ends,
        lambda: decode_tensors(arrays, options, anchors),
        **more,
    )


def scores(*rows: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """The usual boxes with other scores."""
    return BOXES, np.array([rows], np.float32)


def boxes(*rows: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Other boxes with the usual scores."""
    return np.array([rows], np.float32), SCORES


def with_keypoint(offset: int, **more: Any) -> dict[str, Any]:
    return {"num_coords": 6, "num_keypoints": 1, "keypoint_coord_offset": offset, **more}


SIX = (np.arange(18, dtype=np.float32).reshape(1, 3, 6) / 10, SCORES)
ANCHOR_TENSOR = ANCHORS[:, [1, 0, 3, 2]]  # y, x, h, w
LOW = np.finfo(np.float32).min

_OPTIONS_REFUSED = [
    trap("num_classes not set", ERROR, {"num_classes": None}, text="has_num_classes",
         field="num_classes"),
    trap("num_coords not set", ERROR, {"num_coords": None}, text="has_num_coords",
         field="num_coords"),
    trap("num_boxes not set", ERROR, {"num_boxes": None}, text="Please set num_boxes",
         field="num_boxes"),
    trap("num_coords is not 4 + 2 * num_keypoints", ABORT, {"num_keypoints": 1},
         text="Check failed", field="num_coords"),
    trap("num_values_per_keypoint is not 2", ABORT, {"num_values_per_keypoint": 3},
         text="Check failed", field="num_values_per_keypoint"),
    trap("a negative max_classes_per_detection, which plays no part", OK,
         {"max_classes_per_detection": -1}),
    trap("max_results is 0", ABORT, {"max_results": 0}, text="must be non-zero",
         field="max_results"),
    trap("a negative num_keypoints passes the check of num_coords, and rows overlap", UNDEFINED,
         {"num_keypoints": -1, "num_coords": 2},
         tensors=(BOXES[:, :, :2], SCORES), field="num_keypoints"),
    trap("allow_classes beside ignore_classes", ERROR,
         {"allow_classes": [0], "ignore_classes": [1]}, text="ignore_classes",
         field="allow_classes"),
    trap("box_coord_offset beyond the row", UNDEFINED, {"box_coord_offset": 1},
         field="box_coord_offset"),
    trap("box_coord_offset below 0", UNDEFINED, {"box_coord_offset": -1}, field="box_coord_offset"),
    trap("keypoint_coord_offset beyond the row", UNDEFINED, with_keypoint(5), tensors=SIX,
         field="keypoint_coord_offset"),
    trap("keypoint_coord_offset below 0", UNDEFINED, with_keypoint(-1), tensors=SIX,
         field="keypoint_coord_offset"),
    trap("box_boundaries_indices with raw boxes", ERROR,
         {"box_boundaries_indices": BoxBoundariesIndices()}, text="has_custom_box_indices_",
         field="box_boundaries_indices"),
    trap("box_boundaries_indices that repeat", ERROR,
         {"box_boundaries_indices": BoxBoundariesIndices(ymin=1)},
         text="should only cover index 0, 1, 2, and 3", field="box_boundaries_indices"),
]  # fmt: skip

_MAPPING_REFUSED = [
    trap(f"tensor_mapping {name}", ends, {"tensor_mapping": TensorMapping(**indices)},
         text=text, field="tensor_mapping.anchors_tensor_index" if "and classes" in name else
         "tensor_mapping")
    for name, ends, text, indices in [
        ("without scores", ERROR, "has_scores_tensor_index", {"detections_tensor_index": 0}),
        ("beyond two tensors", ERROR, "should only cover index 0 and 1",
         {"detections_tensor_index": 0, "scores_tensor_index": 2}),
        ("that repeats an index", ERROR, "should only cover index 0 and 1",
         {"detections_tensor_index": 1, "scores_tensor_index": 1}),
        ("with anchors beyond three tensors", ERROR, "should only cover index 0, 1 and 2",
         {"detections_tensor_index": 0, "scores_tensor_index": 1, "anchors_tensor_index": 3}),
        ("with anchors and classes", ERROR, "has_classes_tensor_index",
         {"detections_tensor_index": 0, "scores_tensor_index": 1, "anchors_tensor_index": 2,
          "classes_tensor_index": 3}),
        ("with classes but no number of detections", ERROR, "has_num_detections_tensor_index",
         {"detections_tensor_index": 0, "scores_tensor_index": 1, "classes_tensor_index": 2}),
        ("of 33, which MediaPipe's check takes for 1", UNDEFINED, "",
         {"detections_tensor_index": 0, "scores_tensor_index": 33}),
        ("below 0", ERROR, "should only cover",
         {"detections_tensor_index": 0, "scores_tensor_index": -1}),
    ]
]  # fmt: skip

_TENSORS_REFUSED = [
    trap("boxes of another number", ERROR, {"num_boxes": 2}, text="num_boxes_",
         refusal=TensorError, field="raw_boxes"),
    trap("scores of another number of classes", ERROR, {"num_classes": 3}, text="num_classes_",
         refusal=TensorError, field="raw_scores"),
    trap("a batch of two", ERROR, tensors=(np.concatenate([BOXES, BOXES]), SCORES),
         text="dims[0]", refusal=TensorError, field="raw_boxes"),
    trap("no anchors", ERROR, anchors=None, text="No anchor data available",
         refusal=TensorError, field="anchors"),
    trap("fewer anchors than boxes", UNDEFINED, anchors=ANCHORS[:2], refusal=TensorError,
         field="anchors"),
    trap("an anchor tensor of more rows than boxes", ERROR,
         tensors=(BOXES, SCORES, np.concatenate([ANCHOR_TENSOR, ANCHOR_TENSOR])), anchors=None,
         text="num_boxes_", refusal=TensorError, field="anchors"),
    trap("an anchor tensor of three dimensions", ERROR,
         tensors=(BOXES, SCORES, ANCHOR_TENSOR[np.newaxis]), anchors=None,
         text="dims.size()", refusal=TensorError, field="anchors"),
    trap("three tensors and a mapping without anchors", ERROR,
         {"tensor_mapping": TensorMapping(detections_tensor_index=0, scores_tensor_index=1)},
         tensors=(BOXES, SCORES, ANCHOR_TENSOR), text="dims.size()", refusal=TensorError,
         field="anchors"),
    trap("one tensor", ERROR, tensors=(BOXES,), text="input_tensors.size()", refusal=TensorError,
         field="tensors"),
    trap("five tensors", ERROR, tensors=(BOXES, SCORES, ANCHOR_TENSOR, ANCHOR_TENSOR, SCORES),
         text="input_tensors.size()", refusal=TensorError, field="tensors"),
]  # fmt: skip

_EQUAL = [
    trap("more anchors than boxes", OK, anchors=np.concatenate([ANCHORS, ANCHORS]),
         shows=lambda found: len(found) == 3),
    trap("the anchor tensor wins over the side packet", OK,
         tensors=(BOXES, SCORES, ANCHOR_TENSOR), anchors=ANCHORS + 5,
         shows=lambda found: found.boxes.max() < 2),
    trap("a mapping for four tensors used with two", OK,
         {"tensor_mapping": TensorMapping(detections_tensor_index=1, scores_tensor_index=0,
                                          classes_tensor_index=2, num_detections_tensor_index=3)},
         tensors=(SCORES, BOXES), shows=lambda found: len(found) == 3),
    trap("a mapping for three tensors used with two", OK,
         {"tensor_mapping": TensorMapping(detections_tensor_index=1, scores_tensor_index=0,
                                          anchors_tensor_index=2)},
         tensors=(SCORES, BOXES), shows=lambda found: len(found) == 3),
    trap("a mapping for four tensors used with three takes tensor 0 for the anchors", OK,
         {"tensor_mapping": TensorMapping(detections_tensor_index=1, scores_tensor_index=2,
                                          classes_tensor_index=0, num_detections_tensor_index=3)},
         tensors=(ANCHOR_TENSOR, BOXES, SCORES), anchors=ANCHORS + 5,
         shows=lambda found: len(found) == 3 and found.boxes.max() < 2),
    trap("scales not set drop every box", OK,
         dict.fromkeys(("x_scale", "y_scale", "w_scale", "h_scale")),
         shows=lambda found: len(found) == 0),
    trap("an explicit UNSPECIFIED format wins over reverse_output_order", OK,
         {"box_format": BoxFormat.UNSPECIFIED, "reverse_output_order": True},
         shows=lambda found: np.allclose(found.boxes[0, 2:], [0.4, 0.3])),
    trap("XYXY is distances from the anchor's centre, not corners", OK,
         {"box_format": BoxFormat.XYXY},
         shows=lambda found: np.allclose(found.boxes[0], [0.4, 0.3, 0.4, 0.6])),
    trap("max_results takes the first, not the best", OK, {"max_results": 1},
         shows=lambda found: np.allclose(found.scores, [0.6])),
    trap("a negative max_results is no limit", OK, {"max_results": -7},
         shows=lambda found: len(found) == 3),
    trap("min_score_thresh is inclusive", OK, {"min_score_thresh": 0.6},
         shows=lambda found: len(found) == 2),
    trap("a NaN min_score_thresh drops nothing", OK, {"min_score_thresh": NAN},
         shows=lambda found: len(found) == 3),
    trap("where no class wins the class is -1 and the score -FLT_MAX", OK,
         tensors=scores([NAN, NAN], [-INF, -INF], [LOW, LOW]),
         shows=lambda found: found.class_ids.tolist() == [-1] * 3 and (found.scores == LOW).all()),
    trap("an allow list drops what has no class", OK, {"allow_classes": [0, 1]},
         tensors=scores([NAN, NAN], [-INF, -INF], [1, 0]), shows=lambda found: len(found) == 1),
    trap("an ignore list keeps what has no class", OK, {"ignore_classes": [0, 1]},
         shows=lambda found: found.class_ids.tolist() == [-1, -1, -1]),
    trap("class -1 can be ignored", OK, {"ignore_classes": [-1]},
         tensors=scores([NAN, NAN], [1, 0], [0, 1]), shows=lambda found: len(found) == 2),
    trap("saturated sigmoids tie: the lower class wins", OK, {"sigmoid_score": True},
         tensors=scores([30, 90], [40, 50], [0, 1]),
         shows=lambda found: found.class_ids.tolist() == [0, 0, 1]),
    trap("clipped scores tie: the lower class wins", OK,
         {"sigmoid_score": True, "score_clipping_thresh": 1.0},
         tensors=scores([2, 3], [1, 5], [0, 1]),
         shows=lambda found: found.class_ids.tolist() == [0, 0, 1]),
    trap("score_clipping_thresh without sigmoid_score plays no part", OK,
         {"score_clipping_thresh": 0.1}, shows=lambda found: found.scores.max() > 0.8),
    trap("boxes of negative or NaN size are dropped, of size 0 or infinite kept", OK,
         tensors=boxes([0, 0, -1, 1], [0, 0, 0, 0], [0, 0, INF, 1]),
         shows=lambda found: np.isinf(found.boxes[-1, 3]) and len(found) == 2),
    trap("boxes are not clamped to the image", OK, tensors=boxes(*[[9, -9, 50, 50]] * 3),
         shows=lambda found: found.boxes.min() < -10),
    trap("flip_vertically turns y of box and keypoints, not the order", OK,
         with_keypoint(4, flip_vertically=True), tensors=SIX,
         shows=lambda found: len(found) == 3 and found.keypoints.shape == (3, 1, 2)),
    trap("a keypoint before column 4 overwrites the box", OK, with_keypoint(0, box_coord_offset=2),
         tensors=SIX, shows=lambda found: not np.allclose(found.boxes[:, 2:], SIX[0][0, :, 4:])),
]  # fmt: skip

DECODE_TRAPS = _OPTIONS_REFUSED + _MAPPING_REFUSED + _TENSORS_REFUSED + _EQUAL
