"""`remove_letterbox` and `project_detections` against their references and the live calculators.

The live calculators take only paddings and matrices that `ImageToTensorCalculator` makes; the
references take any.
"""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from reference.project_detections import project_detections as reference_projection
from reference.remove_letterbox import remove_letterbox as reference_removal

from differential.cases.projection import loose_numbers, projection_case
from differential.compare import assert_same, blocks
from mediapipe_anchors import project_detections, remove_letterbox

SIDES = [(remove_letterbox, reference_removal, 4), (project_detections, reference_projection, 16)]


@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        detections = projection_case(seed).detections
        for ours, reference, count in SIDES:
            numbers = loose_numbers(seed, count)
            expected = reference(detections, numbers)
            assert_same(ours(detections, numbers), expected, seed=seed, options=numbers)
    tally("remove_letterbox, reference", len(seeds))
    tally("project_detections, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_stock_remove_letterbox(seeds, tally):
    from oracle import RegionOfInterest, stock_remove_letterbox

    for seed in seeds:
        case = projection_case(seed)
        padding, expected = stock_remove_letterbox(case.detections, RegionOfInterest(**case.region))
        ours = remove_letterbox(case.detections, padding)
        assert_same(ours, expected, seed=seed, options=(case.region, padding))
    tally("remove_letterbox, live DetectionLetterboxRemovalCalculator", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(500), ids=str)
def test_stock_project_detections(seeds, tally):
    from oracle import RegionOfInterest, stock_project_detections

    for seed in seeds:
        case = projection_case(seed)
        matrix, expected = stock_project_detections(
            case.detections, RegionOfInterest(**case.region)
        )
        ours = project_detections(case.detections, matrix)
        assert_same(ours, expected, seed=seed, options=(case.region, matrix))
    tally("project_detections, live DetectionProjectionCalculator", len(seeds))
