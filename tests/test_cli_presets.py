"""`mediapipe-anchors presets`."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.presets import list_presets, preset


@pytest.fixture
def run(run_command: Any) -> Any:
    return functools.partial(run_command, "presets")


def test_a_table_of_80_columns_with_every_preset(run):
    out, err = run()
    lines = out.splitlines()
    assert err == ""
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[2:-1]] == list_presets()
    (pose,) = [line for line in lines if line.startswith("pose_detection ")]
    assert pose.split() == ["pose_detection", "224x224", "2254", "1", "4", "0.5", "yes"]


def test_the_table_as_json(run):
    rows = json.loads(run("--json")[0])
    assert [row["name"] for row in rows] == list_presets()
    assert rows[7] == {
        "name": "object_detection_desktop_tflite",
        "input": "320x320",
        "rows": 2034,
        "classes": 91,
        "keypoints": 0,
        "min_score": None,
        "model_in_wheel": False,
    }


def test_one_in_full_by_mediapipes_own_name(run):
    out, _ = run("palm_detection_cpu")
    row = preset("palm_detection_full")
    assert out.startswith("palm_detection_full\nmodel   mediapipe/modules/palm_detection/")
    assert "input   192x192, letterboxed, float32 0 to 1, mapped back by Detection" in out
    texts = out.split("\n\n")[1:]
    for text, options in zip(texts, (row.anchors, row.decode, row.nms), strict=True):
        fields = text.partition("\n")[2]
        assert type(options).from_pbtxt(fields) == options


@pytest.mark.parametrize("name", list_presets())
def test_each_one_can_be_shown(run, name):
    out, err = run(name)
    assert out.startswith(f"{name}\n")
    assert err == ""
    assert len(out.splitlines()) < 60
    document = json.loads(run(name, "--json")[0])
    assert document["decode"]["num_boxes"] == preset(name).decode.num_boxes


def test_one_as_json_holds_every_option(run):
    document = json.loads(run("face_detection_full_range", "--json")[0])
    row = preset("face_detection_full_range")
    assert SsdAnchorsOptions(**document["anchors"]) == row.anchors
    assert type(row.decode)(**document["decode"]) == row.decode
    assert type(row.nms)(**document["nms"]) == row.nms
    assert document["model"] == {"path": row.model.path, "in_wheel": True}
    assert document["input"] == {
        "width": 192,
        "height": 192,
        "keep_aspect_ratio": True,
        "float_range": [-1.0, 1.0],
        "border_mode": "BORDER_ZERO",
        "mapped_back_by": "PROJECTION",
    }


def test_an_unknown_name_is_one_line_and_exit_code_2(run):
    out, err = run("pose_detectoin", code=2)
    assert out == ""
    assert err.startswith("mediapipe-anchors: error: preset: got 'pose_detectoin', expected one of")
    assert "pose_detection" in err
    assert len(err.splitlines()) == 1
