"""`remove_letterbox` against its reference and the live calculator.

The live calculator takes only paddings that `ImageToTensorCalculator` makes; the reference any.
"""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from reference.remove_letterbox import remove_letterbox as reference

from differential.cases.projection import loose_numbers, projection_case
from differential.compare import assert_same, blocks
from mediapipe_anchors import remove_letterbox


@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        detections, padding = projection_case(seed).detections, loose_numbers(seed, 4)
        ours = remove_letterbox(detections, padding)
        assert_same(ours, reference(detections, padding), seed=seed, options=padding)
    tally("remove_letterbox, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_stock(seeds, tally):
    from oracle import stock_remove_letterbox

    for seed in seeds:
        case = projection_case(seed)
        padding, stock = stock_remove_letterbox(case.detections, case.region)
        ours = remove_letterbox(case.detections, padding)
        assert_same(ours, stock, seed=seed, options=(case.region, padding))
    tally("remove_letterbox, live DetectionLetterboxRemovalCalculator", len(seeds))
