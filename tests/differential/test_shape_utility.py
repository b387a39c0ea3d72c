"""`shape_utility` against its reference."""

from __future__ import annotations

import numpy as np
import pytest
from reference.shape_utility import shape_utility as reference

from differential.cases.fit import fit_case
from differential.compare import assert_same, blocks
from mediapipe_anchors import _core
from mediapipe_anchors.fit.objective import Objective


@pytest.mark.parametrize("seeds", blocks(2000), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        case = fit_case(seed).single()
        arguments = (case.sides, case.distances, case.shapes, case.map, case.objective)
        ours = _core.shape_utility(*arguments)
        assert_same(ours, reference(*arguments), seed=seed, options=case)
    tally("shape_utility, reference", len(seeds))


def test_what_is_no_number():
    rng = np.random.default_rng(0)
    objective = Objective(iou=0.5, recall=0.25, ratio=0.25, ramp=0.1)
    odd = np.array([np.nan, np.inf, -np.inf, 0, -1, 1e-45, 3e38, 0.5], np.float32)
    for seed in range(200):
        sides, shapes, distances = (rng.choice(odd, size) for size in ((2, 20), (2, 3), (2, 1, 20)))
        for boxes_at in (None, distances):
            arguments = (sides, boxes_at, shapes, None, objective)
            ours = _core.shape_utility(*arguments)
            assert_same(ours, reference(*arguments), seed=seed, options=arguments)


def test_an_objective_of_nothing_has_no_parts():
    sides = np.ones((2, 5), np.float32)
    assert _core.shape_utility(sides, None, sides, None, Objective()).shape == (5, 0, 5)


def test_the_step_of_recall_ends_at_the_threshold():
    """Of boxes half as wide as the shape: at the threshold, half a millionth below, and lower."""
    sides = np.array([[0.5, 0.4999995, 0.499998], [1, 1, 1]], np.float32)
    shape, recall = np.ones((2, 1), np.float32), Objective(recall=1.0)
    at, just_below, below = _core.shape_utility(sides, None, shape, None, recall)[0, 0]
    assert at == 1
    assert 0.4 < just_below < 0.6
    assert below == 0
