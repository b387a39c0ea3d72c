"""Reference of `select_shapes`: swaps among candidates until none gives more."""

from __future__ import annotations

from typing import Any

LEAST_GAIN = 1e-7
BLOCK = 16  # columns that are summed before they are added to the rest

Rows = list[list[float]]


def select_shapes(utility: Any, weights: Any, map: Any, selection: Any) -> tuple[list[int], float]:
    """The members that no swap betters, and their value. Floats here are Python's: float64."""
    rows, weight = utility.tolist(), weights.tolist()
    on_map = [0] * len(rows) if map is None else map.tolist()
    members = selection.tolist()
    scale = 0.0
    for each in weight:
        scale += each
    at = last = 0
    while at - last < len(rows):
        candidate = at % len(rows)
        if candidate not in members:
            place, gain = _best_swap(rows, weight, on_map, members, candidate)
            if gain > LEAST_GAIN * scale:
                members[place] = candidate
                scale = max(scale, value_of(rows, weight, members))
                last = at
        at += 1
    return members, value_of(rows, weight, members)


def value_of(rows: Rows, weight: list[float], members: list[int]) -> float:
    """The weighted sum over columns of the best member's utility, which is at least 0."""
    total = 0.0
    for i in range(len(weight)):
        total += weight[i] * max(0.0, *(rows[member][i] for member in members))
    return total


def _best_swap(
    rows: Rows, weight: list[float], on_map: list[int], members: list[int], candidate: int
) -> tuple[int, float]:
    added, change = 0.0, _removals(rows, weight, members)
    for begin in range(0, len(weight), BLOCK):
        in_block = 0.0
        for i in range(begin, min(begin + BLOCK, len(weight))):
            holder, best, second = _best_two(rows, members, i)
            value = rows[candidate][i]
            if not value > second:
                continue
            if value > best:
                in_block += weight[i] * (value - best)
                change[holder] += weight[i] * (best - second)
            else:
                change[holder] += weight[i] * (value - second)
        added += in_block
    places = [j for j in range(len(members)) if on_map[members[j]] == on_map[candidate]]
    if not places:
        return -1, 0.0
    place = max(places, key=lambda j: change[j])  # the first of equals
    return place, added + change[place]


def _removals(rows: Rows, weight: list[float], members: list[int]) -> list[float]:
    """What is lost without each member."""
    lost = [0.0] * len(members)
    for i in range(len(weight)):
        holder, best, second = _best_two(rows, members, i)
        lost[holder] += weight[i] * (second - best)
    return lost


def _best_two(rows: Rows, members: list[int], column: int) -> tuple[int, float, float]:
    """The first of the best members, its utility and the runner-up's; at least 0 both."""
    values = [rows[member][column] for member in members]
    holder = max(range(len(values)), key=lambda j: values[j]) if max(values) > 0 else 0
    others = [value for j, value in enumerate(values) if j != holder]
    return holder, max(0.0, values[holder]), max(0.0, 0.0, *others)
