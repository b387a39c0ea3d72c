"""`refine_shapes` against its reference: the same shapes and value, bit for bit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from reference.refine_shapes import Problem
from reference.refine_shapes import refine_shapes as reference

from differential.cases.fit import fit_case
from differential.compare import assert_same, blocks
from mediapipe_anchors import _core
from mediapipe_anchors.fit.objective import Objective


@pytest.mark.parametrize("seeds", blocks(300), ids=str)
def test_reference(seeds, tally):
    moved = 0
    for seed in seeds:
        case = fit_case(seed, max_boxes=30, max_shapes=4).single()
        rng = np.random.default_rng(seed)
        steps = rng.choice([0.5, 0.1]), rng.choice([0.1, 0.02]), int(rng.integers(1, 4))
        arguments = {**vars(case), "first_step": steps[0], "last_step": steps[1]}
        ours, value = _core.refine_shapes(**arguments, max_sweeps=steps[2])
        expected, expected_value = reference(**arguments, max_sweeps=steps[2])
        assert_same(ours, expected, seed=seed, options=case)
        assert value == expected_value, seed
        moved += not np.array_equal(ours, case.shapes)
    assert moved >= len(seeds) / 4, "most cases left nothing to move"
    tally("refine_shapes, reference", len(seeds))


@pytest.mark.parametrize("size", [255, 256, 257, 1001])
def test_boxes_beyond_one_block(size):
    rng = np.random.default_rng(size)
    arguments = {
        "sides": rng.uniform(0.01, 1, (2, size)).astype(np.float32),
        "distances": rng.uniform(0, 0.1, (2, 2, size)).astype(np.float32),
        "weights": rng.uniform(0, 1, size).astype(np.float32),
        "shapes": rng.uniform(0.1, 1, (2, 3)).astype(np.float32),
        "map": np.array([0, 1, 1], np.int32),
        "objective": Objective(iou=0.5, recall=0.3, ramp=0.1, ratio=0.2),
        "first_step": 0.1,
        "last_step": 0.1,
        "max_sweeps": 2,
    }
    ours, value = _core.refine_shapes(**arguments)
    expected, expected_value = reference(**arguments)
    assert_same(ours, expected, seed=size, options=arguments)
    assert value == expected_value
    assert not np.array_equal(ours, arguments["shapes"])


@pytest.mark.parametrize("seeds", blocks(200), ids=str)
def test_never_worse_and_the_value_is_what_the_shapes_reach(seeds):
    for seed in seeds:
        case = fit_case(seed).single()
        problem = Problem(case.sides, case.distances, case.weights, case.map, case.objective)
        ours, value = _core.refine_shapes(
            **vars(case), first_step=0.2, last_step=0.001, max_sweeps=8
        )
        with np.errstate(all="ignore"):
            assert value == problem.value(ours), seed
            assert value >= problem.value(case.shapes), seed


def test_no_sweep_leaves_the_shapes_and_says_what_they_reach():
    case = dataclasses.replace(fit_case(4).single(), objective=Objective(iou=1.0))
    problem = Problem(case.sides, case.distances, case.weights, case.map, case.objective)
    for steps in ((0.01, 0.1, 8), (0.1, 0.01, 0), (-1.0, 0.01, 8), (0.1, 0.01, -5)):
        shapes, value = _core.refine_shapes(
            **vars(case), first_step=steps[0], last_step=steps[1], max_sweeps=steps[2]
        )
        np.testing.assert_array_equal(shapes, case.shapes)
        assert value == problem.value(case.shapes) > 0


@pytest.mark.timeout(60)
def test_what_is_no_number_ends():
    rng = np.random.default_rng(0)
    odd = np.array([np.nan, np.inf, -np.inf, 0, -1, 1e-45, 3e38, 0.5, 0.7], np.float32)
    numbers = [np.nan, np.inf, -np.inf, -1.0, 0.0, 0.5, 1.0, 1e30]
    for _ in range(300):
        fields = [field.name for field in dataclasses.fields(Objective)]
        objective = Objective(**dict(zip(fields, rng.choice(numbers, len(fields)), strict=True)))
        shapes, _ = _core.refine_shapes(
            sides=rng.choice(odd, (2, 20)),
            distances=None if rng.random() < 0.5 else rng.choice(odd, (2, 2, 20)),
            weights=rng.choice(odd, 20),
            shapes=rng.choice(odd, (2, 3)),
            map=None,
            objective=objective,
            first_step=8.0,
            last_step=1e-6,
            max_sweeps=1000,
        )
        assert shapes.shape == (2, 3)
