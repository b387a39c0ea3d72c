"""Finds shapes that maximise an objective: swaps among candidates, then a pattern search.

Which anchors serve many boxes best is a facility location problem. It is solved nearly to the
optimum in steps: random selections from a few hundred candidate shapes are each bettered by swaps
(`select_shapes`), on coarsened boxes, where one costs little; the best of them leave the candidates
and move freely (`refine_shapes`); the very best is thrown out of its local optimum again and again;
what remains is refined on ever more detail.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population

Floats = npt.NDArray[np.float64]

RAMPS = (0.15, 0.05)  # widths of the slope in place of the step of recall, while searching


@dataclasses.dataclass(frozen=True)
class Effort:
    """How hard to search: the size of what is searched, and how much is tried.

    Attributes:
        candidates: shapes to select from.
        coarse: boxes on which selections are compared.
        fine: boxes on which the best few are compared.
        starts: random selections at most; fewer where the best is found `agreement` times.
        kept: local optima that leave the candidates.
        kicks: times that the best is thrown out of its local optimum.
        finalists: how many are compared on the fine boxes.
    """

    candidates: int = 300
    coarse: int = 1000
    fine: int = 8192
    starts: int = 32
    agreement: int = 5
    kept: int = 8
    kicks: int = 24
    finalists: int = 4


class Found(NamedTuple):
    """Shapes [2, k], widths then heights, and the objective that they reach."""

    value: float
    shapes: npt.NDArray[np.float64]


def search_shapes(
    boxes: Population,
    count: int,
    objective: Objective,
    random: np.random.RandomState,
    effort: Effort = Effort(),
) -> Floats:
    """`count` shapes for boxes whose place does not matter; float64 [count, 2], in no order."""
    fine = boxes.coarsened(max(effort.fine, 8 * count))
    coarse = fine.coarsened(max(effort.coarse, 8 * count))
    soft = objective.softened(RAMPS[0])
    candidates = coarse.coarsened(max(effort.candidates, 4 * count))
    race = _Race(coarse, candidates, soft, random)
    found = [race.refine(shapes) for shapes in race.local_optima(count, effort)]
    found = sorted(found, key=_value, reverse=True)
    if count > 1:
        found = race.kicked(found[0], effort.kicks) + found[1:]
    finalists = [
        _refine(fine, each, objective.softened(RAMPS[1]), 0.03, 0.008)
        for each in sorted(found, key=_value, reverse=True)[: effort.finalists]
    ]
    best = _refine(fine, max(finalists, key=_value), objective, 0.016, 0.004)
    return _refine(boxes, best, objective, 0.004, 0.0005).shapes.T


class _Race:
    """Selections of candidates, compared on coarsened boxes."""

    def __init__(
        self,
        boxes: Population,
        candidates: Population,
        objective: Objective,
        random: np.random.RandomState,
    ) -> None:
        self._boxes = boxes
        self._objective = objective
        self._random = random
        self._candidates = candidates.sides
        self._utility = self._utility_of(candidates.sides)
        parts = self._utility.shape[1] // len(boxes)
        self._weights = np.tile(boxes.weights, parts).astype(np.float32)

    def local_optima(self, count: int, effort: Effort) -> list[Floats]:
        """The best selections, [2, count] each, that no swap betters; the best first."""
        size = len(self._utility)
        count = min(count, size)
        found: dict[tuple[int, ...], float] = {}
        times: Counter[tuple[int, ...]] = Counter()
        best: tuple[int, ...] = ()
        for _ in range(effort.starts):
            start = self._random.permutation(size)[:count].astype(np.int32)
            selection, value = _core.select_shapes(self._utility, self._weights, None, start)
            key = tuple(sorted(selection.tolist()))
            found[key] = value
            times[key] += 1
            best = min(found, key=lambda each: (-found[each], each))
            if times[best] == effort.agreement:
                break
        ordered = sorted(found, key=lambda each: (-found[each], each))
        return [self._candidates[:, list(each)] for each in ordered[: effort.kept]]

    def refine(self, shapes: Floats) -> Found:
        """The local optimum that is near, off the candidates."""
        return _refine(self._boxes, Found(0.0, shapes), self._objective, 0.1, 0.02)

    def kicked(self, best: Found, kicks: int) -> list[Found]:
        """Local optima near the best: each time one shape is barred and another put in its place.

        Returns:
            `best` or what has beaten it, and the runners-up.
        """
        found = [best]
        for _ in range(kicks):
            count = best.shapes.shape[1]
            barred = self._random.randint(count)
            rest = np.delete(best.shapes, barred, axis=1)
            pool = np.concatenate([rest, self._candidates], axis=1)
            utility = np.concatenate([self._utility_of(rest), self._utility])
            newcomer = count - 1 + self._random.randint(self._candidates.shape[1])
            start = np.array([*range(count - 1), newcomer], np.int32)
            selection, _ = _core.select_shapes(utility, self._weights, None, start)
            found.append(self.refine(pool[:, selection]))
            best = max(found, key=_value)
        return found

    def _utility_of(self, shapes: Floats) -> npt.NDArray[np.float32]:
        utility = _core.shape_utility(self._boxes.sides, None, shapes, None, self._objective)
        return utility.reshape(shapes.shape[1], -1)


def _value(found: Found) -> float:
    return found.value


def _refine(
    boxes: Population, found: Found, objective: Objective, first_step: float, last_step: float
) -> Found:
    shapes, value = _core.refine_shapes(
        sides=boxes.sides,
        distances=boxes.distances,
        weights=boxes.weights,
        shapes=found.shapes,
        map=None,
        objective=objective,
        first_step=first_step,
        last_step=last_step,
        max_sweeps=8,
    )
    return Found(value, shapes.astype(np.float64))
