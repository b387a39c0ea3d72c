"""Reference of `decode_postprocessed`: `TensorsToDetectionsCalculator` with four tensors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.options import BoxBoundariesIndices, TensorsToDetectionsOptions
from reference.float32 import F
from reference.top_score import top_score

Floats = npt.NDArray[np.float32]


def decode_postprocessed(
    boxes: Floats, classes: Floats, scores: Floats, num: float, options: TensorsToDetectionsOptions
) -> Detections:
    """Boxes [M, num_coords], classes and scores [M].

    Each box has max_classes_per_detection rows, which repeat it; `num` boxes are read.
    """
    per_box = options.max_classes_per_detection
    if per_box == 0:
        return Detections.empty(options.num_keypoints)
    count = int(num)  # truncated toward zero, as the classes are
    rows = count * per_box
    with np.errstate(all="ignore"):
        return emit(
            boxes[:rows:per_box],
            scores[:rows].reshape(count, per_box),
            classes[:rows].astype(np.int32).reshape(count, per_box),
            options,
        )


class ClassFilter:
    """Whether a class id may appear in the result: an allow list, else an ignore list, else all."""

    def __init__(self, options: TensorsToDetectionsOptions) -> None:
        self._allow = set(options.allow_classes)
        self._ignore = set(options.ignore_classes)

    def __call__(self, class_id: int) -> bool:
        return class_id in self._allow if self._allow else class_id not in self._ignore


def emit(
    boxes: Floats,
    scores: Floats,
    class_ids: npt.NDArray[np.int32],
    options: TensorsToDetectionsOptions,
) -> Detections:
    """What passes the filters, in order: the first max_results of them.

    Boxes [N, num_coords] with the box's bounds and keypoints in their columns, scores and class ids
    [N, classes of a detection].
    """
    indices = options.box_boundaries_indices or BoxBoundariesIndices()
    allowed = ClassFilter(options)
    kept = []
    for row, row_scores, row_ids in zip(boxes, scores, class_ids, strict=True):
        if 0 < options.max_results == len(kept):
            break
        pairs = [
            (score, class_id)
            for score, class_id in zip(row_scores, row_ids, strict=True)
            if allowed(int(class_id)) and not _below(score, options.min_score_thresh)
        ]
        ymin, xmin, ymax, xmax = (row[getattr(indices, side)] for side in _SIDES)
        width, height = xmax - xmin, ymax - ymin
        # NaN and negative sizes go, zero and infinite ones stay.
        if not pairs or not (width >= 0 and height >= 0):
            continue
        top = F(1) - ymax if options.flip_vertically else ymin
        kept.append((pairs, (xmin, top, width, height), _keypoints(row, options)))
    return _detections(kept, scores.shape[1], options.num_keypoints)


_SIDES = ("ymin", "xmin", "ymax", "xmax")


def _below(score: np.float32, threshold: float | None) -> bool:
    return threshold is not None and bool(score < F(threshold))  # False for NaN: it passes


def _keypoints(row: Floats, options: TensorsToDetectionsOptions) -> Floats:
    first = options.keypoint_coord_offset
    points = row[first : first + 2 * options.num_keypoints].reshape(-1, 2).copy()
    if options.flip_vertically:
        points[:, 1] = F(1) - points[:, 1]
    return points


def _detections(kept: list, classes: int, num_keypoints: int) -> Detections:
    n = len(kept)
    result = Detections.empty(num_keypoints)
    if classes > 1:
        result.class_counts = np.array([len(pairs) for pairs, _, _ in kept], np.int32)
        result.all_scores = np.zeros((n, classes), np.float32)
        result.all_class_ids = np.full((n, classes), -1, np.int32)
    if n == 0:
        return result
    tops = [pairs[top_score([score for score, _ in pairs])] for pairs, _, _ in kept]
    result.scores = np.array([score for score, _ in tops], np.float32)
    result.class_ids = np.array([class_id for _, class_id in tops], np.int32)
    result.boxes = np.array([box for _, box, _ in kept], np.float32)
    result.keypoints = np.array([points for _, _, points in kept], np.float32)
    if classes > 1:
        for index, (pairs, _, _) in enumerate(kept):
            result.all_scores[index, : len(pairs)] = [score for score, _ in pairs]
            result.all_class_ids[index, : len(pairs)] = [class_id for _, class_id in pairs]
    return result
