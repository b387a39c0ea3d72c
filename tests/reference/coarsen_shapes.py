"""Reference of `coarsen_shapes`: groups of boxes, split at their means, float64."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

NO_SPREAD = 1e-18


class Group(NamedTuple):
    """Some boxes, in the order in which they are summed, and where and how far they spread."""

    boxes: list[int]
    weight: float
    mean: list[float]
    spread: float
    split: float
    axis: int


def coarsen_shapes(sides: Any, weights: Any, max_groups: int) -> tuple[Any, Any]:
    """float64 [2, groups], the sides; float64 [groups], the weights; like groups side by side."""
    logs = [[_log(side) for side in row] for row in sides.tolist()]
    groups = [_measure(list(range(len(weights))), logs, weights.tolist())]
    while len(groups) < max_groups:
        widest = max(range(len(groups)), key=lambda at: groups[at].spread)  # the first of equals
        group = groups[widest]
        if not group.spread > NO_SPREAD * group.weight:
            break
        parts = _part(group.boxes, logs[group.axis], group.split)
        groups[widest : widest + 1] = [_measure(part, logs, weights.tolist()) for part in parts]
    means = [[math.exp(group.mean[axis]) for group in groups] for axis in range(2)]
    return np.array(means), np.array([group.weight for group in groups])


def _log(side: float) -> float:
    return math.log(side) if side > 0 else -math.inf


def _measure(boxes: list[int], logs: list[list[float]], weights: list[float]) -> Group:
    weight = _sum(weights[box] for box in boxes)
    mean, spread = [0.0, 0.0], [0.0, 0.0]
    split = [0.0, 0.0]
    for axis, log in enumerate(logs):
        if not weight > 0:
            continue
        mean[axis] = _sum(weights[box] * log[box] for box in boxes) / weight
        away = [log[box] - mean[axis] for box in boxes]
        spread[axis] = _sum(weights[box] * d * d for box, d in zip(boxes, away, strict=True))
        counted = [log[box] for box in boxes if weights[box] > 0]
        split[axis] = min(max(mean[axis], math.nextafter(min(counted), math.inf)), max(counted))
        if min(counted) == max(counted):
            spread[axis] = 0.0
    axis = 1 if spread[1] > spread[0] else 0
    return Group(boxes, weight, mean, spread[axis], split[axis], axis)


def _part(boxes: list[int], log: list[float], split: float) -> tuple[list[int], list[int]]:
    """Those below, then the others; each found changes places with the first of the others."""
    order, middle = list(boxes), 0
    for i, box in enumerate(boxes):
        if log[box] < split:
            order[i], order[middle] = order[middle], order[i]
            middle += 1
    return order[:middle], order[middle:]


def _sum(values: Any) -> float:
    total = 0.0
    for value in values:  # sum() of Python 3.12 compensates for rounding, the kernel does not
        total += value
    return total
