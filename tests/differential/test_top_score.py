"""`top_score` against its reference and against the class that the live suppression takes."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_graph_api
from reference.top_score import top_score as reference

from differential.cases.nms import KEEP_ALL
from differential.cases.top_score import top_score_case
from differential.compare import blocks
from mediapipe_anchors import Detections, TensorError
from mediapipe_anchors._core import top_score


@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_reference(seeds, tally):
    for seed in seeds:
        scores = top_score_case(seed)
        assert top_score(scores) == reference(scores), f"seed {seed}: {scores}"
    tally("top_score, reference", len(seeds))


@needs_graph_api
@pytest.mark.parametrize("seeds", blocks(1000), ids=str)
def test_stock(seeds, tally):
    """Classes are numbered by their place; detections stand where their seed says."""
    from oracle import stock_non_max_suppression

    lists = [np.nan_to_num(top_score_case(seed)) for seed in seeds]
    counts = np.array([len(scores) for scores in lists], np.int32)
    all_scores = np.zeros((len(lists), counts.max()), np.float32)
    for row, scores in zip(all_scores, lists, strict=True):
        row[: len(scores)] = scores
    boxes = np.ones((len(lists), 4), np.float32)
    boxes[:, 0] = seeds
    class_ids = np.tile(np.arange(counts.max()), (len(lists), 1))
    sent = Detections(boxes, all_scores[:, 0], class_ids[:, 0], None, counts, all_scores, class_ids)
    kept = stock_non_max_suppression(sent, KEEP_ALL)
    stock = {int(box[0]): int(top) for box, top in zip(kept.boxes, kept.class_ids, strict=True)}
    assert stock == {seed: top_score(scores) for seed, scores in zip(seeds, lists, strict=True)}
    tally("top_score, live NonMaxSuppressionCalculator", len(seeds))


@pytest.mark.parametrize("bad", [[], [[0.5]], 0.5, None, ["a"]])
def test_what_is_no_list_of_scores(bad):
    with pytest.raises(TensorError, match="scores: got"):
        top_score(bad)
