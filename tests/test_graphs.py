"""The graphs in graphs/: written by `emit_graph`, up to date, and loaded by MediaPipe."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from conftest import needs_graph_api

from mediapipe_anchors.graph import Graph
from mediapipe_anchors.presets import list_presets, preset

FOLDER = Path(__file__).parents[1] / "graphs"
FILES = sorted(FOLDER.glob("*.pbtxt"))
RUNNABLE = [path for path in FILES if preset(path.stem).model.in_wheel]


def test_every_file_is_what_its_generator_writes():
    script = runpy.run_path(str(FOLDER / "generate.py"))
    texts = script["graph_texts"]()
    assert {path.name: path.read_text(encoding="utf-8") for path in FILES} == texts


def test_there_is_one_for_each_preset_but_the_one_that_is_left_out():
    assert [path.stem for path in FILES] == sorted(set(list_presets()) - {"object_detector"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reads_back(path):
    graph = Graph.read(path)
    assert graph.input_streams == ["IMAGE:image"]
    assert graph.output_streams == ["DETECTIONS:detections"]
    assert Graph.read(graph.to_binary()).to_binary() == graph.to_binary()


@needs_graph_api
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_loads_in_mediapipe(path):
    from google.protobuf import text_format
    from mediapipe.framework import calculator_pb2

    from mediapipe_anchors.run.mediapipe_api import load_mediapipe

    config = text_format.Parse(path.read_text("utf-8"), calculator_pb2.CalculatorGraphConfig())
    graph = load_mediapipe().calculator_graph(graph_config=config)
    assert "detections" in graph.text_config


@needs_graph_api
@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_finds_a_face_a_pose_or_a_hand_where_it_is(path):
    from photographs import crop, frames, photograph

    from mediapipe_anchors.run import run_graph

    if "palm" in path.stem or "hand" in path.stem:
        # A walking man's hand, blurred against a wall.
        image, centre = crop(frames("street")[188], 10, -10, 90), (0.53, 0.37)
    elif "pose" in path.stem:
        # Head and shoulders: the box is between them.
        image, centre = photograph("astronaut"), (0.41, 0.36)
    else:
        image, centre = photograph("astronaut"), (0.43, 0.22)
    found = run_graph(path, {"image": image})["detections"]
    assert len(found) == 1
    assert found.keypoints.shape == (1, preset(path.stem).decode.num_keypoints, 2)
    x, y, w, h = found.boxes[0]
    assert (x + w / 2, y + h / 2) == pytest.approx(centre, abs=0.04)
