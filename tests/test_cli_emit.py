"""`mediapipe-anchors emit`."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import needs_graph_api

from mediapipe_anchors.emit import emit_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.options import SsdAnchorsOptions, TensorsToDetectionsOptions
from mediapipe_anchors.presets import preset

SSD = preset("object_detection_mobile")
FITTED = SsdAnchorsOptions(fixed_anchors=np.full((7, 4), 0.5))


@pytest.fixture
def run(run_command: Any) -> Any:
    return functools.partial(run_command, "emit")


def options_of(text, calculator):
    (node,) = [node for node in Graph.read(text).nodes if node.calculator == calculator]
    return node.options()


def test_a_preset_to_stdout_and_to_a_file(run, tmp_path: Path):
    out, err = run("--preset", "pose_detection_cpu")
    assert (out, err) == (emit_graph(preset("pose_detection")), "")
    path = tmp_path / "pose.pbtxt"
    assert run("--preset", "pose_detection", "-o", path) == ("", f"Wrote {path}\n")
    assert path.read_text() == out


def test_fitted_anchors_bring_their_number_of_boxes(run, tmp_path: Path):
    (tmp_path / "fit.pbtxt").write_text(FITTED.to_pbtxt())
    out, _ = run(
        *("--preset", SSD.name, "--anchors", tmp_path / "fit.pbtxt", "--model", "own.tflite"),
        *("--num-classes", 3, "--input-size", "300x300"),
    )
    decode = replace(SSD.decode, num_boxes=7, num_classes=3)
    assert options_of(out, "SsdAnchorsCalculator") == FITTED
    assert options_of(out, "TensorsToDetectionsCalculator") == decode
    assert 'model_path: "own.tflite"' in out
    assert "output_tensor_width: 300" in out
    assert "Leaves out class 0" in out
    assert "At most 3 are kept" in out


def test_fitted_anchors_do_not_say_the_input_size(run, tmp_path: Path):
    (tmp_path / "fit.pbtxt").write_text(FITTED.to_pbtxt())
    _, err = run(
        *("--preset", SSD.name, "--anchors", tmp_path / "fit.pbtxt", "--model", "own.tflite"),
        code=2,
    )
    assert "--input-size" in err


def test_other_anchors_than_the_presets_need_another_model(run, tmp_path: Path):
    (tmp_path / "fit.pbtxt").write_text(FITTED.to_pbtxt())
    _, err = run(
        *("--preset", SSD.name, "--anchors", tmp_path / "fit.pbtxt", "--input-size", "300x300"),
        code=2,
    )
    assert "2034" in err


def test_generated_anchors_bring_their_input_size(run, tmp_path: Path):
    anchors = preset("object_detection_oid_v4").anchors
    (tmp_path / "anchors.pbtxt").write_text(anchors.to_pbtxt())
    own = ("--preset", SSD.name, "--anchors", tmp_path / "anchors.pbtxt", "--model", "own.tflite")
    out, _ = run(*own)
    assert "output_tensor_width: 300" in out
    assert "output_tensor_height: 300" in out
    assert options_of(out, "TensorsToDetectionsCalculator").num_boxes == 1917
    out, _ = run(*own, "--input-size", "640x480")
    assert "output_tensor_width: 640" in out


def test_everything_from_a_graph_without_a_preset(run, tmp_path: Path):
    graph = tmp_path / "graph.pbtxt"
    graph.write_text(emit_graph(SSD))
    out, _ = run(
        *("--anchors", graph, "--decode", graph, "--nms", graph, "--input-size", "320x320"),
        *("--letterbox", "--float-range", 0, 1, "--model", "own.tflite"),
    )
    for calculator in ("SsdAnchors", "TensorsToDetections", "NonMaxSuppression"):
        name = f"{calculator}Calculator"
        assert options_of(out, name) == options_of(graph, name)
    assert "keep_aspect_ratio: true" in out
    assert "output_tensor_float_range { min: 0.0 max: 1.0 }" in out
    assert "DetectionProjectionCalculator" in out


def test_a_stretched_preset_can_be_letterboxed_and_back(run):
    out, _ = run("--preset", SSD.name, "--letterbox")
    assert "keep_aspect_ratio: true" in out
    assert "DetectionProjectionCalculator" in out
    out, _ = run("--preset", "pose_detection", "--stretch")
    assert "keep_aspect_ratio: false" in out


def test_a_model_that_is_there_is_named_from_the_graphs_folder(run, tmp_path: Path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "graphs").mkdir()
    (tmp_path / "models" / "own.tflite").touch()
    monkeypatch.chdir(tmp_path)
    run("--preset", SSD.name, "--model", "models/own.tflite", "-o", "graphs/own.pbtxt")
    assert 'model_path: "../models/own.tflite"' in Path("graphs/own.pbtxt").read_text()
    run("--preset", SSD.name, "--model", tmp_path / "models/own.tflite", "-o", "graphs/own.pbtxt")
    assert f'model_path: "{tmp_path}/models/own.tflite"' in Path("graphs/own.pbtxt").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "anchors"),
        (["--preset", "pose"], "pose_detection"),
        (["--preset", "pose_detection", "--anchors", "no_such_file"], "no_such_file"),
        (["--preset", "pose_detection", "--input-size", "224"], "WxH"),
        (["--preset", "pose_detection", "--num-classes", "0"], "num-classes"),
        (["--preset", "pose_detection", "--float-range", "1", "0"], "float_range"),
        (["--preset", "pose_detection", "-o", "no_such_folder/g.pbtxt"], "no_such_folder"),
    ],
)
def test_bad_use_says_so_and_exits_with_2(run, arguments, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    out, err = run(*arguments, code=2)
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_decoding_that_does_not_fit_the_anchors_names_the_option(run, tmp_path: Path):
    row = preset("face_detection_full_range")
    (tmp_path / "anchors.pbtxt").write_text(
        replace(row.anchors, interpolated_scale_aspect_ratio=None).to_pbtxt()
    )
    (tmp_path / "decode.pbtxt").write_text(row.decode.to_pbtxt())
    assert TensorsToDetectionsOptions.from_pbtxt(tmp_path / "decode.pbtxt") == row.decode
    _, err = run(
        *("--preset", row.name, "--anchors", tmp_path / "anchors.pbtxt"),
        *("--decode", tmp_path / "decode.pbtxt"),
        code=2,
    )
    assert "4608 anchors, the model has 2304 rows" in err
    assert "set interpolated_scale_aspect_ratio: 0" in err


@needs_graph_api
def test_the_file_runs(run, tmp_path: Path):
    from photographs import photograph

    from mediapipe_anchors.run import run_graph

    path = tmp_path / "face.pbtxt"
    run("--preset", "face_detection_short_range", "-o", path)
    assert len(run_graph(path, {"image": photograph("astronaut")})["detections"]) == 1
