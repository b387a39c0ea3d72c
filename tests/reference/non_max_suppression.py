"""Reference of `non_max_suppression`: `NonMaxSuppressionCalculator` without an image."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.options import NmsAlgorithm, NonMaxSuppressionOptions, OverlapType
from reference.float32 import F, std_max, std_min
from reference.introsort import order_by_score
from reference.top_score import top_score


@dataclasses.dataclass
class _Detection:
    """One detection with its best class only."""

    box: npt.NDArray[np.float32]  # xmin, ymin, width, height
    score: np.float32
    class_id: int
    keypoints: npt.NDArray[np.float32]
    labels: tuple[int, ...]  # all its classes, for the multiclass buckets


def non_max_suppression(detections: Detections, options: NonMaxSuppressionOptions) -> Detections:
    """The detections that stay, best first; with WEIGHTED their boxes are blended."""
    candidates = _with_best_class_only(detections)
    with np.errstate(all="ignore"):
        if options.multiclass_nms:
            kept = _suppress_by_class(candidates, options)
        else:
            kept = _suppress(candidates, options)
    result = Detections.empty(detections.keypoints.shape[1])
    if kept:
        result.boxes = np.array([detection.box for detection in kept], np.float32)
        result.scores = np.array([detection.score for detection in kept], np.float32)
        result.class_ids = np.array([detection.class_id for detection in kept], np.int32)
        result.keypoints = np.array([detection.keypoints for detection in kept], np.float32)
    result.labels = detections.labels
    return result


def _with_best_class_only(detections: Detections) -> list[_Detection]:
    candidates = []
    for i in range(len(detections)):
        if detections.class_counts is None:
            scores, labels = [detections.scores[i]], [int(detections.class_ids[i])]
        else:
            count = detections.class_counts[i]
            scores = list(detections.all_scores[i, :count])
            labels = detections.all_class_ids[i, :count].tolist()
        if not labels:
            continue  # without a class a detection is dropped
        top = top_score(scores)
        candidates.append(
            _Detection(
                detections.boxes[i],
                scores[top],
                labels[top],
                detections.keypoints[i],
                tuple(labels),
            )
        )
    return candidates


def _suppress_by_class(
    candidates: list[_Detection], options: NonMaxSuppressionOptions
) -> list[_Detection]:
    """A detection takes part once for EVERY class it has, each time under its best one.

    MediaPipe visits the classes in an order that changes from process to process; it shows only
    between equal scores of different classes. Here: by first appearance.
    """
    buckets: dict[int, list[_Detection]] = {}
    for candidate in candidates:
        for label in candidate.labels:
            buckets.setdefault(label, []).append(candidate)
    kept = [detection for bucket in buckets.values() for detection in _suppress(bucket, options)]
    kept = [kept[index] for index in order_by_score([detection.score for detection in kept])]
    return kept[: options.max_num_detections] if options.max_num_detections > -1 else kept


def _suppress(candidates: list[_Detection], options: NonMaxSuppressionOptions) -> list[_Detection]:
    order = order_by_score([candidate.score for candidate in candidates])
    ordered = [candidates[index] for index in order]
    if options.algorithm == NmsAlgorithm.WEIGHTED:
        return _weighted(ordered, options)
    return _greedy(ordered, options)


def _too_low(score: np.float32, options: NonMaxSuppressionOptions) -> bool:
    threshold = F(options.min_score_threshold)
    return bool(threshold > 0 and score < threshold)


def _greedy(ordered: list[_Detection], options: NonMaxSuppressionOptions) -> list[_Detection]:
    kept: list[_Detection] = []
    for candidate in ordered:
        if _too_low(candidate.score, options):
            break
        threshold = F(options.min_suppression_threshold)
        if not any(similarity(other.box, candidate.box, options) > threshold for other in kept):
            kept.append(candidate)
        if len(kept) == options.max_num_detections:
            break
    return kept


def _weighted(ordered: list[_Detection], options: NonMaxSuppressionOptions) -> list[_Detection]:
    """max_num_detections plays no part here."""
    kept: list[_Detection] = []
    remaining = ordered
    while remaining:
        top = remaining[0]
        if _too_low(top.score, options):
            break
        similar, rest = [], []
        for detection in remaining:  # the top among them, at its similarity to itself
            overlap = similarity(detection.box, top.box, options)
            suppressed = overlap > F(options.min_suppression_threshold)
            (similar if suppressed else rest).append(detection)
        kept.append(_blend(top, similar) if similar else top)
        if len(rest) == len(remaining):
            break  # nothing was similar, not even the top to itself: all others are lost
        remaining = rest
    return kept


def _blend(top: _Detection, similar: list[_Detection]) -> _Detection:
    """The top with box and keypoints replaced by means weighted by score."""
    total = xmin = ymin = xmax = ymax = F(0)
    keypoints = np.zeros_like(top.keypoints)
    for detection in similar:
        weight = detection.score
        left, upper, width, height = detection.box
        total = total + weight
        xmin = xmin + left * weight
        ymin = ymin + upper * weight
        xmax = xmax + (left + width) * weight
        ymax = ymax + (upper + height) * weight
        keypoints = keypoints + detection.keypoints * weight
    xmin, ymin = xmin / total, ymin / total
    box = np.array([xmin, ymin, xmax / total - xmin, ymax / total - ymin], np.float32)
    return dataclasses.replace(top, box=box, keypoints=keypoints / total)


@dataclasses.dataclass
class _Rectangle:
    xmin: np.float32
    ymin: np.float32
    xmax: np.float32
    ymax: np.float32

    @property
    def area(self) -> np.float32:
        return (self.xmax - self.xmin) * (self.ymax - self.ymin)

    @property
    def empty(self) -> bool:
        return bool(self.xmin > self.xmax or self.ymin > self.ymax)


def _rectangle(box: npt.NDArray[np.float32]) -> _Rectangle:
    xmin, ymin, width, height = box
    return _Rectangle(xmin, ymin, xmin + width, ymin + height)


def _intersect(a: _Rectangle, b: _Rectangle) -> bool:
    """Touching edges count; comparisons with NaN say nothing against it."""
    apart = b.xmax < a.xmin or a.xmax < b.xmin or b.ymax < a.ymin or a.ymax < b.ymin
    return not (a.empty or b.empty or apart)


def _intersection(a: _Rectangle, b: _Rectangle) -> _Rectangle:
    """Of rectangles that intersect; the first argument's NaN stays, the second's is passed over."""
    return _Rectangle(
        std_max(a.xmin, b.xmin),
        std_max(a.ymin, b.ymin),
        std_min(a.xmax, b.xmax),
        std_min(a.ymax, b.ymax),
    )


def _enclosing(a: _Rectangle, b: _Rectangle) -> _Rectangle:
    return _Rectangle(
        std_min(a.xmin, b.xmin),
        std_min(a.ymin, b.ymin),
        std_max(a.xmax, b.xmax),
        std_max(a.ymax, b.ymax),
    )


def similarity(
    box_a: npt.NDArray[np.float32],
    box_b: npt.NDArray[np.float32],
    options: NonMaxSuppressionOptions,
) -> np.float32:
    """How much two boxes overlap, by `overlap_type`; MODIFIED_JACCARD relative to `box_b`."""
    a, b = _rectangle(box_a), _rectangle(box_b)
    if not _intersect(a, b):
        return F(0)
    intersection = _intersection(a, b).area
    if options.overlap_type == OverlapType.JACCARD:
        normalization = _enclosing(a, b).area
    elif options.overlap_type == OverlapType.MODIFIED_JACCARD:
        normalization = b.area
    else:
        normalization = a.area + b.area - intersection
    return intersection / normalization if normalization > 0 else F(0)
