"""The oracle itself: what goes in reaches MediaPipe unchanged, and deaths are told apart."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from conftest import needs_graph_api
from differential.cases.nms import KEEP_ALL
from differential.cases.values import SPECIAL, detections, floats
from differential.compare import same_floats
from mediapipe_graphs import pass_through_graph

from mediapipe_anchors import (
    BoxFormat,
    Detections,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)

pytestmark = needs_graph_api


@pytest.mark.parametrize(
    "shapes",
    [
        [(1, 3, 4), (1, 3, 2)],
        [(1, 1, 7, 6), (1, 1, 7, 1), (7, 4)],
        [(1, 5, 4), (1, 5), (1, 5), (1,)],
        [(1, 20_000, 4), (1, 20_000, 90)],
    ],
    ids=str,
)
def test_tensors_arrive_bit_for_bit(shapes):
    from oracle import tensors_as_stock_sees_them

    rng = np.random.default_rng(0)
    tensors = [floats(rng, shape, special=0.5) for shape in shapes]
    tensors[0].flat[: len(SPECIAL)] = SPECIAL[: tensors[0].size]
    for sent, seen in zip(tensors, tensors_as_stock_sees_them(tensors), strict=True):
        assert same_floats(sent, seen)


def test_detections_survive_the_way_through_mediapipe():
    from oracle import stock_non_max_suppression

    rng = np.random.default_rng(1)
    sent = detections(rng, 12, np.ones(12, np.float32), num_keypoints=2, num_classes=5)
    sent.boxes[:, 0] = np.resize(SPECIAL, 12)
    assert stock_non_max_suppression(sent, KEEP_ALL) == sent


def test_options_message_keeps_presence_and_the_sign_of_zero():
    from oracle.messages import options_message

    message = options_message(TensorsToDetectionsOptions(num_classes=0, x_scale=-0.0))
    assert message.HasField("num_classes")
    assert message.HasField("x_scale")
    assert np.signbit(message.x_scale)
    assert not message.HasField("box_format")
    assert not message.HasField("y_scale")
    unspecified = options_message(TensorsToDetectionsOptions(box_format=BoxFormat.UNSPECIFIED))
    assert unspecified.HasField("box_format")


def test_no_packet_is_none():
    from oracle import stock_non_max_suppression

    nothing = Detections.empty()
    assert stock_non_max_suppression(nothing, NonMaxSuppressionOptions()) is None


def die(how: str) -> None:
    """What a stock call might do."""
    if how == "abort":
        os.abort()
    elif how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "memory":
        bytearray(1 << 40)
    time.sleep(60)


@pytest.mark.parametrize("how", ["abort", "crash", "memory", "hang"])
def test_outcomes_tell_deaths_apart(how):
    from oracle import stock_outcome

    assert stock_outcome(die, how, timeout=1).kind == how


def test_outcomes_of_calls_that_return():
    from oracle import stock_anchors, stock_outcome

    ok = stock_outcome(stock_anchors, SsdAnchorsOptions(fixed_anchors=[[1, 2, 3, 4]]))
    assert ok.kind == "ok"
    assert ok.result.tolist() == [[1, 2, 3, 4]]
    error = stock_outcome(stock_anchors, SsdAnchorsOptions())
    assert error.kind == "error"
    assert "Both feature map shape and strides are missing" in error.text


def test_outcomes_of_graphs_of_text():
    from oracle import stock_outcome, stock_run_graph

    graph = f"{pass_through_graph()} num_threads: 1"
    assert stock_outcome(stock_run_graph, graph).kind == "ok"
    error = stock_outcome(stock_run_graph, 'node { calculator: "NoSuchCalculator" }')
    assert error.kind == "error"
    assert "No registered object with name: NoSuchCalculator" in error.text
