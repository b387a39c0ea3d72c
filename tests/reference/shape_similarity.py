"""What the references of the fit kernels share: similarity of boxes to one shape, at one precision.

Arrays are float32 or float64 throughout, [N]; every operation rounds once, as in the kernels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mediapipe_anchors.fit.objective import Objective
from reference.float32 import F

STEP = F(1e-6)  # how wide a step is at least


def minimum(a: Any, b: Any) -> Any:
    """`std::min` in each place: the first where they are equal or cannot be ordered (NaN)."""
    return np.where(b < a, b, a)


def maximum(a: Any, b: Any) -> Any:
    """`std::max` in each place: the first where they are equal or cannot be ordered (NaN)."""
    return np.where(a < b, b, a)


def iou_with(sides: Any, distances: Any, shape: Any, on_map: int) -> Any:
    """IoU of boxes `sides` [2, N] with one shape (w, h), on the nearest cell of a feature map."""
    real = sides.dtype.type
    shared = []
    for axis in range(2):
        overlap = minimum(sides[axis], shape[axis])
        if distances is not None:
            reach = (sides[axis] + shape[axis]) * real(0.5) - distances[axis, on_map]
            overlap = maximum(real(0), minimum(overlap, reach))
        shared.append(overlap)
    both = shared[0] * shared[1]
    return both / (sides[0] * sides[1] + shape[0] * shape[1] - both)


def ratio_with(sides: Any, shape: Any) -> Any:
    """min(w / aw, aw / w, h / ah, ah / h)."""
    w, h = (minimum(sides[i], shape[i]) / maximum(sides[i], shape[i]) for i in range(2))
    return minimum(w, h)


def value_of_iou(objective: Objective, iou: Any) -> Any:
    """The objective's value of a best IoU, float32."""
    ramp = F(objective.ramp)
    slope = F(1) / max(STEP, ramp)
    start = F(objective.iou_threshold) - (ramp / F(2) if ramp > STEP else STEP)
    reached = minimum(F(1), maximum(F(0), (iou - start) * slope))
    return F(objective.iou) * iou + F(objective.recall) * reached


def value_of_ratio(objective: Objective, ratio: Any) -> Any:
    """The objective's value of a best side ratio, float32."""
    return np.where(ratio > F(objective.ratio_threshold), F(objective.ratio) * ratio, F(0))


def has_iou_part(objective: Objective) -> bool:
    return bool(F(objective.iou) != 0 or F(objective.recall) != 0)


def has_ratio_part(objective: Objective) -> bool:
    return bool(F(objective.ratio) != 0)
