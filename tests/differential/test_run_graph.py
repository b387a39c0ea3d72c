"""What `run_graph` reads from the live calculators is what our own functions give, every field."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from conftest import needs_graph_api

from differential.cases.decode import decode_case
from differential.cases.decode_postprocessed import PostprocessedCase, postprocessed_case
from differential.cases.nms import KEEP_ALL
from differential.compare import assert_same, blocks
from mediapipe_anchors import (
    TensorsToDetectionsOptions,
    decode_tensors,
    non_max_suppression,
    run_graph,
)

pytestmark = needs_graph_api

SEND_ALL = dataclasses.replace(KEEP_ALL, return_empty_detections=True)


def run_stock(tensors, options, anchors=None, nms=None):
    """{"decoded": Detections, "retained": Detections} of the live calculators."""
    from oracle import decoder_graph

    streams = ["decoded"] if nms is None else ["decoded", "retained"]
    return run_graph(**decoder_graph(tensors, options, anchors, nms), outputs=streams)


@pytest.mark.parametrize("seeds", blocks(300), ids=str)
def test_postprocessed(seeds, tally):
    for seed in seeds:
        case = postprocessed_case(seed)
        stock = run_stock(case.tensors, case.options)["decoded"]
        ours = decode_tensors(case.tensors, case.options)
        assert_same(ours, stock, seed=seed, options=case.options)
    tally("decode_postprocessed, live through run_graph", len(seeds))


def with_ties_and_nan(seed: int) -> PostprocessedCase:
    """Twenty classes a box, most of them of equal scores, some NaN; two keypoints."""
    rng = np.random.default_rng(seed)
    options = TensorsToDetectionsOptions(
        num_classes=8,
        num_coords=8,
        num_keypoints=2,
        keypoint_coord_offset=4,
        max_classes_per_detection=20,
        min_score_thresh=0.1 if seed % 2 else None,
        ignore_classes=[3],
    )
    boxes = rng.random((120, 8)).astype(np.float32)
    boxes[:, 2:4] += boxes[:, :2]
    classes = rng.integers(0, 8, 120).astype(np.float32)
    scores = (rng.integers(0, 3, 120) / 2).astype(np.float32)
    scores[rng.random(120) < rng.choice([0.02, 0.3])] = np.nan
    tensors = [boxes[None], classes[None], scores[None], np.array([6], np.float32)]
    return PostprocessedCase(tensors, options, boxes, classes, scores, np.float32(6))


@pytest.mark.parametrize("seeds", blocks(100), ids=str)
def test_postprocessed_with_ties_and_nan(seeds, tally):
    for seed in seeds:
        case = with_ties_and_nan(seed)
        stock = run_stock(case.tensors, case.options)["decoded"]
        ours = decode_tensors(case.tensors, case.options)
        assert_same(ours, stock, seed=seed, options=case.options)
    tally("decode_postprocessed, live through run_graph, ties and NaN", len(seeds))


@pytest.mark.parametrize("seeds", blocks(100), ids=str)
def test_suppressed(seeds, tally):
    """The top class that NMS keeps is the one that `run_graph` names before it."""
    for seed in seeds:
        case = with_ties_and_nan(seed)
        np.nan_to_num(case.scores, copy=False, nan=0.75)
        stock = run_stock(case.tensors, case.options, nms=SEND_ALL)
        assert stock["retained"].class_counts is None
        ours = non_max_suppression(stock["decoded"], SEND_ALL)
        assert_same(ours, stock["retained"], seed=seed, options=case.options)
        one_class = dataclasses.replace(
            stock["decoded"], class_counts=None, all_scores=None, all_class_ids=None
        )
        assert_same(non_max_suppression(one_class, SEND_ALL), ours, seed=seed, options=case.options)
    tally("non_max_suppression, live through run_graph", len(seeds))


@pytest.mark.parametrize("seeds", blocks(100), ids=str)
def test_raw(seeds, tally):
    for seed in seeds:
        case = decode_case(seed)
        stock = run_stock(case.tensors, case.options, case.anchors)["decoded"]
        ours = decode_tensors(case.tensors, case.options, case.anchors)
        assert_same(ours, stock, seed=seed, options=case.options)
    tally("decode, live through run_graph", len(seeds))
