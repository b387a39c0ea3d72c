"""The commands embed and extract."""

from __future__ import annotations

import json

import numpy as np
import pytest
from embed_samples import (
    ANCHORS,
    DECODE,
    OPTIONS,
    embedded,
    postprocess_model,
    raw_model,
    stretching_graph,
)

from mediapipe_anchors import (
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
    embed_anchors,
    extract_anchors,
    generate_anchors,
    read_anchors,
    write_anchors,
)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(raw_model())
    return path


def test_graph_labels_and_normalisation(run_command, tmp_path, model):
    graph, out = stretching_graph(tmp_path, DECODE), tmp_path / "out.tflite"
    (tmp_path / "labels.txt").write_text("cat\ndog\nbird\n")
    arguments = ("--graph", graph, "--labels", tmp_path / "labels.txt", "--mean", 0, "--std", 255)
    printed, errors = run_command("embed", model, *arguments, "-o", out)
    assert printed == ""
    assert "12 anchors in its metadata" in errors
    found = extract_anchors(out)
    assert found.labels == ("cat", "dog", "bird")
    assert (found.mean, found.std) == (0.0, 255.0)
    assert out.read_bytes() == embed_anchors(
        raw_model(), graph=graph, labels=["cat", "dog", "bird"], mean=0, std=255
    )


def test_labels_as_editors_leave_them(run_command, tmp_path, model):
    graph, out = stretching_graph(tmp_path, DECODE), tmp_path / "out.tflite"
    (tmp_path / "labels.txt").write_bytes(b"\xef\xbb\xbfcat\r\n\r\nbird\r\n\r\n\r\n")
    run_command("embed", model, "--graph", graph, "--labels", tmp_path / "labels.txt", "-o", out)
    assert extract_anchors(out).labels == ("cat", "", "bird")


def test_what_is_not_part_of_a_model_is_said(run_command, tmp_path, model):
    decode = TensorsToDetectionsOptions.from_pbtxt(
        DECODE.to_pbtxt() + "min_score_thresh: 0.5 ignore_classes: 0"
    )
    graph, out = stretching_graph(tmp_path, decode), tmp_path / "out.tflite"
    text = graph.read_text()
    graph.write_text(
        text.replace("min_suppression_threshold: 0.3", "min_suppression_threshold: 0.5")
    )
    (tmp_path / "labels.txt").write_text("background\ncat\ndog\n")
    arguments = ("embed", model, "--graph", graph, "--labels", tmp_path / "labels.txt", "-o", out)
    _, errors = run_command(*arguments, code=2)
    assert "decode.ignore_classes: got (0,)" in errors
    assert not out.exists()
    printed, errors = run_command(*arguments, "--ignore-at-run-time", "--json")
    assert "score_threshold=0.5, category_denylist=['background']" in errors
    assert "the graph suppresses above 0.5; ObjectDetector above 0.3" in errors
    figures = json.loads(printed)
    assert figures["anchors"] == 12
    assert figures["kind"] == "detector_metadata"
    assert figures["bytes"] == out.stat().st_size
    assert figures["object_detector_options"] == {
        "score_threshold": 0.5,
        "category_denylist": ["background"],
    }


def test_anchors_and_decoding_from_files(run_command, tmp_path, model):
    write_anchors(tmp_path / "anchors.csv", ANCHORS)
    (tmp_path / "decode.pbtxt").write_text(DECODE.to_pbtxt())
    out = tmp_path / "out.tflite"
    arguments = ("--anchors", tmp_path / "anchors.csv", "--decode", tmp_path / "decode.pbtxt")
    run_command("embed", model, *arguments, "--mean", 127.5, "--std", 127.5, "-o", out)
    assert out.read_bytes() == embedded()
    run_command(
        *("embed", model, *arguments, "--mean", 127.5, "--std", 127.5, "--boxes-output", 0),
        *("-o", out),
    )
    assert out.read_bytes() == embedded()
    _, errors = run_command("embed", model, *arguments, "--boxes-output", 1, "-o", out, code=2)
    assert "detections_tensor_index 1" in errors


