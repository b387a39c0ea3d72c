"""`project_detections` against its reference and the live calculator.

The live calculator takes only matrices that `ImageToTensorCalculator` makes; the reference any.
"""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from reference.project_detections import project_detections as reference

from differential.cases.projection import loose_numbers, projection_case
from differential.compare import assert_same, blocks
from mediapipe_anchors import project_detections


@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        detections, matrix = projection_case(seed).detections, loose_numbers(seed, 16)
        ours = project_detections(detections, matrix)
        assert_same(ours, reference(detections, matrix), seed=seed, options=matrix)
    tally("project_detections, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_stock(seeds, tally):
    from oracle import stock_project_detections

    for seed in seeds:
        case = projection_case(seed)
        matrix, stock = stock_project_detections(case.detections, case.region)
        ours = project_detections(case.detections, matrix)
        assert_same(ours, stock, seed=seed, options=(case.region, matrix))
    tally("project_detections, live DetectionProjectionCalculator", len(seeds))
