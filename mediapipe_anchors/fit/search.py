"""Finds shapes that maximise an objective: swaps among candidates, then a pattern search.

Which anchors serve many boxes best is a facility location problem. It is solved nearly to the
optimum in steps: random selections from a few hundred candidate shapes are each bettered by swaps
(`select_shapes`), on few boxes, where one costs little; the best of them leave the candidates and
move freely (`refine_shapes`); the very best is shaken out of its local optimum again and again;
what remains is refined on ever more boxes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population

Floats = npt.NDArray[np.float64]

SHAKES = ((2, 0.08), (2, 0.08), (3, 0.15))  # in turn: how many shapes, and how much of a side
SWAPPED = 600  # shapes of boxes that take the place of others
RAMPS = (0.15, 0.05)  # widths of the slope in place of the step of recall, while searching


@dataclasses.dataclass(frozen=True)
class Effort:
    """How hard to search: the size of what is searched, and how much is tried.

    Attributes:
        candidates: shapes to select from, on each feature map.
        coarse: boxes on which selections are compared.
        fine: boxes on which the best few are compared.
        starts: random selections, at most 8 a shape.
        kept: local optima that leave the candidates.
        shakes: times that the best is shaken out of its local optimum, at most 4 a shape.
        finalists: how many are compared on the fine boxes.
        work: boxes times 3 more than the shapes: where a race takes less, as on few boxes, further
            ones are run, up to 4 in all. 0 is one race.
        all_step, last_step: the first and the last change of a side, as a fraction, that is tried
            on all boxes.
    """

    candidates: int = 200
    coarse: int = 2000
    fine: int = 8192
    starts: int = 24
    kept: int = 24
    shakes: int = 40
    finalists: int = 8
    work: int = 32_000
    all_step: float = 0.004
    last_step: float = 0.0005


ANYWHERE = Effort()
PLACED = Effort(
    candidates=150,
    coarse=5000,
    fine=10000,
    starts=16,
    kept=8,
    shakes=60,
    finalists=3,
    work=0,
    all_step=0.016,
    last_step=0.004,
)


class Found(NamedTuple):
    """Shapes [2, k], widths then heights, and the objective that they reach."""

    value: float
    shapes: npt.NDArray[np.float64]


def search_shapes(
    boxes: Population,
    count: int,
    objective: Objective,
    random: np.random.RandomState,
    effort: Effort = ANYWHERE,
) -> Floats:
    """`count` shapes for boxes whose place does not matter; float64 [count, 2], in no order."""
    fine = boxes.coarsened(max(effort.fine, 8 * count))
    coarse = fine.coarsened(max(effort.coarse, 8 * count))
    candidates = coarse.coarsened(max(effort.candidates, 4 * count)).sides
    race = _Race([coarse, fine, boxes], candidates, [count], objective, random)
    races = min(max(effort.work // (len(boxes) * (count + 3)), 1), 4)
    return max((race.run(effort) for _ in range(races)), key=_value).shapes.T


def search_placed_shapes(
    boxes: Population,
    counts: Sequence[int],
    objective: Objective,
    random: np.random.RandomState,
    effort: Effort = PLACED,
) -> Floats:
    """`counts[m]` shapes on each feature map m, for boxes with distances to its cells.

    Returns:
        float64 [sum of counts, 2], the shapes of the first map first.
    """
    fine = boxes.sampled(effort.fine, random)
    coarse = fine.sampled(effort.coarse, random)
    candidates = boxes.coarsened(max(effort.candidates, 2 * max(counts))).sides
    race = _Race([coarse, fine, boxes], candidates, counts, objective, random)
    return race.run(effort).shapes.T


class _Race:
    """A search on three sets of boxes, each larger than the one before."""

    def __init__(
        self,
        levels: Sequence[Population],
        candidates: Floats,
        counts: Sequence[int],
        objective: Objective,
        random: np.random.RandomState,
    ) -> None:
        self._coarse, self._fine, self._all = levels
        if candidates.shape[1] < max(counts):  # boxes too much alike: some shapes stand there twice
            candidates = np.resize(candidates.T, (max(counts), 2)).T
        self._candidates = np.tile(candidates, len(counts))
        self._candidate_maps = _numbered(candidates.shape[1] for _ in counts)
        self._counts = counts
        self._maps = _numbered(counts)  # the feature map of each shape
        self._soft = objective.softened(RAMPS[0])
        self._softish = objective.softened(RAMPS[1])
        self._objective = objective
        self._random = random
        self._utility = self._utility_of(self._candidates, self._candidate_maps)
        parts = self._utility.shape[1] // len(self._coarse)
        self._weights = np.tile(self._coarse.weights, parts).astype(np.float32)

    def run(self, effort: Effort) -> Found:
        """The best shapes, in the order of their maps; another time, from other starts."""
        optima = self._local_optima(effort)
        found = [self._refine(self._coarse, each, self._soft, 0.1, 0.02) for each in optima]
        found.sort(key=_value, reverse=True)
        shakes = min(effort.shakes, 4 * len(self._maps))
        found = _distinct(self._shake(found[0], shakes) + found[1:])
        if self._coarse.distances is None:
            found = _distinct([self._swap(found[0]), *found])
        found = [
            self._refine(self._fine, each.shapes, self._softish, 0.03, 0.008)
            for each in found[: effort.finalists]
        ]
        best = max(found, key=_value).shapes
        best = self._refine(self._fine, best, self._objective, 0.016, 0.004).shapes
        if self._objective.recall:
            best = self._refine(self._all, best, self._softish, effort.all_step, 0.004).shapes
        return self._refine(self._all, best, self._objective, effort.all_step, effort.last_step)

    def _local_optima(self, effort: Effort) -> list[Floats]:
        """The best selections that no swap betters; the best first.

        Each is one of a random half of the candidates, so that they differ.
        """
        found: dict[tuple[int, ...], float] = {}
        for _ in range(min(effort.starts, 8 * len(self._maps))):
            half, start = self._random_half()
            chosen, value = _core.select_shapes(
                self._utility[half], self._weights, self._candidate_maps[half], start
            )
            found[tuple(half[np.sort(chosen)].tolist())] = value
        best = sorted(found, key=lambda each: (-found[each], each))[: effort.kept]
        return [self._candidates[:, list(each)] for each in best]

    def _random_half(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Half of the candidates of each feature map, and a random selection among them."""
        size = len(self._utility) // len(self._counts)
        half: list[npt.NDArray[np.int64]] = []
        start: list[npt.NDArray[np.int64]] = []
        for number, count in enumerate(self._counts):
            drawn = max(count, (size + 1) // 2)
            start.append(np.arange(count) + sum(len(each) for each in half))
            half.append(number * size + self._random.permutation(size)[:drawn])
        return np.concatenate(half), np.concatenate(start).astype(np.int32)

    def _shake(self, best: Found, shakes: int) -> list[Found]:
        """Local optima near the best: each time a few like shapes are changed a little at random.

        No shape alone betters a local optimum, but some that move together may.

        Returns:
            `best` and what has come of it.
        """
        found = [best]
        for number in range(shakes):
            size, change = SHAKES[number % len(SHAKES)]
            shapes = best.shapes.copy()
            shaken = _nearest(shapes, self._random.randint(shapes.shape[1]), size)
            shapes[:, shaken] *= np.exp(self._random.normal(0, change, (2, len(shaken))))
            found.append(self._refine(self._coarse, shapes, self._soft, 0.05, 0.02))
            best = max(best, found[-1], key=_value)
        return found

    def _swap(self, best: Found) -> Found:
        """The best after swaps for the shapes of many boxes, as far as these better it.

        Where boxes share shapes, as small ones in whole pixels do, there are optima a pixel apart.
        """
        count = best.shapes.shape[1]
        heaviest = np.argsort(-self._coarse.weights, kind="stable")[:SWAPPED]
        pool = np.concatenate([best.shapes, self._coarse.sides[:, np.sort(heaviest)]], axis=1)
        utility = self._utility_of(pool, np.zeros(pool.shape[1], np.int32))
        start = np.arange(count, dtype=np.int32)
        selection, _ = _core.select_shapes(utility, self._weights, None, start)
        swapped = self._refine(self._coarse, pool[:, selection], self._soft, 0.05, 0.02)
        return max(best, swapped, key=_value)

    def _utility_of(self, shapes: Floats, maps: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        boxes = self._coarse
        utility = _core.shape_utility(boxes.sides, boxes.distances, shapes, maps, self._soft)
        return utility.reshape(shapes.shape[1], -1)

    def _refine(
        self,
        boxes: Population,
        shapes: Floats,
        objective: Objective,
        first_step: float,
        last_step: float,
    ) -> Found:
        """The local optimum that is near, off the candidates."""
        refined, value = _core.refine_shapes(
            sides=boxes.sides,
            distances=boxes.distances,
            weights=boxes.weights,
            shapes=shapes,
            map=self._maps,
            objective=objective,
            first_step=first_step,
            last_step=last_step,
            max_sweeps=8,
        )
        return Found(value, refined.astype(np.float64))


def _value(found: Found) -> float:
    return found.value


def _distinct(found: Sequence[Found]) -> list[Found]:
    """The best first, without those that are nearly a better one: the same optimum, found again."""
    distinct: list[Found] = []
    for each in sorted(found, key=_value, reverse=True):
        if not any(_are_close(each.shapes, other.shapes) for other in distinct):
            distinct.append(each)
    return distinct


def _nearest(shapes: Floats, index: int, size: int) -> npt.NDArray[np.int64]:
    """Indices of the `size` shapes most like the one at `index`, itself among them."""
    apart = abs(np.log(shapes / shapes[:, index, None])).max(axis=0)
    nearest: npt.NDArray[np.int64] = np.argsort(apart, kind="stable")[:size]
    return nearest


def _are_close(shapes: Floats, others: Floats) -> bool:
    """Whether each shape has one of the others within a tenth of its sides."""
    apart = abs(np.log(shapes[:, :, None] / others[:, None])).max(axis=0)
    return bool((apart.min(axis=1) < 0.1).all())


def _numbered(counts: Iterable[int]) -> npt.NDArray[np.int32]:
    """0 as often as the first count says, then 1 as often as the second, and so on."""
    sizes = list(counts)
    numbers: npt.NDArray[np.int32] = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return numbers
