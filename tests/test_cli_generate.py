"""`mediapipe-anchors generate`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.anchors import generate_anchors, read_anchors
from mediapipe_anchors.emit import emit_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.presets import preset


@pytest.fixture
def run(run_command: Any) -> Any:
    return functools.partial(run_command, "generate")


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".json"])
def test_a_presets_anchors(run, tmp_path: Path, suffix):
    path = tmp_path / f"anchors{suffix}"
    out, err = run("--preset", "object_detection_oid_v4", "-o", path)
    assert out == ""
    assert err == f"Wrote 1917 anchors to {path}\n"
    expected = generate_anchors(preset("object_detection_oid_v4").anchors)
    np.testing.assert_array_equal(read_anchors(path), expected)


def test_options_a_text_graph_and_a_binary_graph_give_the_same(run, tmp_path: Path):
    row = preset("pose_detection")
    bare, text, binary = (tmp_path / name for name in ("bare.pbtxt", "g.pbtxt", "g.binarypb"))
    bare.write_text(row.anchors.to_pbtxt())
    text.write_text(emit_graph(row))
    Graph.read(text).save(binary)
    for source in (bare, text, binary):
        assert run(source, "--count")[0] == "2254\n"
        run(source, "-o", tmp_path / "anchors.npy")
        expected = generate_anchors(row.anchors)
        np.testing.assert_array_equal(read_anchors(tmp_path / "anchors.npy"), expected)


def test_count_and_output_together(run, tmp_path: Path):
    out, _ = run("--preset", "object_detector", "--count", "-o", tmp_path / "a.npy")
    assert out == "19206\n"
    assert len(read_anchors(tmp_path / "a.npy")) == 19206


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "either a file or --preset"),
        (["--preset", "pose_detection"], "expected -o FILE, --count, or both"),
        (["x.pbtxt", "--preset", "pose_detection", "--count"], "either a file or --preset"),
        (["--preset", "pose_detction", "--count"], "pose_detection"),
        (["--preset", "coral_object_detection_desktop_live", "--count"], "puts out the anchors"),
        (["--preset", "pose_detection", "-o", "anchors.txt"], ".csv, .json, .npy, .pbtxt or .h"),
        (["no_such_file.pbtxt", "--count"], "no_such_file.pbtxt"),
    ],
)
def test_bad_use_says_so_and_exits_with_2(run, arguments, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    out, err = run(*arguments, code=2)
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("num_layers: 4\nstrides: 8\n", "strides"),
        ("num_layers: four\n", "bad.pbtxt:1"),
        ("nonsense: 4\n", "bad.pbtxt:1"),
        ('node { calculator: "PassThroughCalculator" }', "0 nodes of SsdAnchorsCalculator"),
        ("", "strides"),
    ],
)
def test_options_that_cannot_be(run, tmp_path: Path, text, message):
    path = tmp_path / "bad.pbtxt"
    path.write_text(text)
    out, err = run(path, "-o", tmp_path / "anchors.csv", "--count", code=2)
    assert out == ""
    assert message in err
    assert not (tmp_path / "anchors.csv").exists()
