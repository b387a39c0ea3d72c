"""Reference of `select_shapes`: swaps among candidates until none gives more."""

from __future__ import annotations

from typing import Any

import numpy as np

LEAST_GAIN = 1e-6
LANES = 16  # column i is added up in lane i % LANES; the lanes are added up at the end


def select_shapes(utility: Any, weights: Any, map: Any, selection: Any) -> tuple[list[int], float]:
    """The members that no swap betters, and their value; columns in float32, sums in float64."""
    on_map = [0] * len(utility) if map is None else map.tolist()
    members = selection.tolist()
    scale = 0.0
    for each in weights.tolist():
        scale += each
    scale = max(scale, value_of(utility, weights, members))
    at = last = 0
    while at - last < len(utility):
        candidate = at % len(utility)
        if candidate not in members:
            place, gain = _best_swap(utility, weights, on_map, members, candidate)
            if gain > LEAST_GAIN * scale:
                before = value_of(utility, weights, members)
                members[place] = candidate
                if not value_of(utility, weights, members) > before:
                    break
                scale = max(scale, value_of(utility, weights, members))
                last = at
        at += 1
    return members, value_of(utility, weights, members)


def value_of(utility: Any, weights: Any, members: list[int]) -> float:
    """The weighted sum over columns of the best member's utility, which is at least 0."""
    served = [0.0] * LANES
    for i, weight in enumerate(weights):
        _, best, _ = _best_two(utility, members, i)
        served[i % LANES] += float(weight * best)
    return _sum(served)


def _best_swap(
    utility: Any, weights: Any, on_map: list[int], members: list[int], candidate: int
) -> tuple[int, float]:
    added = [0.0] * LANES
    kept = [[0.0] * LANES for _ in members]
    lost = [[0.0] * LANES for _ in members]
    for i, weight in enumerate(weights):
        holder, best, second = _best_two(utility, members, i)
        value = max(utility[candidate, i], second)
        added[i % LANES] += float(weight * (max(value, best) - best))
        kept[holder][i % LANES] += float(weight * (min(value, best) - second))
        lost[holder][i % LANES] += float(weight * (second - best))
    change = [_sum(lost[j]) + _sum(kept[j]) for j in range(len(members))]
    places = [j for j in range(len(members)) if on_map[members[j]] == on_map[candidate]]
    if not places:
        return -1, 0.0
    place = max(places, key=lambda j: change[j])  # the first of equals
    return place, _sum(added) + change[place]


def _best_two(utility: Any, members: list[int], column: int) -> tuple[int, Any, Any]:
    """The first of the best members, its utility and the runner-up's; at least 0 both."""
    zero = np.float32(0)
    values = [utility[member, column] for member in members]
    holder = max(range(len(values)), key=lambda j: values[j]) if max(values) > 0 else 0
    others = [value for j, value in enumerate(values) if j != holder]
    return holder, max(zero, values[holder]), max(zero, zero, *others)


def _sum(lanes: list[float]) -> float:
    quarters = [(lanes[i] + lanes[i + 4]) + (lanes[i + 8] + lanes[i + 12]) for i in range(4)]
    return (quarters[0] + quarters[1]) + (quarters[2] + quarters[3])
