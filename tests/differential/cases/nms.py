"""Random detections and `NonMaxSuppressionOptions`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from reference.non_max_suppression import similarity
from reference.top_score import top_score

from differential.cases.values import Floats, Rng, beside, chance, detections, floats, pick
from mediapipe_anchors.detections import Detections
from mediapipe_anchors.options import NmsAlgorithm, NonMaxSuppressionOptions, OverlapType

# Nothing is more similar than infinity: every detection comes out, in the order of its visit.
KEEP_ALL = NonMaxSuppressionOptions(min_suppression_threshold=float("inf"))

_OVERLAPS = [
    OverlapType.JACCARD,
    OverlapType.MODIFIED_JACCARD,
    OverlapType.INTERSECTION_OVER_UNION,
    OverlapType.INTERSECTION_OVER_UNION,
]


@dataclasses.dataclass
class NmsCase:
    streams: list[Detections]
    options: NonMaxSuppressionOptions
    ordered: bool  # whether MediaPipe's order is defined: no ties across classes in multiclass mode


def nms_case(seed: int) -> NmsCase:
    rng = np.random.default_rng(seed)
    sizes = [
        int(pick(rng, [0, 1, 5, 16, 17, 30, 60])) for _ in range(pick(rng, [1, 1, 1, 1, 2, 3]))
    ]
    total = sum(sizes)
    multiclass = chance(rng, 0.3)
    several = chance(rng, 0.25)
    distinct = multiclass and not several and chance(rng, 0.7)
    scores = _scores(rng, total, distinct)
    keypoints = int(pick(rng, [0, 0, 1, 3]))
    streams, start = [], 0
    for size in sizes:
        part = scores[start : start + size]
        start += size
        stream = detections(rng, size, part, num_keypoints=keypoints, num_classes=4)
        streams.append(_several_classes(rng, stream) if several else stream)
    options = _options(rng, scores, multiclass)
    if chance(rng, 0.4):
        options = _threshold_at_an_overlap(rng, streams[0].boxes, options)
    ordered = distinct or not multiclass
    if not ordered:  # what a limit cuts off between equal scores is left to chance
        options = dataclasses.replace(options, max_num_detections=-1)
    options = dataclasses.replace(options, num_detection_streams=len(sizes))
    return NmsCase(streams, options, ordered)


def _threshold_at_an_overlap(
    rng: Rng, boxes: Floats, options: NonMaxSuppressionOptions
) -> NonMaxSuppressionOptions:
    """The suppression threshold is how much two of the boxes overlap, or a float32 beside it."""
    with np.errstate(all="ignore"):
        pairs = (pick(rng, boxes) for _ in range(20 if len(boxes) else 0))
        overlaps = [similarity(a, b, options) for a, b in zip(pairs, pairs, strict=False)]
        partial = [overlap for overlap in overlaps if 0 < overlap < 1]
    if not partial:
        return options
    return dataclasses.replace(options, min_suppression_threshold=beside(rng, partial[0]))


def _scores(rng: Rng, n: int, distinct: bool) -> Floats:
    """Without NaN, which makes MediaPipe's sort undefined."""
    if distinct:
        return (rng.permutation(n) / np.float32(max(n, 1)) - pick(rng, [0, 0, 0.3])).astype(
            np.float32
        )
    kind = pick(rng, ["plain", "ties", "saturated", "zero sums", "any"])
    if kind == "plain":
        return rng.random(n).astype(np.float32)
    if kind == "ties":
        return (rng.integers(0, 4, n) / 4).astype(np.float32)
    if kind == "saturated":
        return np.where(rng.random(n) < 0.8, 1, rng.random(n)).astype(np.float32)
    if kind == "zero sums":
        return rng.choice([-0.5, 0.0, 0.5, -0.0], n).astype(np.float32)
    return np.nan_to_num(floats(rng, (n,)), nan=0.25, posinf=np.inf, neginf=-np.inf)


def _several_classes(rng: Rng, one: Detections) -> Detections:
    """Up to three classes a detection, unsorted; now and then none or twenty."""
    n, width = len(one), int(pick(rng, [3, 3, 20]))
    counts = rng.integers(0 if chance(rng, 0.3) else 1, width + 1, n).astype(np.int32)
    unused = np.arange(width) >= counts[:, np.newaxis]
    scores = (rng.integers(0, 6, (n, width)) / 5).astype(np.float32)
    class_ids = rng.integers(0, 5, (n, width)).astype(np.int32)
    scores[unused], class_ids[unused] = 0, -1
    top = [top_score(scores[i, :count]) if count else 0 for i, count in enumerate(counts)]
    rows = np.arange(n)
    return dataclasses.replace(
        one,
        scores=scores[rows, top],
        class_ids=class_ids[rows, top],
        class_counts=counts,
        all_scores=scores,
        all_class_ids=class_ids,
    )


def _options(rng: Rng, scores: Floats, multiclass: bool) -> NonMaxSuppressionOptions:
    thresholds = [0.0, 0.3, 0.5, 1 / 3, 1.0, -0.5, np.nan, np.inf, float(np.float32(rng.random()))]
    fields: dict[str, Any] = {
        "overlap_type": pick(rng, _OVERLAPS),
        "algorithm": pick(rng, list(NmsAlgorithm)),
        "multiclass_nms": multiclass,
    }
    if chance(rng, 0.8):
        fields["min_suppression_threshold"] = pick(rng, thresholds)
    if chance(rng, 0.4):
        fields["max_num_detections"] = int(pick(rng, [1, 2, 5, -1, -3, 100]))
    if chance(rng, 0.4) and len(scores):
        levels = [beside(rng, np.float32(rng.choice(scores))), 0.0, 0.5, np.nan, np.inf]
        fields["min_score_threshold"] = pick(rng, levels)
    if chance(rng, 0.3):
        fields["return_empty_detections"] = chance(rng, 0.5)
    return NonMaxSuppressionOptions(**fields)
