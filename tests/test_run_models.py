"""Where `run_graph` finds the models that a graph names."""

from __future__ import annotations

import shutil

import pytest
from conftest import needs_graph_api
from mediapipe_graphs import FACE_MODEL, MEDIAPIPE_DIR, face, face_graph
from skimage import data

from mediapipe_anchors import GraphError, GraphRunError, run_graph
from mediapipe_anchors.graph import Graph

pytestmark = needs_graph_api

FACE = data.astronaut()


def test_model_beside_the_graph(tmp_path, monkeypatch):
    folder = tmp_path / "detector"
    folder.mkdir()
    shutil.copy(MEDIAPIPE_DIR.parent / FACE_MODEL, folder / "faces.tflite")
    path = folder / "graph.pbtxt"
    path.write_text(face_graph(model="faces.tflite"))
    monkeypatch.chdir(tmp_path)
    assert len(face(run_graph("detector/graph.pbtxt", {"image": FACE}))) == 1
    binary = Graph.read(path)
    binary.save(folder / "graph.binarypb")
    assert len(face(run_graph(folder / "graph.binarypb", {"image": FACE}))) == 1
    given = Graph.read(path)
    run_graph(given, {"image": FACE})
    assert given.to_text() == path.read_text()  # the caller's graph stays as it is


def test_model_in_the_working_directory_for_a_text_graph(tmp_path, monkeypatch):
    shutil.copy(MEDIAPIPE_DIR.parent / FACE_MODEL, tmp_path / "faces.tflite")
    monkeypatch.chdir(tmp_path)
    assert len(face(run_graph(face_graph(model="faces.tflite"), {"image": FACE}))) == 1


def test_model_in_the_mediapipe_package():
    inside = FACE_MODEL.removeprefix("mediapipe/")
    assert len(face(run_graph(face_graph(model=inside), {"image": FACE}))) == 1
    absolute = str(MEDIAPIPE_DIR.parent / FACE_MODEL)
    assert len(face(run_graph(face_graph(model=absolute), {"image": FACE}))) == 1


def test_model_beside_the_graph_comes_before_that_of_the_package(tmp_path):
    beside = tmp_path / FACE_MODEL
    beside.parent.mkdir(parents=True)
    beside.write_bytes(b"not a model")
    path = tmp_path / "graph.pbtxt"
    path.write_text(face_graph())
    with pytest.raises(GraphRunError, match="Failed to load model"):
        run_graph(path, {"image": FACE})


def test_model_of_a_subgraph_option(tmp_path):
    shutil.copy(MEDIAPIPE_DIR.parent / FACE_MODEL, tmp_path / "faces.tflite")
    path = tmp_path / "graph.pbtxt"
    path.write_text(
        """
        input_stream: "image"
        output_stream: "detections"
        node {
          calculator: "FaceDetectionShortRangeCpu"
          input_stream: "IMAGE:image"
          output_stream: "DETECTIONS:detections"
        }"""
    )
    assert len(face(run_graph(path, {"image": FACE}))) == 1


def test_model_that_is_nowhere(tmp_path):
    path = tmp_path / "graph.pbtxt"
    path.write_text(face_graph(model="no/such.tflite"))
    line = face_graph().split('"InferenceCalculator"')[0].count("\n")
    with pytest.raises(
        GraphError, match=r"model_path: got 'no/such.tflite', expected a file in"
    ) as caught:
        run_graph(path, {"image": FACE})
    assert caught.value.line == line
    assert str(tmp_path) in str(caught.value)
    assert str(MEDIAPIPE_DIR) in str(caught.value)
