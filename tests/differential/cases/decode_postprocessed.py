"""Random tensors and `TensorsToDetectionsOptions` for the four-tensor path."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from differential.cases.decode import class_lists
from differential.cases.values import (
    Floats,
    Rng,
    beside,
    boxes_near_each_other,
    chance,
    floats,
    pick,
)
from mediapipe_anchors.options import (
    BoxBoundariesIndices,
    TensorMapping,
    TensorsToDetectionsOptions,
)


@dataclasses.dataclass
class PostprocessedCase:
    tensors: list[Floats]  # in model output order
    options: TensorsToDetectionsOptions
    boxes: Floats  # [M, num_coords]
    classes: Floats  # [M]
    scores: Floats  # [M]
    num: np.float32


def postprocessed_case(seed: int) -> PostprocessedCase:
    rng = np.random.default_rng(seed)
    per_box = 0 if chance(rng, 0.03) else int(pick(rng, [1, 1, 2, 3, 5, 20]))
    fit = int(rng.integers(3, 40))  # boxes that there is room for
    rows = fit * max(per_box, 1)
    keypoints = int(pick(rng, [0, 0, 0, 2]))
    coords = 4 + 2 * keypoints
    boxes = np.zeros((rows, coords), np.float32)
    corners = boxes_near_each_other(rng, rows)
    with np.errstate(all="ignore"):
        corners[:, 2:] += corners[:, :2]
    boxes[:, :4] = corners
    boxes[:, 4:] = floats(rng, (rows, 2 * keypoints))
    classes = rng.integers(-2, 8, rows).astype(np.float32)
    if chance(rng, 0.3):
        classes += rng.random(rows).astype(np.float32)  # truncated toward zero
    # Several classes are sorted by score, which NaN makes undefined.
    scores = floats(rng, (rows,), special=0.1 if per_box == 1 and chance(rng, 0.3) else 0.0)
    fractions = [0.0, 0.0, 0.9, -0.5]  # truncated toward zero
    num = np.float32(pick(rng, [fit, fit, int(rng.integers(0, fit + 1))]) + pick(rng, fractions))
    fields = _options(rng, scores, coords, keypoints, per_box)
    if fields["num_keypoints"]:
        fields["keypoint_coord_offset"] = int(rng.integers(0, coords - 2 * keypoints + 1))
    tensors = [
        boxes[np.newaxis], classes[np.newaxis], scores[np.newaxis], np.array([num], np.float32)
    ]  # fmt: skip
    mapping = None
    if chance(rng, 0.4):
        tensors, mapping = _shuffled(rng, tensors)
    options = TensorsToDetectionsOptions(tensor_mapping=mapping, **fields)
    return PostprocessedCase(tensors, options, boxes, classes, scores, num)


def _options(rng: Rng, scores: Floats, coords: int, keypoints: int, per_box: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "num_classes": 8,
        "num_coords": coords,
        "num_keypoints": keypoints,
        "max_classes_per_detection": per_box,
        "flip_vertically": chance(rng, 0.3),
        "max_results": int(pick(rng, [-1, -1, 1, 3])),
        "sigmoid_score": chance(rng, 0.2),  # plays no part here
        **(class_lists(rng, 6) if chance(rng, 0.6) else {}),
    }
    if chance(rng, 0.4):
        some = np.float32(rng.choice(scores))
        fields["min_score_thresh"] = pick(rng, [beside(rng, some), 0.0, np.nan, -np.inf])
    if chance(rng, 0.3):
        sides = dict(
            zip(("ymin", "xmin", "ymax", "xmax"), rng.permutation(4).tolist(), strict=True)
        )
        fields["box_boundaries_indices"] = BoxBoundariesIndices(**sides)
    return fields


def _shuffled(rng: Rng, tensors: list[Floats]) -> tuple[list[Floats], TensorMapping]:
    order = rng.permutation(4)
    place = {int(tensor): index for index, tensor in enumerate(order)}
    mapping = TensorMapping(
        detections_tensor_index=place[0],
        classes_tensor_index=place[1],
        scores_tensor_index=place[2],
        num_detections_tensor_index=place[3],
    )
    return [tensors[k] for k in order], mapping
