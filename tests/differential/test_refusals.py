"""Ours refuses exactly what the stock calculators refuse, on random changes to valid options.

Every stock call runs in a process of its own, since some kill theirs.
"""

from __future__ import annotations

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


def compare(seed: int, ours: Callable[[], Any], outcome: Any, options: Any) -> str:
    """Equal results, or both refuse. Returns how stock ended."""
    refusal, result = None, None
    try:
        result = ours()
    except MediaPipeAnchorsError as error:
        refusal = error
    both = f"seed {seed}: stock {outcome}, ours {refusal or 'ok'}\n{options}"
    assert (outcome.kind == "ok") == (refusal is None), both
    if refusal is None:
        stock = result[:0] if outcome.result is None else outcome.result
        assert_same(result, stock, seed=seed, options=options)
    return outcome.kind


def assert_both_happen(ends: Counter[str]) -> None:
    assert ends["ok"] >= 5, ends
    assert ends.total() - ends["ok"] >= 5, ends


@pytest.mark.parametrize("seeds", blocks(100), ids=str)
def test_anchors(seeds, tally):
    from oracle import stock_anchors, stock_outcome

    ends: Counter[str] = Counter()
    for seed in seeds:
        options = invalid_anchors_case(seed)
        outcome = stock_outcome(stock_anchors, options, timeout=2)
        ends[compare(seed, lambda o=options: generate_anchors(o), outcome, options)] += 1
    assert_both_happen(ends)
    tally("refused or equal: anchors, live", len(seeds))


@pytest.mark.parametrize("seeds", blocks(150), ids=str)
def test_decode(seeds, tally):
    from oracle import stock_decode, stock_outcome

    ends: Counter[str] = Counter()
    for seed in seeds:
        call = invalid_decode_case(seed)
        outcome = stock_outcome(stock_decode, *call)
        ends[compare(seed, lambda c=call: decode_tensors(*c), outcome, call[1])] += 1
    assert_both_happen(ends)
    tally("refused or equal: decode, live", len(seeds))


@pytest.mark.parametrize("seeds", blocks(50), ids=str)
def test_non_max_suppression(seeds, tally):
    from oracle import stock_non_max_suppression, stock_outcome

    ends: Counter[str] = Counter()
    for seed in seeds:
        call = invalid_nms_case(seed)
        outcome = stock_outcome(stock_non_max_suppression, *call)
        ends[compare(seed, lambda c=call: non_max_suppression(*c), outcome, call[1])] += 1
    assert_both_happen(ends)
    tally("refused or equal: nms, live", len(seeds))
