"""`non_max_suppression` against its reference and the live `NonMaxSuppressionCalculator`."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from conftest import needs_graph_api
from reference.non_max_suppression import non_max_suppression as reference

from differential.cases.decode import decode_case
from differential.cases.nms import NmsCase, nms_case
from differential.compare import assert_mostly_filled, assert_same, blocks, same_rows
from mediapipe_anchors import (
    Detections,
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    OverlapType,
    TensorError,
    decode_tensors,
    non_max_suppression,
)


def joined(streams: list[Detections]) -> Detections:
    """The detections of several streams, one after the other."""
    arrays = {}
    for field in dataclasses.fields(Detections):
        parts = [getattr(stream, field.name) for stream in streams]
        if field.name == "labels" or parts[0] is None:
            continue
        if field.name in ("all_scores", "all_class_ids"):
            width = max(part.shape[1] for part in parts)
            parts = [np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts]
        arrays[field.name] = np.concatenate(parts)
    return Detections(**arrays)


def assert_same_detections(ours: Detections, theirs: Detections, case: NmsCase, seed: int) -> None:
    if case.ordered:
        assert_same(ours, theirs, seed=seed, options=case.options)
    else:  # equal scores of different classes come out in an order that changes from run to run
        assert same_rows(ours, theirs), f"seed {seed}: {case.options}"


@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_reference(seeds, tally):
    results = []
    for seed in seeds:
        case = nms_case(seed)
        detections = joined(case.streams)
        results.append(non_max_suppression(detections, case.options))
        assert_same_detections(results[-1], reference(detections, case.options), case, seed)
    assert_mostly_filled(results)
    tally("non_max_suppression, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_stock(seeds, tally):
    from oracle import stock_non_max_suppression

    for seed in seeds:
        case = nms_case(seed)
        ours = non_max_suppression(joined(case.streams), case.options)
        stock = stock_non_max_suppression(case.streams, case.options)
        if stock is None:  # no packet at all
            assert sum(map(len, case.streams)) == 0, f"seed {seed}: {case.options}"
            stock = ours[:0]
        assert_same_detections(ours, stock, case, seed)
    tally("non_max_suppression, live NonMaxSuppressionCalculator", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(200), ids=str)
def test_stock_after_decoding(seeds, tally):
    """The two calculators joined in one graph, on raw tensors."""
    from oracle import stock_decode_nms

    for seed in seeds:
        case = decode_case(seed)
        nms = dataclasses.replace(nms_case(seed).options, num_detection_streams=1)
        if nms.multiclass_nms:  # ties across classes: order undefined
            nms = dataclasses.replace(nms, multiclass_nms=False)
        decoded = decode_tensors(case.tensors, case.options, case.anchors)
        stock = stock_decode_nms(case.tensors, case.options, nms, case.anchors)
        if stock is None:
            assert len(decoded) == 0, f"seed {seed}: {nms}"
            continue
        ours = non_max_suppression(decoded, nms)
        assert_same(ours, stock, seed=seed, options=(case.options, nms))
    tally("decode and non_max_suppression in one graph, live", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("algorithm", NmsAlgorithm)
@pytest.mark.parametrize("multiclass", [False, True])
@pytest.mark.parametrize("scores", ["distinct", "saturated"])
def test_stock_large(algorithm, multiclass, scores, tally):
    from oracle import stock_non_max_suppression

    rng = np.random.default_rng(7)
    n = 20_000
    centres = rng.random((60, 2))[rng.integers(0, 60, n)]
    boxes = np.concatenate(
        [centres + rng.normal(0, 0.01, (n, 2)), rng.uniform(0.1, 0.2, (n, 2))], 1
    )
    values = rng.permutation(n) / n
    if scores == "saturated":
        # With many ties the order between classes is undefined: then one class.
        values = np.where(rng.random(n) < 0.5, 1.0, values)
    classes = rng.integers(0, 90, n) if scores == "distinct" else np.zeros(n, int)
    detections = Detections(boxes, values, classes)
    options = NonMaxSuppressionOptions(
        algorithm=algorithm,
        multiclass_nms=multiclass,
        overlap_type=OverlapType.INTERSECTION_OVER_UNION,
        min_suppression_threshold=0.3,
        max_num_detections=500,
    )
    ours = non_max_suppression(detections, options)
    stock = stock_non_max_suppression(detections, options)
    assert 50 < len(ours) < n
    assert_same(ours, stock, seed=7, options=options)
    tally("non_max_suppression, live, 20,000 boxes x 90 classes", 1)


@pytest.mark.parametrize("several", [False, True])
def test_nan_scores_are_refused(several):
    """They make MediaPipe's comparator invalid: what it would do is undefined."""
    detections = Detections(np.ones((3, 4)), [0.5, np.nan, 0.25], [0, 1, 2])
    if several:
        detections = dataclasses.replace(
            detections,
            scores=np.array([0.5, 0.5, 0.25]),
            class_counts=np.array([1, 2, 1]),
            all_scores=np.array([[0.5, 0.0], [0.5, np.nan], [0.25, 0.0]]),
            all_class_ids=np.array([[0, -1], [1, 2], [2, -1]]),
        )
    with pytest.raises(TensorError) as caught:
        non_max_suppression(detections, NonMaxSuppressionOptions())
    assert caught.value.field == ("all_scores" if several else "scores")
    assert "index 1" in str(caught.value)
