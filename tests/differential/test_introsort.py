"""The order of ties: the reference of `std::sort` against the live calculators and against ours."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from conftest import needs_graph_api
from reference.introsort import order_by_score, std_sort

from differential.cases.nms import KEEP_ALL
from mediapipe_anchors import Detections, non_max_suppression


def numbered(scores: np.ndarray) -> Detections:
    """Detections whose class is their place in the input."""
    n = len(scores)
    return Detections(np.ones((n, 4)), scores.astype(np.float32), np.arange(n))


@dataclasses.dataclass
class _Killer:
    """McIlroy's adversary: decides values while a quicksort compares them, for the worst."""

    n: int

    def __post_init__(self) -> None:
        self.values: list[float] = [float(self.n)] * self.n  # "gas": above all decided values
        self.decided = 0
        self.candidate = 0

    def before(self, a: int, b: int) -> bool:
        if self.values[a] == self.values[b] == self.n:
            self._decide(a if a == self.candidate else b)
        if self.values[a] == self.n:
            self.candidate = a
        elif self.values[b] == self.n:
            self.candidate = b
        return self.values[a] < self.values[b]

    def _decide(self, index: int) -> None:
        self.values[index] = float(self.decided)
        self.decided += 1


@functools.cache
def worst_case(n: int) -> np.ndarray:
    """Scores on which median-of-three quicksort goes too deep, with a tie for every two of them."""
    killer = _Killer(n)
    std_sort(list(range(n)), killer.before)
    return -np.array(killer.values, np.float32) // 2


def scores_of_length(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    kinds = [
        lambda: rng.random(n),
        lambda: rng.integers(0, 3, n) / 2,
        lambda: np.ones(n),
        lambda: np.sort(rng.integers(0, 9, n)),
        lambda: -np.sort(rng.integers(0, 9, n)),
        lambda: np.abs(np.arange(n) - n // 2) // 2,
    ]
    return kinds[seed % len(kinds)]().astype(np.float32)


LENGTHS = [0, 1, 2, 3, 15, 16, 17, 18, 31, 32, 33, 64, 100, 257, 1000]


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("seed", range(6))
def test_sorts(n, seed):
    scores = scores_of_length(n, seed)
    order = order_by_score(scores)
    assert sorted(order) == list(range(n))
    assert (np.diff(scores[order]) <= 0).all()
    if n <= 16:  # a plain insertion sort is stable
        assert order == sorted(range(n), key=lambda i: -scores[i])


def test_is_not_stable_above_16():
    assert order_by_score(np.ones(17)) != list(range(17))


def test_worst_case_reaches_the_heapsort(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "reference.introsort._heapsort", lambda a, first, last, before: calls.append(last - first)
    )
    order_by_score(worst_case(400))
    assert calls, "the recursion never got too deep"


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("seed", range(6))
def test_ours(n, seed):
    scores = scores_of_length(n, seed)
    kept = non_max_suppression(numbered(scores), KEEP_ALL)
    assert kept.class_ids.tolist() == order_by_score(scores)


@pytest.mark.parametrize("n", [100, 400, 1000])
def test_ours_in_the_worst_case(n):
    kept = non_max_suppression(numbered(worst_case(n)), KEEP_ALL)
    assert kept.class_ids.tolist() == order_by_score(worst_case(n))


@needs_graph_api
@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("seed", range(6))
def test_stock(n, seed):
    from oracle import stock_non_max_suppression

    scores = scores_of_length(n, seed)
    kept = stock_non_max_suppression(numbered(scores), KEEP_ALL)
    assert ([] if kept is None else kept.class_ids.tolist()) == order_by_score(scores)


@needs_graph_api
@pytest.mark.parametrize("n", [100, 400, 1000])
def test_stock_in_the_worst_case(n):
    from oracle import stock_non_max_suppression

    kept = stock_non_max_suppression(numbered(worst_case(n)), KEEP_ALL)
    assert kept.class_ids.tolist() == order_by_score(worst_case(n))
