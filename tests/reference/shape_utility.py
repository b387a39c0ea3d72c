"""Reference of `shape_utility`: what each shape alone gives each box, float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from mediapipe_anchors.fit.objective import Objective
from reference.shape_similarity import (
    has_iou_part,
    has_ratio_part,
    iou_with,
    ratio_with,
    value_of_iou,
    value_of_ratio,
)


def shape_utility(sides: Any, distances: Any, shapes: Any, map: Any, objective: Objective) -> Any:
    """float32 [shapes, parts, N]."""
    count, size = shapes.shape[1], sides.shape[1]
    parts = has_iou_part(objective) + has_ratio_part(objective)
    utility = np.zeros((count, parts, size), np.float32)
    with np.errstate(all="ignore"):
        for j in range(count):
            if has_iou_part(objective):
                iou = iou_with(sides, distances, shapes[:, j], 0 if map is None else map[j])
                utility[j, 0] = value_of_iou(objective, iou)
            if has_ratio_part(objective):
                utility[j, -1] = value_of_ratio(objective, ratio_with(sides, shapes[:, j]))
    return utility
