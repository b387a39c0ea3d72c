"""Ours refuses exactly what the stock calculators refuse, on random changes to valid options.

Every stock call runs in a process of its own, since some kill theirs.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from conftest import needs_graph_api

from differential.cases.invalid import invalid_anchors_case, invalid_decode_case, invalid_nms_case
from differential.compare import assert_same, blocks
from mediapipe_anchors import (
    MediaPipeAnchorsError,
    decode_tensors,
    generate_anchors,
    non_max_suppression,
)

pytestmark = [needs_graph_api, pytest.mark.slow]


@dataclasses.dataclass(frozen=True)
class Side:
    arguments: Callable[[int], tuple[Any, ...]]  # of a seed
    ours: Callable[..., Any]
    stock: str  # a function of the oracle
    seeds: int
    timeout: float = 10.0


SIDES = {
    "anchors": Side(invalid_anchors_case, generate_anchors, "stock_anchors", 100, timeout=2),
    "decode": Side(invalid_decode_case, decode_tensors, "stock_decode", 150),
    "nms": Side(invalid_nms_case, non_max_suppression, "stock_non_max_suppression", 50),
}


def compare(seed: int, side: Side) -> str:
    """Equal results, or both refuse. Returns how stock ended."""
    import oracle

    arguments = side.arguments(seed)
    outcome = oracle.stock_outcome(getattr(oracle, side.stock), *arguments, timeout=side.timeout)
    refusal, result = None, None
    try:
        result = side.ours(*arguments)
    except MediaPipeAnchorsError as error:
        refusal = error
    both = f"seed {seed}: stock {outcome}, ours {refusal or 'ok'}\n{arguments}"
    assert (outcome.kind == "ok") == (refusal is None), both
    if refusal is None:
        stock = result[:0] if outcome.result is None else outcome.result
        assert_same(result, stock, seed=seed, options=arguments)
    return outcome.kind


@pytest.mark.parametrize(
    ("name", "seeds"),
    [(name, seeds) for name, side in SIDES.items() for seeds in blocks(side.seeds)],
    ids=str,
)
def test_both_refuse_or_agree(name, seeds, tally):
    ends = Counter(compare(seed, SIDES[name]) for seed in seeds)
    assert ends["ok"] >= 5, ends
    assert ends.total() - ends["ok"] >= 5, ends
    tally(f"refused or equal: {name}, live", len(seeds))
