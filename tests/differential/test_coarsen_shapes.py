"""`coarsen_shapes` against its reference."""

from __future__ import annotations

import numpy as np
import pytest
from reference.coarsen_shapes import coarsen_shapes as reference

from differential.cases.fit import fit_case
from differential.compare import blocks
from mediapipe_anchors import _core


@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        case = fit_case(seed, max_boxes=80)
        for max_groups in (1, 2, 7, 1000):
            ours = _core.coarsen_shapes(case.sides, case.weights, max_groups)
            expected = reference(case.sides, case.weights, max_groups)
            np.testing.assert_array_equal(ours[0], expected[0], err_msg=f"{seed} {max_groups}")
            np.testing.assert_array_equal(ours[1], expected[1], err_msg=f"{seed} {max_groups}")
            assert 1 <= len(ours[1]) <= min(max_groups, case.sides.shape[1])
            assert ours[1].sum() == pytest.approx(case.weights.sum(), rel=1e-12)
    tally("coarsen_shapes, reference", len(seeds) * 4)


@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_no_group_is_without_weight_and_none_is_there_twice(seeds):
    """Whatever the weights: rounding of a mean must not make a group of nothing."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        count = int(rng.integers(2, 60))
        sides = 10 ** rng.uniform(-9, 9, (2, count))
        weights = 10.0 ** rng.integers(-17, 1, count)
        groups, totals = _core.coarsen_shapes(sides, weights, count)
        assert (totals > 0).all(), seed
        assert len(np.unique(groups, axis=1).T) == len(totals), seed


def test_as_many_groups_as_distinct_boxes_are_the_boxes():
    rng = np.random.default_rng(0)
    distinct = np.unique(rng.uniform(0.01, 1, (2, 50)), axis=1)
    sides = np.repeat(distinct, 3, axis=1)[:, rng.permutation(150)]
    groups, totals = _core.coarsen_shapes(sides, np.ones(150), 1000)
    np.testing.assert_allclose(np.unique(groups, axis=1), distinct, rtol=1e-14)
    np.testing.assert_array_equal(totals, 3)


def test_what_is_no_number_ends():
    rng = np.random.default_rng(0)
    for _ in range(500):
        sides = rng.choice([np.nan, np.inf, -np.inf, 0, -1, 1e-320, 1e308, 0.5, 0.7], (2, 20))
        weights = rng.choice([np.nan, np.inf, -np.inf, -1, 0, 1e308, 1e-320, 1], 20)
        groups, totals = _core.coarsen_shapes(sides, weights, 30)
        assert groups.shape == (2, len(totals))
        assert 1 <= len(totals) <= 20
