"""mediapipe's `Detection` messages as `Detections`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.detections import Detections
from mediapipe_anchors.run.detection_layout import UNKNOWN_LAYOUT, DetectionLayout

RELATIVE_BOUNDING_BOX = 2  # LocationData.Format
MAX_LABELS = 1 << 16  # a class id beyond this is not the row of a label map


def detections_from_messages(
    messages: Sequence[Any], layout: DetectionLayout = UNKNOWN_LAYOUT
) -> Detections | list[Any]:
    """`Detections` of mediapipe's messages; the messages as they are if a box is not relative.

    `scores` and `class_ids` hold each detection's top pair, as MediaPipe's NMS picks it. Detections
    that carry text labels and no class ids get ids by the order in which the labels first appear.
    Where detections differ in their number of keypoints, the rows are filled up with NaN.

    Args:
        messages: `mediapipe.Detection` messages.
        layout: the number of keypoints and of classes that the arrays have room for, at the least.
    """
    messages = list(messages)
    if any(m.location_data.format != RELATIVE_BOUNDING_BOX for m in messages):
        return messages
    names = _label_names(messages)
    counts, all_scores, all_class_ids = _all_classes(messages, names, layout.max_classes)
    tops = [
        _core.top_score(row[:n]) if n else -1 for row, n in zip(all_scores, counts, strict=True)
    ]
    rows, several = np.arange(len(messages)), all_scores.shape[1] > 1
    return Detections(
        boxes=_boxes(messages),
        scores=all_scores[rows, tops],
        class_ids=all_class_ids[rows, tops],
        keypoints=_keypoints(messages, layout.num_keypoints),
        class_counts=counts if several else None,
        all_scores=all_scores if several else None,
        all_class_ids=all_class_ids if several else None,
        labels=names or None,
    )


def _all_classes(
    messages: list[Any], names: list[str], width: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """`class_counts`, `all_scores` and `all_class_ids`, of at least `width` columns."""
    ids = [list(m.label_id) or [names.index(label) for label in m.label] for m in messages]
    counts = [min(len(m.score), len(row)) for m, row in zip(messages, ids, strict=True)]
    shape = (len(messages), max([width, *counts]))
    all_scores, all_class_ids = np.zeros(shape, np.float32), np.full(shape, -1, np.int32)
    for row, (message, count) in enumerate(zip(messages, counts, strict=True)):
        all_scores[row, :count] = message.score[:count]
        all_class_ids[row, :count] = ids[row][:count]
    return np.array(counts, np.int32), all_scores, all_class_ids


def _boxes(messages: list[Any]) -> npt.NDArray[np.float32]:
    boxes = [m.location_data.relative_bounding_box for m in messages]
    rows = [[box.xmin, box.ymin, box.width, box.height] for box in boxes]
    return np.array(rows, np.float32).reshape(-1, 4)


def _keypoints(messages: list[Any], least: int) -> npt.NDArray[np.float32]:
    points = [[(p.x, p.y) for p in m.location_data.relative_keypoints] for m in messages]
    array = np.full((len(messages), max([least, *map(len, points)]), 2), np.nan, np.float32)
    for row, values in enumerate(points):
        if values:
            array[row, : len(values)] = values
    return array


def _label_names(messages: list[Any]) -> list[str]:
    """The text labels by class id, "" for ids without one; empty where no detection has any."""
    by_id: dict[int, str] = {}
    for message in messages:
        by_id.update(zip(message.label_id, message.label, strict=False))
    for label in (label for message in messages if not message.label_id for label in message.label):
        if label not in by_id.values():
            by_id[next(index for index in itertools.count() if index not in by_id)] = label
    known = {index: label for index, label in by_id.items() if 0 <= index < MAX_LABELS}
    return [known.get(index, "") for index in range(max(known) + 1)] if known else []
