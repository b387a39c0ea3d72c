"""What `run_graph` and `GraphRunner` refuse, and how MediaPipe's errors arrive."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import needs_graph_api
from mediapipe_graphs import SOURCES, image_to_tensor_node, pass_through_graph
from skimage import data

from mediapipe_anchors import (
    GraphError,
    GraphRunError,
    GraphRunner,
    MediaPipeAnchorsError,
    MissingExtraError,
    run_graph,
)
from mediapipe_anchors.run import mediapipe_api as api

pytestmark = needs_graph_api

FACE = data.astronaut()


def test_use_after_close():
    runner = GraphRunner(pass_through_graph())
    runner.close()
    runner.close()
    for use in (lambda: runner.process({"in0": 1}), runner.finish):
        with pytest.raises(GraphRunError, match="GraphRunner is closed"):
            use()


@pytest.mark.parametrize(
    ("graph", "text"),
    [
        ('node { calculator: "NoSuchCalculator" } output_stream: "x"', "NoSuchCalculator"),
        (
            'output_stream: "b" node { calculator: "PassThroughCalculator" '
            'input_stream: "nobody" output_stream: "b" }',
            "nobody",
        ),
        (pass_through_graph() + "input_side_packet: 5", "Failed to parse the graph"),
        (
            pass_through_graph().replace(
                "calculator:", "options { [mediapipe.NoSuchOptions.ext] {} } calculator:"
            ),
            "Failed to parse",
        ),
    ],
)
def test_graphs_that_mediapipe_refuses(graph, text):
    with pytest.raises(MediaPipeAnchorsError, match=text):
        run_graph(graph, {"in0": 1})


@pytest.fixture
def failed_runner():
    """A runner whose graph has stopped on a packet of the wrong type."""
    from mediapipe.python import packet_creator

    graph = 'input_stream: "image" output_stream: "tensors"' + image_to_tensor_node(8)
    runner = GraphRunner(graph)
    with pytest.raises(GraphRunError, match=r"(?s)^MediaPipe: .*Packet type mismatch"):
        runner.process({"image": packet_creator.create_int(5)})
    return runner


def test_error_inside_a_graph(failed_runner):
    with pytest.raises(GraphRunError, match="Packet type mismatch"):
        failed_runner.process({"image": FACE})
    failed_runner.close()
    assert failed_runner.closed


def test_error_in_a_with_block_is_the_one_to_see(failed_runner):
    with pytest.raises(KeyError, match="mine"), failed_runner:
        raise KeyError("mine")


def test_error_that_shows_only_when_the_graph_closes(monkeypatch):
    runner = GraphRunner(pass_through_graph())
    graph = runner._session._graph

    class FailsToClose:
        def close(self):
            graph.close()
            raise RuntimeError("Calculator::Close() failed")

    monkeypatch.setattr(runner._session, "_graph", FailsToClose())
    with pytest.raises(GraphRunError, match=r"MediaPipe: Calculator::Close\(\) failed"), runner:
        pass


def test_value_that_the_graph_does_not_take():
    graph = 'input_stream: "image" output_stream: "tensors"' + image_to_tensor_node(8)
    with GraphRunner(graph) as runner:
        with pytest.raises(GraphRunError, match=r"inputs\['image'\]: got 'int 5'"):
            runner.process({"image": 5})
        assert runner.process({"image": FACE}).missing == ()


def test_missing_side_packet():
    with pytest.raises(GraphRunError, match='Side packet "side" is required'):
        run_graph(SOURCES, {})
    with pytest.raises(GraphRunError, match="side_packets: got 'sied', expected side"):
        run_graph(SOURCES, {}, side_packets={"sied": 1})


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"inputs": {"other": 1}}, "inputs: got 'other', expected input streams of the graph: in0"),
        ({"inputs": {}}, "a value for at least one of in0"),
        ({"inputs": {"in0": None}}, "a value for at least one of in0"),
        ({"inputs": FACE[0]}, r"inputs\[0\]: got .*expected {stream: value}"),
        ({"inputs": "image"}, "inputs: got 'image'"),
        ({"inputs": 5}, "inputs: got 5"),
        ({"inputs": [{"in0": 1}, 5]}, r"inputs\[1\]: got 5"),
        ({"outputs": ["none"]}, "outputs: got 'none', expected streams of the graph: in0, out0"),
        ({"outputs": []}, "outputs: got"),
        ({"outputs": 5}, "outputs: got 5"),
        ({"outputs": [5]}, "outputs: got 5"),
        ({"side_packets": [1]}, "side_packets: got"),
        ({"packet_types": "Image"}, "packet_types: got 'Image'"),
        ({"backend": "native"}, "backend: got 'native', expected auto or one of mediapipe"),
        ({"backend": None}, "backend: got None"),
        ({"fps": 0}, "fps: got 0"),
        ({"fps": float("nan")}, "fps: got nan"),
        ({"fps": "30"}, "fps: got '30'"),
        ({"timestamps": []}, "timestamps: got '0 timestamps', expected one a frame"),
        ({"timestamps": [2**63]}, "timestamp: got"),
    ],
)
def test_arguments_that_make_no_sense(arguments, text):
    with pytest.raises(MediaPipeAnchorsError, match=text):
        run_graph(pass_through_graph(), **({"inputs": {"in0": 1}} | arguments))


def test_graph_without_outputs():
    graph = pass_through_graph().replace('output_stream: "out0" node', "node")
    with pytest.raises(GraphRunError, match=r"names no output stream.*pass outputs="):
        run_graph(graph, {"in0": 1})
    assert run_graph(graph, {"in0": 1}, outputs=["out0"])["out0"] == 1


def test_no_such_graph():
    with pytest.raises(GraphError, match="no such file"):
        run_graph("nowhere.pbtxt", {"in0": 1})


def test_without_mediapipe(monkeypatch):
    monkeypatch.setattr(api.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "mediapipe_anchors\[graph\]"'):
        api.find_mediapipe()
    monkeypatch.setattr(api.sys, "version_info", (3, 13))
    with pytest.raises(MissingExtraError, match=r"no build for Python 3\.13"):
        api.find_mediapipe()


def test_mediapipe_without_the_graph_api(monkeypatch, tmp_path):
    (tmp_path / "tasks").mkdir()
    spec = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(api.importlib.util, "find_spec", lambda name: spec)
    monkeypatch.setattr(api.importlib.metadata, "version", lambda name: "1.2.2")
    with pytest.raises(GraphRunError, match=r"got '1\.2\.2', expected version 0\.10\.21"):
        api.find_mediapipe()


def test_importing_the_package_does_not_import_mediapipe():
    code = (
        "import sys, mediapipe_anchors.run, mediapipe_anchors.run.packet_values, "
        "mediapipe_anchors.run.packets, mediapipe_anchors.run.mediapipe_backend; "
        "assert not {'mediapipe', 'cv2', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
