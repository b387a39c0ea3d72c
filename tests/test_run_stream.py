"""`GraphRunner` on real MediaPipe: frames that come one by one."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import FACE_GRAPH, GATED, SOURCES, face, pass_through_graph, ssd_node
from skimage import data

from mediapipe_anchors import (
    GraphRunError,
    GraphRunner,
    SsdAnchorsOptions,
    generate_anchors,
    run_graph,
)
from mediapipe_anchors.run.result import Emitted

pytestmark = needs_graph_api

FACE = data.astronaut()
EMPTY = np.zeros((64, 64, 3), np.uint8)


def test_runner_over_frames():
    with GraphRunner(FACE_GRAPH) as runner:
        assert runner.input_streams == ("image",)
        assert runner.output_streams == ("detections",)
        first = face(runner.process({"image": FACE}))
        assert runner.process({"image": EMPTY}).missing == ("detections",)
        again = face(runner.process({"image": FACE}))
    assert first == again
    assert runner.closed


def test_timestamps_are_managed_and_monotonic():
    with GraphRunner(pass_through_graph(), fps=50) as runner:
        assert runner.process({"in0": 1}).timestamp == 0
        assert runner.process({"in0": 1}).timestamp == 20_000
        assert runner.process({"in0": 1}, timestamp=np.int64(50_000)).timestamp == 50_000
        assert runner.process({"in0": 1}).timestamp == 70_000
        with pytest.raises(GraphRunError, match="expected more than 70000"):
            runner.process({"in0": 1}, timestamp=70_000)
        assert runner.process({"in0": 1}).timestamp == 90_000  # an error of the caller ends nothing


@pytest.mark.parametrize("timestamp", [2**63 - 1, -(2**63), 2**62 + 1, 1.5, "1", True])
def test_timestamps_on_which_mediapipe_aborts(timestamp):
    with (
        GraphRunner(pass_through_graph()) as runner,
        pytest.raises(GraphRunError, match="timestamp: got"),
    ):
        runner.process({"in0": 1}, timestamp=timestamp)


@pytest.mark.parametrize("timestamp", [-(2**62), 2**62])
def test_timestamps_at_the_ends(timestamp):
    with GraphRunner(pass_through_graph()) as runner:
        assert runner.process({"in0": 1}, timestamp=timestamp)["out0"] == 1


def test_several_outputs_and_dropped_packets():
    with GraphRunner(GATED, outputs=["in", "out"]) as runner:
        result = runner.process({"in": 1, "allow": True})
        assert (result["in"], result["out"], result.missing) == (1, 1, ())
        result = runner.process({"in": 2, "allow": False})
        assert (result["in"], result["out"], result.missing) == (2, None, ("out",))


def test_a_stream_without_value_is_settled():
    with GraphRunner(pass_through_graph(2)) as runner:
        result = runner.process({"in0": 1})
        assert (result["out0"], result["out1"]) == (1, None)
        result = runner.process({"in0": None, "in1": 2})
        assert (result["out0"], result["out1"]) == (None, 2)
        from mediapipe import Packet

        assert runner.process({"in0": Packet(), "in1": 3})["out1"] == 3


def test_many_frames_on_one_of_two_streams_do_not_block():
    with GraphRunner(pass_through_graph(2)) as runner:
        for value in range(300):  # more than the queue of a stream holds
            assert runner.process({"in1": value})["out1"] == value


def test_finish_gives_what_was_still_inside():
    graph = SOURCES + pass_through_graph()
    runner = GraphRunner(graph, side_packets={"side": 9})
    result = runner.process({"in0": 1}, timestamp=100)
    rest = runner.finish()
    sent = [*result.emitted(), *result.others, *(p for late in rest for p in late.emitted())]
    assert {(packet.stream, packet.value) for packet in sent} == {
        ("zero", 9),
        ("end", 9),
        ("out0", 1),
    }
    assert Emitted("zero", 0, 9) in result.others
    assert runner.closed


def test_graph_without_inputs_runs_to_its_end():
    result = run_graph(SOURCES, {}, side_packets={"side": "s"})
    assert result["zero"] == "s"
    assert result.timestamp == 0
    assert [packet.stream for packet in result.others] == ["end"]
    results = run_graph(SOURCES, [], side_packets={"side": "s"})
    assert [next(iter(result.emitted())).stream for result in results] == ["zero", "end"]
    with (
        GraphRunner(SOURCES, side_packets={"side": "s"}) as runner,
        pytest.raises(GraphRunError, match=r"call finish\(\)"),
    ):
        runner.process({"x": 1})


def test_anchors_inside_mediapipe_are_ours():
    options = SsdAnchorsOptions(
        input_size_width=64,
        input_size_height=48,
        min_scale=0.2,
        max_scale=0.9,
        num_layers=2,
        strides=(8, 16),
        aspect_ratios=(1, 2),
    )
    graph = (
        ssd_node(
            "input_size_width: 64 input_size_height: 48 min_scale: 0.2 max_scale: 0.9 "
            "num_layers: 2 strides: [8, 16] aspect_ratios: [1, 2]"
        )
        + 'output_stream: "out" node { calculator: "SidePacketToStreamCalculator" '
        'input_side_packet: "anchors" output_stream: "AT_ZERO:out" }'
    )
    anchors = run_graph(graph, {})["out"]
    assert anchors.dtype == np.float32
    np.testing.assert_array_equal(anchors, generate_anchors(options))


def test_two_runners_at_once_and_other_threads():
    found = []

    def work():
        with GraphRunner(FACE_GRAPH) as runner:
            found.extend(len(face(runner.process({"image": FACE}))) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    assert found == [1] * 20


def test_one_runner_in_several_threads_keeps_results_apart():
    wrong = []
    with GraphRunner(pass_through_graph()) as runner:

        def work(name):
            for index in range(30):
                value = runner.process({"in0": [name, index]})["out0"]
                if value != [name, index]:
                    wrong.append(value)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_runner_that_nobody_closes():
    runner = GraphRunner(FACE_GRAPH)
    runner.process({"image": FACE})
    del runner  # must not hang or crash
