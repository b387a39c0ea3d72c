"""`generate_anchors` against its reference and against the live `SsdAnchorsCalculator`."""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from reference.generate_anchors import generate_anchors as reference

from differential.cases.anchors import anchors_case
from differential.compare import assert_mostly_filled, assert_same, blocks
from mediapipe_anchors import SsdAnchorsOptions, generate_anchors
from mediapipe_anchors.anchors import count_anchors


@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_reference(seeds, tally):
    results = []
    for seed in seeds:
        options = anchors_case(seed)
        results.append(generate_anchors(options))
        assert_same(results[-1], reference(options), seed=seed, options=options)
        assert count_anchors(options) == len(results[-1]), f"seed {seed}: {options}"
    assert_mostly_filled(results)
    tally("anchors, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_stock(seeds, tally):
    from oracle import stock_anchors

    for seed in seeds:
        options = anchors_case(seed)
        assert_same(generate_anchors(options), stock_anchors(options), seed=seed, options=options)
    tally("anchors, live SsdAnchorsCalculator", len(seeds))


@needs_graph_api
def test_stock_many_anchors():
    from oracle import stock_anchors

    options = SsdAnchorsOptions(
        input_size_width=1920,
        input_size_height=1080,
        num_layers=4,
        min_scale=0.1,
        max_scale=0.9,
        strides=[8, 16, 16, 32],
        aspect_ratios=[1.0, 2.0, 0.5],
    )
    anchors = generate_anchors(options)
    assert len(anchors) > 200_000
    assert_same(anchors, stock_anchors(options), seed=-1, options=options)
