"""Random tensors and `TensorsToDetectionsOptions` for the raw path: two or three tensors."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from reference.float32 import F, expf

from differential.cases.values import SPECIAL, Floats, Rng, beside, chance, floats, pick
from mediapipe_anchors.options import BoxFormat, TensorMapping, TensorsToDetectionsOptions


@dataclasses.dataclass
class DecodeCase:
    tensors: list[Floats]  # in model output order
    options: TensorsToDetectionsOptions
    anchors: Floats | None  # the side packet; None where the model gives them
    raw_boxes: Floats  # [N, num_coords]
    raw_scores: Floats  # [N, num_classes]
    anchor_rows: Floats  # [N, 4] x_center, y_center, w, h, wherever they come from


def decode_case(
    seed: int, *, num_boxes: int | None = None, num_classes: int | None = None
) -> DecodeCase:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 41)) if num_boxes is None else num_boxes
    classes = int(pick(rng, [1, 1, 2, 3, 5, 12])) if num_classes is None else num_classes
    keypoints = int(pick(rng, [0, 0, 1, 2, 6]))
    coords = 4 + 2 * keypoints
    boxes, scores, anchors = _tensors(rng, n, coords, classes)
    fields: dict[str, Any] = {
        "num_classes": classes,
        "num_boxes": n,
        "num_coords": coords,
        "num_keypoints": keypoints,
        **scales(rng),
        **class_lists(rng, classes),
        **_layout(rng, keypoints, coords),
        "apply_exponential_on_box_size": chance(rng, 0.4),
        "flip_vertically": chance(rng, 0.3),
        "max_results": int(pick(rng, [-1, -1, -1, -5, 1, 3, 1000])),
    }
    fields |= _score_options(rng, scores)
    shape: Any = (lambda array: array[np.newaxis]) if chance(rng, 0.7) else _rank_four
    tensors, mapping = [shape(boxes), shape(scores)], None
    with_anchors = chance(rng, 0.3)
    if with_anchors:
        # The model's order is y, x, h, w.
        tensors.append(np.ascontiguousarray(anchors[:, [1, 0, 3, 2]]))
    if chance(rng, 0.3):
        tensors, mapping = _shuffled(rng, tensors)
    return DecodeCase(
        tensors,
        TensorsToDetectionsOptions(tensor_mapping=mapping, **fields),
        None if with_anchors else _with_surplus(rng, anchors),
        boxes,
        scores,
        anchors,
    )


def _rank_four(array: Floats) -> Floats:
    return array[np.newaxis, np.newaxis]


def _tensors(rng: Rng, n: int, coords: int, classes: int) -> tuple[Floats, Floats, Floats]:
    anchors = rng.random((n, 4)).astype(np.float32)
    if chance(rng, 0.15):
        anchors = floats(rng, (n, 4))
    return floats(rng, (n, coords)), floats(rng, (n, classes)), anchors


def scales(rng: Rng) -> dict[str, float]:
    names = ("x_scale", "y_scale", "w_scale", "h_scale")
    if chance(rng, 0.6):
        return dict.fromkeys(names, float(pick(rng, [1.0, 128.0, 192.0, 0.3])))
    plain = [10.0, 5.0, 1.0, -2.0]
    return {
        name: float(rng.choice(SPECIAL) if chance(rng, 0.1) else pick(rng, plain)) for name in names
    }


def class_lists(rng: Rng, classes: int) -> dict[str, list[int]]:
    if chance(rng, 0.5):
        return {}
    some = [int(rng.integers(-1, classes + 2)) for _ in range(rng.integers(1, 5))]
    return {pick(rng, ["ignore_classes", "allow_classes"]): some}


def _layout(rng: Rng, keypoints: int, coords: int) -> dict[str, Any]:
    """Where boxes and keypoints stand in a row; now and then where they overwrite each other."""
    layout: dict[str, Any] = {"keypoint_coord_offset": min(4, coords - 1)}
    if keypoints and chance(rng, 0.3):
        layout["box_coord_offset"] = int(rng.integers(0, coords - 3))
    if keypoints and chance(rng, 0.3):
        layout["keypoint_coord_offset"] = int(rng.integers(0, coords - 2 * keypoints + 1))
    if chance(rng, 0.7):
        layout["box_format"] = pick(rng, list(BoxFormat))
    layout["reverse_output_order"] = chance(rng, 0.3)
    return layout


def _score_options(rng: Rng, scores: Floats) -> dict[str, Any]:
    options: dict[str, Any] = {"sigmoid_score": chance(rng, 0.5)}
    if chance(rng, 0.5):
        clips = [100.0, 20.0, 1.0, 0.0, -1.0, np.nan, np.inf, abs(float(rng.choice(scores.flat)))]
        options["score_clipping_thresh"] = pick(rng, clips)
    if chance(rng, 0.6):
        a_score = F(rng.choice(scores.flat))
        if options["sigmoid_score"]:
            with np.errstate(all="ignore"):
                a_score = F(1) / (F(1) + expf(-a_score))
        thresholds = [beside(rng, a_score), beside(rng, a_score), 0.5, 0.0, -1.0, np.nan, np.inf]
        options["min_score_thresh"] = pick(rng, thresholds)
    return options


def _with_surplus(rng: Rng, anchors: Floats) -> Floats:
    """Now and then more anchors than boxes: the surplus plays no part."""
    return np.concatenate([anchors, anchors[:3]]) if chance(rng, 0.1) else anchors


def _shuffled(rng: Rng, tensors: list[Floats]) -> tuple[list[Floats], TensorMapping]:
    order = rng.permutation(len(tensors))  # order[k]: which tensor stands at place k
    place = {int(tensor): index for index, tensor in enumerate(order)}
    mapping = {"detections_tensor_index": place[0], "scores_tensor_index": place[1]}
    if len(tensors) == 3 or chance(rng, 0.2):
        mapping["anchors_tensor_index"] = place.get(2, 2)  # named though not there: not used
    elif chance(rng, 0.2):
        mapping |= {"classes_tensor_index": 3, "num_detections_tensor_index": 2}
    return [tensors[k] for k in order], TensorMapping(**mapping)
