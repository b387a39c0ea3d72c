"""`decode_postprocessed` against its reference and the live `TensorsToDetectionsCalculator`."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_graph_api
from reference.decode_postprocessed import decode_postprocessed as reference

from differential.cases.decode_postprocessed import postprocessed_case
from differential.compare import assert_mostly_filled, assert_same, blocks
from mediapipe_anchors import TensorsToDetectionsOptions, decode_postprocessed, decode_tensors


@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_reference(seeds, tally):
    results = []
    for seed in seeds:
        case = postprocessed_case(seed)
        tensors = case.boxes, case.classes, case.scores, case.num
        results.append(decode_postprocessed(*tensors, case.options))
        assert_same(results[-1], reference(*tensors, case.options), seed=seed, options=case.options)
    assert_mostly_filled(results)
    tally("decode_postprocessed, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_stock(seeds, tally):
    from oracle import stock_decode

    for seed in seeds:
        case = postprocessed_case(seed)
        ours = decode_tensors(case.tensors, case.options)
        assert_same(ours, stock_decode(case.tensors, case.options), seed=seed, options=case.options)
    tally("decode_postprocessed, live TensorsToDetectionsCalculator", len(seeds))


@needs_graph_api
def test_stock_nan_scores_of_several_classes():
    """NaN passes the threshold. Which class is on top is undefined then; which classes, is not."""
    from oracle import stock_decode

    options = TensorsToDetectionsOptions(
        num_classes=3, num_coords=4, max_classes_per_detection=3, min_score_thresh=0.5
    )
    boxes = np.tile(np.array([0.1, 0.2, 0.3, 0.4], np.float32), (1, 6, 1))
    classes = np.array([[0, 1, 2, 0, 1, 2]], np.float32)
    scores = np.array([[np.nan, 0.4, 0.9, 0.1, np.nan, np.nan]], np.float32)
    tensors = [boxes, classes, scores, np.array([2], np.float32)]
    ours, stock = decode_tensors(tensors, options), stock_decode(tensors, options)
    np.testing.assert_array_equal(ours.class_counts, [2, 2])
    for name in ("boxes", "class_counts", "all_scores", "all_class_ids"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(stock, name))
