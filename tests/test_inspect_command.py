"""`mediapipe-anchors inspect` and `generate MODEL.tflite` as commands."""

from __future__ import annotations

import json
from pathlib import Path

import detector_models as made
import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import MEDIAPIPE_DIR
from test_inspect_models import NO_DETECTORS, WHEEL, path_of
from tflite_builder import ssd_model

from mediapipe_anchors.anchors import generate_anchors, read_anchors
from mediapipe_anchors.presets import preset

BUILT = {
    "two_outputs": ssd_model(),
    "scores_first": ssd_model(scores_first=True, num_classes=91, sigmoid=True),
    "pyramid": ssd_model((384, 384), (8, 16, 32, 64, 128), (9,) * 5, num_classes=90),
    "non_square": ssd_model((300, 180), (16, 32, 64, 128, 256), (3, 6, 6, 6, 6), num_classes=21),
    "quantised": made.simple(made.plain_rows, made.quantised("uint8")),
    "apart": made.apart(grids=True),
    "other_order": made.simple(made.anchor_outer_rows),
    "open_batch": made.batched(-1),
    "compiled": made.behind_custom_operator(1237, 4, 3, (320, 320)),
    "decoded": made.decoded(),
    "post_processed": made.postprocessed(made.some_anchors()),
    "yolo": made.outputs_alone((1, 25200, 85)),
    "classifier": made.outputs_alone((1, 1000), last="SOFTMAX"),
}


def check(out: str) -> None:
    assert max(map(len, out.splitlines())) <= 80
    assert out.isprintable() or set(filter(lambda c: not c.isprintable(), out)) == {"\n"}
    assert "None" not in out
    assert "ModelKind" not in out


@pytest.mark.parametrize("name", BUILT)
def test_built_models(run_command, tmp_path: Path, name):
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(BUILT[name])
    out, err = run_command("inspect", path)
    assert err == ""
    check(out)
    assert out.startswith(f"{name}.tflite: ")
    found = json.loads(run_command("inspect", path, "--json")[0])
    assert found["num_bytes"] == len(BUILT[name])
    assert found["summary"].split(",")[0] in " ".join(out.split())


@needs_graph_api
@pytest.mark.parametrize("name", [*WHEEL, *NO_DETECTORS])
def test_models_of_the_wheel(run_command, name):
    path = path_of(preset(name).model.name.removesuffix(".tflite") if name in WHEEL else name)
    out, _ = run_command("inspect", path)
    check(out)
    assert "(exact file)" in out
    found = json.loads(run_command("inspect", path, "--json")[0])
    assert found["known"]["match"] == "exact file"
    assert (found["num_anchors"] is not None) == (name in WHEEL)


def test_names_that_a_terminal_would_obey(run_command, tmp_path: Path):
    data = BUILT["two_outputs"].replace(b"image", b"\x1b[31m")
    path = tmp_path / "m.tflite"
    path.write_bytes(data)
    out, _ = run_command("inspect", path)
    check(out)
    assert "?[31m" in out


def test_what_is_no_model(run_command, tmp_path: Path):
    path = tmp_path / "m.tflite"
    path.write_bytes(b"no model at all")
    for arguments in ((path,), (path, "--json"), (path, "--row", 1), (tmp_path / "none.tflite",)):
        out, err = run_command("inspect", *arguments, code=2)
        assert out == ""
        assert err.startswith("mediapipe-anchors: error: ")
        assert err.count("\n") == 1


@needs_graph_api
@pytest.mark.parametrize("suffix", [".csv", ".npy", ".json", ".pbtxt"])
def test_anchors_of_a_model_are_written(run_command, tmp_path: Path, suffix):
    path = MEDIAPIPE_DIR / "modules/pose_detection/pose_detection.tflite"
    target = tmp_path / f"anchors{suffix}"
    out, err = run_command("generate", path, "-o", target, "--count")
    assert out == "2254\n"
    assert err == f"Wrote 2254 anchors to {target}\n"
    expected = generate_anchors(preset("pose_detection").anchors)
    np.testing.assert_array_equal(read_anchors(target), expected)


def test_anchors_of_an_operator_are_written(run_command, tmp_path: Path):
    anchors = made.some_anchors()
    path, target = tmp_path / "m.tflite", tmp_path / "a.npy"
    path.write_bytes(made.postprocessed(anchors))
    run_command("generate", path, "-o", target)
    np.testing.assert_array_equal(read_anchors(target), anchors)


def test_a_model_without_anchors(run_command, tmp_path: Path):
    path = tmp_path / "m.tflite"
    path.write_bytes(ssd_model((128, 128), (8, 16), (2, 6), num_coords=16))
    _, err = run_command("generate", path, "--count", code=2)
    assert "holds no anchors; those of --preset face_detection_short_range may be meant" in err
    path.write_bytes(BUILT["classifier"])
    _, err = run_command("generate", path, "--count", code=2)
    assert "holds no anchors: mediapipe-anchors inspect" in err
