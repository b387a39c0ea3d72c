"""`mediapipe-anchors lint`: what it prints, returns and writes."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import needs_graph_api
from mediapipe_graphs import ANCHORS_128, DECODE_FACE, NMS_FACE, face_graph
from tflite_builder import ModelBuilder, ssd_model

from mediapipe_anchors import SsdAnchorsOptions, lint
from mediapipe_anchors.cli import cli
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules import RULES
from mediapipe_anchors.linting.pages import explain

PAGE = Path(__file__).parents[1] / "docs" / "lint.md"


@pytest.fixture
def run(run_command):
    return functools.partial(run_command, "lint")


def write_model(path):
    """A model with the ends of the face detector."""
    model = ModelBuilder()
    image = model.tensor((1, 128, 128, 3))
    outputs = [model.tensor((1, 896, columns)) for columns in (16, 1)]
    path.write_bytes(model.build([image], outputs))


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound.pbtxt"
    write_model(tmp_path / "detector.tflite")
    nms = f"{NMS_FACE} return_empty_detections: true"
    path.write_text(face_graph(nms=nms, model="detector.tflite"))
    return path


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.pbtxt"
    nms = NMS_FACE + " num_detection_streams: 2"
    path.write_text(face_graph(decode=DECODE_FACE + " max_results: 0", nms=nms))
    return path


def test_nothing_found(run, sound):
    assert run(sound) == ("nothing found in 1 graph\n", "")


def test_findings_are_a_list_that_fits_the_terminal(run, broken):
    out, err = run(broken, code=1)
    assert err == ""
    assert f"{broken}:40: error max-results-zero\n" in out
    assert "    TensorsToDetectionsCalculator: max_results: got 0, expected a number other" in out
    assert "    fix: write max_results: -1; -1 stands for no limit\n" in out
    assert re.search(r"^\d errors(, .*)? in 1 graph$", out.splitlines()[-1])
    body = [line for line in out.splitlines() if not line.startswith(str(broken))]
    assert max(map(len, body)) <= 80


def test_the_sample_of_the_page_is_what_is_printed(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    text = face_graph(
        anchors=ANCHORS_128.replace("8, 16, 16, 16", "8, 16, 16").replace("layers: 4", "layers: 3"),
        nms=f"{NMS_FACE} return_empty_detections: true",
        model="detector.tflite",
    )
    Path("graph.pbtxt").write_text(text)
    write_model(Path("detector.tflite"))
    out, _ = run("graph.pbtxt", code=1)
    (sample,) = re.findall(r"```text\n(graph\.pbtxt:.*?)```", PAGE.read_text(), re.DOTALL)
    assert out == sample


def test_json_is_what_lint_returns(run, broken):
    out, err = run(broken, "--json", code=1)
    found = json.loads(out)
    assert err == ""
    assert {tuple(each) for each in found} == {
        ("code", "severity", "node", "field", "line", "message", "fix")
    }
    assert [each["code"] for each in found] == [each.code for each in lint(broken)]
    assert {each["severity"] for each in found} <= {"error", "warning", "info"}


def test_json_of_a_sound_graph_is_an_empty_list(run, sound):
    assert json.loads(run(sound, "--json")[0]) == []


def test_several_graphs(run, sound, broken):
    out, _ = run(sound, broken, code=1)
    assert out.endswith("in 2 graphs\n")
    _, err = run(sound, broken, "--json", code=2)
    assert "--json takes one graph" in err


def test_an_unreadable_graph_does_not_hide_the_others(run, sound, broken, tmp_path):
    bad = tmp_path / "bad.pbtxt"
    bad.write_text("node {\n  calculater: 'X'\n}")
    out, err = run(bad, tmp_path / "none.pbtxt", broken, code=2)
    assert f"error: {bad}:2: field calculater" in err
    assert "none.pbtxt: no such file" in err
    assert "max-results-zero" in out
    assert out.endswith("in 1 graph\n")
    out, _ = run(bad, code=2)
    assert out == ""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "Missing argument 'GRAPH...'"),
        (["{broken}", "--model", "none.tflite"], "none.tflite"),
        (["{broken}", "--ignore", "max-result-zero"], "max-results-zero"),
        (["{broken}", "--warn", "no"], "the code of a rule"),
        (["--explain", "to-few-anchors"], "too-few-anchors"),
    ],
)
def test_bad_use(run, broken, arguments, text):
    out, err = run(*(argument.format(broken=broken) for argument in arguments), code=2)
    assert text in err
    assert out == ""


def test_ignore_and_warn(run, sound, broken):
    codes = {each.code for each in lint(broken)}
    ignored = [part for code in codes for part in ("--ignore", code)]
    assert run(broken, *ignored)[0] == "nothing found in 1 graph\n"
    out, _ = run(broken, "--warn", "max-results-zero", code=1)
    assert ": warning max-results-zero\n" in out


@needs_graph_api
def test_notes_are_shown_and_do_not_count(run, tmp_path):
    path = tmp_path / "own.pbtxt"
    path.write_text('node {\n  calculator: "MyOwnGraph"\n}\n')
    out, err = run(path)
    assert out.startswith(f"{path}:2: info subgraphs-unread\n")
    assert out.endswith("1 note in 1 graph\n")
    assert err == ""


# --- fix


def test_fix_writes_says_and_leaves_the_rest(run, broken):
    before = broken.read_bytes()
    out, _ = run(broken, "--fix")
    assert f"{broken}:40: fixed max-results-zero: max_results: -1\n" in out
    assert ": error max-results-zero" not in out
    after = broken.read_bytes()
    assert b"max_results: -1" in after
    assert len(after.splitlines()) == len(before.splitlines())
    out, _ = run(broken, "--fix")
    assert "fixed" not in out
    assert broken.read_bytes() == after


def test_fix_of_a_binary_graph(run, broken, tmp_path):
    path = tmp_path / "graph.binarypb"
    path.write_bytes(Graph.read(broken).to_binary())
    out, _ = run(path, "--fix")
    assert f"{path}: fixed max-results-zero: max_results: -1\n" in out
    assert "max-results-zero" not in {each.code for each in lint(path)}


def test_fix_beside_json_keeps_stdout_json(run, broken):
    out, err = run(broken, "--fix", "--json")
    assert "max-results-zero" not in {each["code"] for each in json.loads(out)}
    assert "fixed max-results-zero" in err


def test_a_sound_file_is_not_written(run, sound):
    sound.chmod(0o444)
    before = sound.stat().st_mtime_ns
    run(sound, "--fix")
    assert sound.stat().st_mtime_ns == before


# --- explain


def test_explain_prints_the_section_of_the_page(run):
    out, _ = run("--explain", "too-few-anchors")
    (rule,) = (rule for rule in RULES if rule.code == "too-few-anchors")
    assert out == explain(rule)
    assert out in PAGE.read_text()


def test_explain_lists_all_codes(run):
    out, _ = run("--explain")
    assert [line.split()[0] for line in out.splitlines()] == [rule.code for rule in RULES]
    assert max(map(len, out.splitlines())) <= 100


def test_help_names_the_exit_codes():
    text = CliRunner().invoke(cli, ["lint", "--help"]).output
    assert "Exit code 1" in text
    assert "--explain" in text


def test_scores_are_looked_for_behind_the_right_output(run_command, tmp_path):
    """The boxes, taken for the scores, have no sigmoid; that is not the mistake."""
    model, options, graph = (tmp_path / name for name in ("d.tflite", "o.pbtxt", "g.pbtxt"))
    model.write_bytes(ssd_model((64, 64), (16,), (2,), num_classes=2, sigmoid=True))
    anchors = np.full((32, 4), 0.5, np.float32)
    options.write_text(SsdAnchorsOptions(fixed_anchors=anchors).to_pbtxt())
    where = ("--preset", "object_detector", "--model", model, "--input-size", "64x64")
    run_command("emit", *where, "--stretch", "--num-classes", 2, "--anchors", options, "-o", graph)
    out, _ = run_command("lint", graph, "--json", code=1)
    assert [each["code"] for each in json.loads(out) if each["severity"] != "info"] == [
        "model-outputs-swapped"
    ]
    run_command("lint", graph, "--fix")
    assert "sigmoid_score: true" not in graph.read_text()
