"""`decode` and `decode_tensors` against reference and live `TensorsToDetectionsCalculator`."""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from reference.decode import decode as reference

from differential.cases.decode import decode_case
from differential.compare import assert_mostly_filled, assert_same, blocks
from mediapipe_anchors import decode, decode_tensors


@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_reference(seeds, tally):
    results = []
    for seed in seeds:
        case = decode_case(seed)
        expected = reference(case.raw_boxes, case.raw_scores, case.anchor_rows, case.options)
        results.append(decode(case.raw_boxes, case.raw_scores, case.anchor_rows, case.options))
        assert_same(results[-1], expected, seed=seed, options=case.options)
    assert_mostly_filled(results)
    tally("decode, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_stock(seeds, tally):
    from oracle import stock_decode

    for seed in seeds:
        case = decode_case(seed)
        ours = decode_tensors(case.tensors, case.options, case.anchors)
        stock = stock_decode(case.tensors, case.options, case.anchors)
        assert_same(ours, stock, seed=seed, options=case.options)
    tally("decode, live TensorsToDetectionsCalculator", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seed", range(6))
def test_stock_large(seed, tally):
    from oracle import stock_decode

    case = decode_case(seed + 10_000, num_boxes=20_000, num_classes=90)
    ours = decode_tensors(case.tensors, case.options, case.anchors)
    stock = stock_decode(case.tensors, case.options, case.anchors)
    assert_same(ours, stock, seed=seed, options=case.options)
    tally("decode, live, 20,000 boxes x 90 classes", 1)
