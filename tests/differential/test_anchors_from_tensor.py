"""`anchors_from_tensor` against its reference and the live `TensorsToDetectionsCalculator`."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_graph_api
from reference.anchors_from_tensor import anchors_from_tensor as reference

from differential.cases.values import floats
from differential.compare import assert_same, blocks
from mediapipe_anchors import TensorsToDetectionsOptions, anchors_from_tensor, decode


def anchor_tensor(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return floats(rng, (int(rng.integers(1, 40)), 4))


@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        tensor = anchor_tensor(seed)
        assert_same(anchors_from_tensor(tensor), reference(tensor), seed=seed, options=None)
    tally("anchors_from_tensor, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_stock(seeds, tally):
    """The calculator reads the tensor itself; ours decodes with what was read from it."""
    from oracle import stock_decode

    for seed in seeds:
        tensor = anchor_tensor(seed)
        boxes = floats(np.random.default_rng(seed), (1, len(tensor), 4), special=0.0)
        scores = np.ones((1, len(tensor), 1), np.float32)
        options = TensorsToDetectionsOptions(
            num_classes=1, num_boxes=len(tensor), num_coords=4,
            x_scale=1, y_scale=2, w_scale=3, h_scale=4,
        )  # fmt: skip
        ours = decode(boxes, scores, anchors_from_tensor(tensor), options)
        assert_same(ours, stock_decode([boxes, scores, tensor], options), seed=seed, options=None)
    tally("anchors_from_tensor, live TensorsToDetectionsCalculator", len(seeds))
