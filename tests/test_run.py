"""`run_graph` on real MediaPipe: one frame, and several."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import (
    FACE_GRAPH,
    PREVIOUS,
    SOURCES,
    face,
    face_graph,
    image_to_tensor_node,
    pass_through_graph,
)
from skimage import data

from mediapipe_anchors import GraphRunner, run_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.run import backends
from mediapipe_anchors.run.result import Emitted

pytestmark = needs_graph_api

FACE = data.astronaut()
EMPTY = np.zeros((64, 64, 3), np.uint8)


def test_face_on_a_photograph():
    found = face(run_graph(FACE_GRAPH, {"image": FACE}))
    assert len(found) == 1
    assert found.keypoints.shape == (1, 6, 2)
    assert found.scores[0] > 0.9
    # The astronaut's face, as anyone sees it: x 180..270, y 80..180 of 512 pixels.
    np.testing.assert_allclose(found.boxes[0] * 512, [178, 83, 95, 95], atol=3)


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda path: path,
        lambda path: path.read_bytes(),
        Graph.read,
        lambda path: Graph.read(path).to_text(),
    ],
    ids=["path as text", "path", "bytes", "Graph", "text"],
)
def test_every_form_of_a_graph(form):
    assert len(face(run_graph(form(FACE_GRAPH), {"image": FACE}))) == 1


def test_mediapipes_own_config_object():
    from mediapipe.framework import calculator_pb2

    config = calculator_pb2.CalculatorGraphConfig.FromString(FACE_GRAPH.read_bytes())
    assert len(face(run_graph(config, {"image": FACE}))) == 1


def test_text_graph_with_a_comment_and_a_pbtxt_file(tmp_path):
    path = tmp_path / "face.pbtxt"
    path.write_text("# Faces.\n" + face_graph())
    assert len(face(run_graph(path, {"image": FACE}))) == 1


def test_extensions_that_only_mediapipe_knows():
    """Text goes to MediaPipe as it is, with options that our schema does not hold."""
    graph = pass_through_graph().replace(
        "calculator:",
        "options { [mediapipe.SetAlphaCalculatorOptions.ext] { alpha_value: 3 } } calculator:",
    )
    assert run_graph(graph, {"in0": 5})["out0"] == 5


def test_nothing_found_is_missing():
    result = run_graph(FACE_GRAPH, {"image": EMPTY})
    assert result == {"detections": None}
    assert result.missing == ("detections",)


def test_named_outputs_and_inner_streams():
    result = run_graph(face_graph(), {"image": FACE}, outputs=["raw", "detections"])
    assert list(result) == ["raw", "detections"]
    assert len(result["raw"]) > len(face(result)) == 1
    assert list(run_graph(face_graph(), {"image": FACE}, outputs="raw")) == ["raw"]
    assert list(run_graph(face_graph(), {"image": FACE}, outputs=["image", "image"])) == ["image"]


def test_float_array_of_the_matrix_stream():
    node = image_to_tensor_node(64).replace(
        "output_stream:", 'output_stream: "MATRIX:matrix" output_stream:'
    )
    node = node.replace("output_tensor_width:", "keep_aspect_ratio: true output_tensor_width:")
    graph = f'input_stream: "image" output_stream: "matrix" {node}'
    wide = np.zeros((32, 64, 3), np.uint8)
    matrix = run_graph(graph, {"image": wide})["matrix"].reshape(4, 4)
    np.testing.assert_allclose(matrix[1], [0, 2, 0, -0.5])  # letterboxed above and below


def test_one_result_a_frame():
    frames = [{"in0": i} for i in range(5)]
    results = run_graph(pass_through_graph(), frames)
    assert [result["out0"] for result in results] == [0, 1, 2, 3, 4]
    assert [result.timestamp for result in results] == [0, 33333, 66666, 99999, 133332]
    assert all(not result.others for result in results)


def test_frames_from_a_generator_with_timestamps_and_fps():
    def frames():
        yield {"in0": "a"}
        yield {"in0": "b"}

    results = run_graph(pass_through_graph(), frames(), timestamps=[-5, 7])
    assert [result.timestamp for result in results] == [-5, 7]
    results = run_graph(pass_through_graph(), frames(), fps=10)
    assert [result.timestamp for result in results] == [0, 100_000]
    results = run_graph(pass_through_graph(), frames(), timestamps=np.array([1, 2]))
    assert [result["out0"] for result in results] == ["a", "b"]


def test_no_frames():
    assert run_graph(pass_through_graph(), []) == []


def test_a_list_is_a_value_and_not_frames():
    assert run_graph(pass_through_graph(), {"in0": [1, 2]})["out0"] == [1, 2]


def test_loopback():
    results = run_graph(PREVIOUS, [{"in": 1}, {"in": 2}, {"in": 3}])
    assert [result["previous"] for result in results] == [None, 1, 2]


class LaggingSession:
    """A graph that sends each value one frame late, and the last one when it ends."""

    input_streams = output_streams = ("in",)
    failure = None

    def __init__(self):
        self.kept = []
        self.closed = False

    def send(self, timestamp, values):
        late, self.kept = self.kept, [Emitted("in", timestamp, values["in"])]
        return late

    def finish(self):
        return self.kept

    def close(self):
        self.closed = True


@pytest.fixture
def lagging(monkeypatch):
    """`backend="lagging"` for any graph."""
    module = type(sys)("lagging_backend")
    module.open_graph = lambda *arguments: LaggingSession()
    monkeypatch.setitem(sys.modules, "lagging_backend", module)
    monkeypatch.setitem(backends.BACKENDS, "lagging", "lagging_backend")


def test_late_packets_are_filed_with_their_frame(lagging):
    frames = [{"in": value} for value in "abc"]
    results = run_graph(pass_through_graph(), frames, backend="lagging")
    assert [result["in"] for result in results] == ["a", "b", "c"]
    assert all(result.others == [] for result in results)
    assert run_graph(pass_through_graph(), {"in": "a"}, backend="lagging")["in"] == "a"


def test_late_packets_of_a_stream(lagging):
    with GraphRunner(pass_through_graph(), backend="lagging") as runner:
        first = runner.process({"in": "a"}, timestamp=1)
        second = runner.process({"in": "b"}, timestamp=2)
        rest = runner.finish()
    assert (first.missing, first.others) == (("in",), [])
    assert (second.missing, second.others) == (("in",), [Emitted("in", 1, "a")])
    assert [(result.timestamp, result["in"]) for result in rest] == [(2, "b")]


def test_what_belongs_to_no_frame():
    graph = SOURCES + pass_through_graph()
    results = run_graph(
        graph, [{"in0": 1}, {"in0": 2}], side_packets={"side": 9}, timestamps=[5, 6]
    )
    assert [(r["out0"], r["zero"], r["end"]) for r in results] == [(1, None, None), (2, None, None)]
    sent = {(packet.stream, packet.value) for result in results for packet in result.others}
    assert sent == {("zero", 9), ("end", 9)}
