"""`match_shapes` against its reference, and against placed anchors laid out one by one."""

from __future__ import annotations

import numpy as np
import pytest
from reference.match_shapes import match_shapes as reference

from differential.cases.fit import fit_case
from differential.compare import blocks
from mediapipe_anchors import _core


@pytest.mark.parametrize("seeds", blocks(2000), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        case = fit_case(seed)
        arguments = (case.sides, case.distances, case.shapes, case.map)
        index, iou = _core.match_shapes(*arguments)
        expected_index, expected_iou = reference(*arguments)
        assert (index.dtype, iou.dtype) == (np.int32, np.float64)
        np.testing.assert_array_equal(index, expected_index, err_msg=str(seed))
        np.testing.assert_array_equal(iou, expected_iou, err_msg=str(seed))
        assert ((iou >= 0) & (iou <= 1)).all(), seed
    tally("match_shapes, reference", len(seeds))


@pytest.mark.parametrize("size", [1023, 1024, 1025, 5000])
def test_boxes_beyond_one_block(size):
    rng = np.random.default_rng(size)
    sides, shapes = rng.uniform(0.01, 1, (2, size)), rng.uniform(0.01, 1, (2, 7))
    distances = rng.uniform(0, 0.1, (2, 3, size))
    on_map = rng.integers(3, size=7).astype(np.int32)
    for ours, expected in zip(
        _core.match_shapes(sides, distances, shapes, on_map),
        reference(sides, distances, shapes, on_map),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, expected)


def test_what_is_no_number_matches_nothing():
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = rng.choice([np.nan, np.inf, -np.inf, 0, -1, 1e-320, 1e308, 0.5], (2, 20))
        shapes = rng.choice([np.nan, np.inf, 0, 0.5, 1e308], (2, 3))
        distances = rng.choice([np.nan, np.inf, -np.inf, 0, 0.1], (2, 1, 20))
        for boxes_at in (None, distances):
            index, iou = _core.match_shapes(values, boxes_at, shapes, None)
            expected_index, expected_iou = reference(values, boxes_at, shapes, None)
            np.testing.assert_array_equal(index, expected_index)
            np.testing.assert_array_equal(iou, expected_iou)
            assert not np.isnan(iou).any()
