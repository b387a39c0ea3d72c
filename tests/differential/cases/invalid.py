"""Arguments of which many are refused: those that MediaPipe takes, changed a little.

Left out is what MediaPipe leaves undefined, since what it does then proves nothing.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from differential.cases.anchors import anchors_case
from differential.cases.decode import decode_case
from differential.cases.decode_postprocessed import postprocessed_case
from differential.cases.nms import nms_case
from differential.cases.values import Floats, Rng, chance, pick
from mediapipe_anchors import (
    BoxBoundariesIndices,
    Detections,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)


def _changed(rng: Rng, options: Any, changes: dict[str, Any]) -> Any:
    """`options` with one to three of the `changes`."""
    names = rng.permutation(list(changes))[: rng.integers(1, 4)]
    return dataclasses.replace(options, **{str(name): changes[str(name)] for name in names})


def invalid_anchors_case(seed: int) -> tuple[SsdAnchorsOptions]:
    rng = np.random.default_rng(seed)
    options = anchors_case(seed)
    heights, widths = tuple(options.feature_map_height), tuple(options.feature_map_width)
    strides = tuple(options.strides)
    if options.feature_map_height:
        strides = strides[:-1] if chance(rng, 0.1) else strides  # a hang costs its time limit
    else:
        strides = pick(rng, [strides[:-1], (*strides, 8), ()])
    changes = {
        "num_layers": pick(rng, [None, 0, 1, 2, -1]),
        "strides": strides,
        "feature_map_height": pick(rng, [heights[:-1], (*heights, 2)]),
        "feature_map_width": pick(rng, [widths[:-1], (*widths, 2)]),
        "min_level": pick(rng, [-1, 0, 3]),
        "max_level": pick(rng, [-1, 7, options.max_level]),
        "fixed_anchors": pick(rng, [None, None, options.fixed_anchors, [[0, 0, 1, 1]]]),
        "multiscale_anchor_generation": chance(rng, 0.5),
    }
    return (_changed(rng, options, changes),)


def invalid_decode_case(
    seed: int,
) -> tuple[list[Floats], TensorsToDetectionsOptions, Floats | None]:
    """Tensors, options, anchors. Offsets outside the row, which MediaPipe follows, are left out."""
    rng = np.random.default_rng(seed)
    case: Any = decode_case(seed) if chance(rng, 0.6) else postprocessed_case(seed)
    anchors = getattr(case, "anchors", None)
    options, tensors = case.options, list(case.tensors)
    changes = {
        "num_classes": pick(rng, [None, options.num_classes + 1]),
        "num_boxes": pick(rng, [0, 1, options.num_boxes]),
        "num_coords": pick(rng, [None, 4, 6, options.num_coords + 1]),
        "num_values_per_keypoint": pick(rng, [1, 2, 3]),
        "max_results": pick(rng, [0, 1]),
        "max_classes_per_detection": pick(rng, [-1, 1]),
        "allow_classes": pick(rng, [(), (0, 1)]),
        "ignore_classes": pick(rng, [(), (0, -1)]),
        "tensor_mapping": _mapping(rng),
        "box_boundaries_indices": pick(rng, [None, _indices(rng)]),
    }
    options = _changed(rng, options, changes)
    if _indexes_past_the_end(options.tensor_mapping, len(tensors)):
        options = dataclasses.replace(options, tensor_mapping=None)
    if anchors is not None and chance(rng, 0.2):
        anchors = None
    if chance(rng, 0.1):
        tensors = pick(rng, [tensors[:1], [*tensors, tensors[0]], tensors[::-1]])
        options = dataclasses.replace(options, tensor_mapping=None)
    return tensors, options, anchors


def _mapping(rng: Rng) -> TensorMapping | None:
    names = [field.name for field in dataclasses.fields(TensorMapping)]
    places = rng.permutation(5)
    indices = {
        name: int(place) for name, place in zip(names, places, strict=True) if chance(rng, 0.8)
    }
    return pick(rng, [None, TensorMapping(**indices)])


def _indices(rng: Rng) -> BoxBoundariesIndices:
    return BoxBoundariesIndices(
        **{side: int(rng.integers(0, 5)) for side in ("ymin", "xmin", "ymax", "xmax")}
    )


def _indexes_past_the_end(mapping: TensorMapping | None, count: int) -> bool:
    if mapping is None:
        return False
    used = (getattr(mapping, field.name) for field in dataclasses.fields(mapping))
    return any(index is not None and index >= count for index in used)


def invalid_nms_case(seed: int) -> tuple[Detections, NonMaxSuppressionOptions]:
    rng = np.random.default_rng(seed)
    case = nms_case(seed)
    options = dataclasses.replace(case.options, num_detection_streams=1, multiclass_nms=False)
    changes = {"max_num_detections": pick(rng, [0, 1]), "min_score_threshold": 0.3}
    return case.streams[0], _changed(rng, options, changes)
