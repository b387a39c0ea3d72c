"""Reference of `refine_shapes`: a pattern search, one shape after the other, float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from mediapipe_anchors.fit.objective import Objective
from reference.float32 import F, expf
from reference.shape_similarity import (
    has_iou_part,
    has_ratio_part,
    iou_with,
    maximum,
    ratio_with,
    value_of_iou,
    value_of_ratio,
)

BLOCK = 256
LEAST_GAIN = 1e-7
MAX_MOVES = 64
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))


class Problem:
    """The boxes, and the objective of any shapes for them."""

    def __init__(self, sides: Any, distances: Any, weights: Any, map: Any, objective: Objective):
        self.sides, self.distances, self.weights, self.map = sides, distances, weights, map
        self.objective = objective

    def value(self, shapes: Any) -> float:
        """The weighted sum over boxes and parts; float32 within a block, float64 beyond."""
        parts = []
        count, size = shapes.shape[1], self.sides.shape[1]
        zero = np.zeros(size, np.float32)
        if has_iou_part(self.objective):
            best = zero
            for j in range(count):
                on_map = 0 if self.map is None else self.map[j]
                best = maximum(best, iou_with(self.sides, self.distances, shapes[:, j], on_map))
            parts.append(self.weights * value_of_iou(self.objective, best))
        if has_ratio_part(self.objective):
            best = zero
            for j in range(count):
                best = maximum(best, ratio_with(self.sides, shapes[:, j]))
            parts.append(self.weights * value_of_ratio(self.objective, best))
        total = 0.0
        for begin in range(0, size, BLOCK):
            for part in parts:
                total += _sum(part[begin : begin + BLOCK])
        return total


def refine_shapes(
    sides: Any,
    distances: Any,
    weights: Any,
    shapes: Any,
    map: Any,
    objective: Objective,
    first_step: float,
    last_step: float,
    max_sweeps: int,
) -> tuple[Any, float]:
    """float32 [2, k] and the objective that they reach."""
    problem = Problem(sides, distances, weights, map, objective)
    shapes = shapes.copy()
    step = F(first_step)
    with np.errstate(all="ignore"):
        while step >= F(last_step):
            for _ in range(max_sweeps):
                moved = [_move(problem, shapes, j, step) for j in range(shapes.shape[1])]
                if not any(moved):
                    break
            step /= F(2)
        return shapes, problem.value(shapes)


def _move(problem: Problem, shapes: Any, j: int, step: np.float32) -> bool:
    """Moves shape `j` in each direction as far as that helps."""
    value, any_moved, direction = problem.value(shapes), False, 0
    while direction < len(DIRECTIONS):
        factors = [expf(step * F(sign)) for sign in DIRECTIONS[direction]]
        moved = False
        for _ in range(MAX_MOVES):
            trial = shapes.copy()
            trial[:, j] = trial[:, j] * np.array(factors, np.float32)
            reached = problem.value(trial)
            if not reached > value + LEAST_GAIN * abs(value):
                break
            value, shapes[:, j], moved = reached, trial[:, j], True
        if moved and direction % 2 == 0:
            direction += 1  # the way back cannot help
        direction += 1
        any_moved = any_moved or moved
    return any_moved


def _sum(values: Any) -> float:
    """By halves in float32, of a block that zeros fill up."""
    block = np.zeros(BLOCK, np.float32)
    block[: len(values)] = values
    while len(block) > 1:
        half = len(block) // 2
        block = block[:half] + block[half:]
    return float(block[0])
