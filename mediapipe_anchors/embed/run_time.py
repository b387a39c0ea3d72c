"""What a user of ObjectDetector must pass each time, since no model holds it."""

from __future__ import annotations

from mediapipe_anchors.options import (
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    OverlapType,
    TensorsToDetectionsOptions,
)

# What MediaPipe Tasks' ObjectDetector does, and Python cannot change.
TASKS_NMS = NonMaxSuppressionOptions(
    min_suppression_threshold=0.3, overlap_type=OverlapType.INTERSECTION_OVER_UNION
)


def run_time_options(
    decode: TensorsToDetectionsOptions | None,
    nms: NonMaxSuppressionOptions | None,
    labels: tuple[str, ...] | None,
) -> dict[str, object]:
    """Arguments of `ObjectDetectorOptions` for a model that was embedded with these."""
    found: dict[str, object] = {}
    thresholds = [] if decode is None else [decode.min_score_thresh]
    if nms is not None:
        thresholds.append(nms.min_score_threshold if nms.min_score_threshold > 0 else None)
        if nms.max_num_detections > 0 and nms.algorithm is NmsAlgorithm.DEFAULT:
            found["max_results"] = nms.max_num_detections
    least = [threshold for threshold in thresholds if threshold is not None]
    if least:
        found["score_threshold"] = max(least)
    lists = {"category_denylist": "ignore_classes", "category_allowlist": "allow_classes"}
    for argument, field in lists.items():
        classes = () if decode is None else getattr(decode, field)
        if classes and labels is not None:
            found[argument] = [labels[number] for number in classes if 0 <= number < len(labels)]
    return found


def nms_differences(nms: NonMaxSuppressionOptions | None) -> list[str]:
    """In what ObjectDetector suppresses otherwise than a graph does, in words."""
    if nms is None:
        return []
    found = []
    if nms.algorithm is NmsAlgorithm.WEIGHTED:
        found.append("the graph blends what overlaps (WEIGHTED); ObjectDetector keeps the best")
    if nms.overlap_type is not TASKS_NMS.overlap_type:
        found.append(f"the graph compares {nms.overlap_type.name}; ObjectDetector the IoU")
    if nms.min_suppression_threshold != TASKS_NMS.min_suppression_threshold:
        found.append(
            f"the graph suppresses above {nms.min_suppression_threshold:g}; ObjectDetector above "
            f"{TASKS_NMS.min_suppression_threshold:g}"
        )
    if nms.multiclass_nms:
        found.append("the graph suppresses within each class; ObjectDetector across all")
    return found
