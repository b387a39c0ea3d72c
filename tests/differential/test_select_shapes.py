"""`select_shapes` against its reference: the same selection and value, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from reference.select_shapes import select_shapes as reference
from reference.select_shapes import value_of

from differential.compare import blocks
from mediapipe_anchors import _core


def select_case(seed):
    """utility, weights, map and a first selection."""
    rng = np.random.default_rng(seed)
    candidates, columns = int(rng.integers(1, 14)), int(rng.integers(0, 50))
    size = int(rng.integers(1, candidates + 1))
    utility = rng.uniform(0, 1, (candidates, columns))
    kind = rng.integers(5)
    if kind == 0:  # ties, and candidates that are there twice
        utility = rng.choice([0, 0.25, 0.5], (candidates, columns))
    elif kind == 1:  # hardly a candidate serves a column
        utility *= rng.random(utility.shape) < 0.1
    elif kind == 2:  # of all magnitudes: thresholds must not depend on the scale
        utility *= 10.0 ** rng.integers(-25, 25)
    elif kind == 3:  # differences near the limit of float32
        utility = 1 - utility * 1e-6
    weights = rng.choice([np.ones(columns), 10 ** rng.uniform(-9, 9, columns)])
    if rng.random() < 0.3:
        weights = weights * (rng.random(columns) < 0.5)
    on_map = None if rng.random() < 0.5 else rng.integers(3, size=candidates).astype(np.int32)
    start = rng.permutation(candidates)[:size].astype(np.int32)
    return utility.astype(np.float32), weights.astype(np.float32), on_map, start


@pytest.mark.parametrize("seeds", blocks(2000), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        utility, weights, on_map, start = select_case(seed)
        before = start.copy()
        selection, value = _core.select_shapes(utility, weights, on_map, start)
        expected, expected_value = reference(utility, weights, on_map, start)
        assert (selection.tolist(), value) == (expected, expected_value), seed
        np.testing.assert_array_equal(start, before)
        assert len(set(selection.tolist())) == len(start)
        first = value_of(utility, weights, start.tolist())
        assert value >= first, seed
        if on_map is not None:  # each feature map keeps as many as it had
            np.testing.assert_array_equal(np.sort(on_map[selection]), np.sort(on_map[start]))
    tally("select_shapes, reference", len(seeds))


@pytest.mark.parametrize("seed", range(20))
def test_no_swap_of_the_result_gives_more(seed):
    rng = np.random.default_rng(seed)
    utility = rng.uniform(0, 1, (25, 200)).astype(np.float32)
    weights = rng.uniform(0, 1, 200).astype(np.float32)
    start = rng.permutation(25)[:4].astype(np.int32)
    selection, value = _core.select_shapes(utility, weights, None, start)
    weighted = utility.astype(float) * weights
    assert value == pytest.approx(weighted[selection].max(axis=0).sum(), rel=1e-6)
    for place in range(4):
        for candidate in set(range(25)) - set(selection.tolist()):
            other = np.where(np.arange(4) == place, candidate, selection)
            gain = weighted[other].max(axis=0).sum() - value
            assert gain <= 1e-6 * max(weights.astype(float).sum(), value) * (1 + 1e-3)


def test_what_is_no_number_ends():
    rng = np.random.default_rng(0)
    odd = np.array([np.nan, np.inf, -np.inf, 0, -1, 1e-45, 3e38, 0.5, 1], np.float32)
    for _ in range(500):
        utility, weights = rng.choice(odd, (12, 30)), rng.choice(odd[-6:], 30)
        weights = np.maximum(weights, 0)
        start = rng.permutation(12)[:3].astype(np.int32)
        selection, _ = _core.select_shapes(utility, weights, None, start)
        assert len(set(selection.tolist())) == 3
        assert ((selection >= 0) & (selection < 12)).all()