def test_preset_that_tasks_cannot_run(run_command, tmp_path, model):
    _, errors = run_command(
        *("embed", model, "--preset", "face_detection_short_range", "-o", tmp_path / "o.tflite"),
        code=2,
    )
    assert "whose outputs are [1, 12, 4]" in errors


def test_four_outputs(run_command, tmp_path):
    model, out = tmp_path / "model.tflite", tmp_path / "out.tflite"
    model.write_bytes(postprocess_model())
    (tmp_path / "anchors.pbtxt").write_text(OPTIONS.to_pbtxt())
    printed, errors = run_command(
        "embed", model, "--anchors", tmp_path / "anchors.pbtxt", "-o", out, "--json"
    )
    assert json.loads(printed)["kind"] == "postprocess"
    assert "12 anchors in its TFLite_Detection_PostProcess" in errors
    assert np.array_equal(extract_anchors(out).anchors, generate_anchors(OPTIONS))


def test_extract(run_command, tmp_path):
    model = tmp_path / "model.tflite"
    model.write_bytes(embedded(labels=["cat", "dog", "bird"]))
    for name in ("a.csv", "a.npy", "a.json"):
        _, errors = run_command("extract", model, "-o", tmp_path / name)
        assert "Wrote 12 anchors" in errors
        assert np.array_equal(read_anchors(tmp_path / name), ANCHORS)
    files = ("--decode", tmp_path / "decode.pbtxt", "--labels", tmp_path / "labels.txt")
    run_command("extract", model, "-o", tmp_path / "a.pbtxt", *files)
    options = SsdAnchorsOptions.from_pbtxt(tmp_path / "a.pbtxt")
    assert np.array_equal(generate_anchors(options), ANCHORS)
    decode = TensorsToDetectionsOptions.from_pbtxt(tmp_path / "decode.pbtxt")
    assert decode == extract_anchors(model).decode
    assert (tmp_path / "labels.txt").read_text() == "cat\ndog\nbird\n"
    again = tmp_path / "again.tflite"
    arguments = ("--anchors", tmp_path / "a.pbtxt", *files)
    run_command("embed", model, *arguments, "-o", again)
    assert again.read_bytes() == model.read_bytes()


def test_extract_json(run_command, tmp_path):
    model = tmp_path / "model.tflite"
    model.write_bytes(embedded(raw_model(scores_first=True)))
    found = json.loads(run_command("extract", model, "--json")[0])
    assert found["kind"] == "detector_metadata"
    assert found["anchors"] == 12
    assert found["decode"]["box_format"] == "YXHW"
    mapping = found["decode"]["tensor_mapping"]
    assert (mapping["detections_tensor_index"], mapping["scores_tensor_index"]) == (1, 0)
    assert (found["labels"], found["mean"], found["std"]) == (None, 127.5, 127.5)
    model.write_bytes(postprocess_model())
    found = json.loads(run_command("extract", model, "--json")[0])
    assert found["postprocess"]["max_detections"] == 12
    assert found["decode"]["apply_exponential_on_box_size"] is True


def test_bad_use(run_command, tmp_path, model):
    for arguments in (
        ("embed", model, "-o", tmp_path / "o.tflite"),
        ("embed", model, "--boxes-output", 0, "-o", tmp_path / "o.tflite"),
        ("embed", model),
        ("extract", model),
        ("extract", model, "--json"),
        ("extract", tmp_path / "nothing.tflite", "--json"),
        ("extract", model, "--decode", tmp_path / "decode.txt"),
    ):
        assert run_command(*arguments, code=2)[1]
    model.write_bytes(embedded())
    _, errors = run_command("extract", model, "--labels", tmp_path / "l.txt", code=2)
    assert "holds no labels" in errors
