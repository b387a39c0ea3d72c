"""What `run_graph` and `mediapipe-anchors run` say of a graph, and how a rule is lowered."""

from __future__ import annotations

import contextlib
import warnings

import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import NMS_FACE, face_graph
from PIL import Image

from mediapipe_anchors import (
    GraphRunner,
    GraphWarning,
    MediaPipeAnchorsError,
    OptionsError,
    run_graph,
)
from mediapipe_anchors.cli import main
from mediapipe_anchors.graph import Graph, checks
from mediapipe_anchors.graph.checks import GraphCheck
from mediapipe_anchors.graph.rules import MAX_NUM_DETECTIONS, Ending, Finding, Rule, Severity

# One detection more than is accepted: some 100 MB, which MediaPipe reserves and does not touch.
BEST = NMS_FACE.replace("algorithm: WEIGHTED", "")
MANY = face_graph(nms=f"{BEST} max_num_detections: {MAX_NUM_DETECTIONS + 1}")
IMAGE = np.zeros((32, 32, 3), np.uint8)
CODE = "nms-memory"


def rule(severity, ending, **more):
    """A rule that finds something in every graph."""

    def check(subject):
        yield Finding(subject.graph.nodes[0], "field", 7, "8")

    return Rule("some-code", severity, ending, check, "It ends badly.", **more)


@needs_graph_api
def test_a_refused_graph_has_the_code():
    with pytest.raises(OptionsError) as caught:
        run_graph(MANY, {"image": IMAGE})
    assert caught.value.code == CODE


@needs_graph_api
@pytest.mark.parametrize("warn", [[CODE], CODE])
def test_a_lowered_rule_warns_and_the_graph_runs(warn):
    with pytest.warns(GraphWarning) as caught:
        result = run_graph(MANY, {"image": IMAGE}, warn=warn)
    assert result["detections"] is None or len(result["detections"]) == 0
    (said,) = (each for each in caught if CODE in str(each.message))  # though it is looked at twice
    assert "max_num_detections: got 1000001, expected at most 1000000" in str(said.message)
    assert str(said.message).endswith(f"[{CODE}]")
    assert said.filename == __file__


@needs_graph_api
def test_a_lowered_rule_warns_where_a_runner_is_opened():
    with pytest.warns(GraphWarning, match=CODE) as caught:
        GraphRunner(MANY, warn=[CODE]).close()
    assert caught[0].filename == __file__


@needs_graph_api
def test_an_unknown_code_is_refused_with_the_near_ones():
    with pytest.raises(MediaPipeAnchorsError, match=CODE) as caught:
        run_graph(face_graph(), {"image": IMAGE}, warn=["nms-memories"])
    assert caught.value.field == "warn"


@needs_graph_api
def test_the_rules_that_are_not_lowered_stay():
    graph = MANY.replace("num_classes: 1", "num_classes: 1 max_results: 0")
    with pytest.raises(OptionsError) as caught:
        run_graph(graph, {"image": IMAGE}, warn=[CODE])
    assert caught.value.code == "max-results-zero"


@pytest.mark.parametrize(
    ("severity", "ending", "answered", "outcome"),
    [
        (Severity.ERROR, Ending.DIES, False, "error"),
        (Severity.ERROR, Ending.HANGS, False, "error"),
        (Severity.ERROR, Ending.STRAYS, False, "error"),
        (Severity.ERROR, Ending.REFUSES, True, "error"),
        (Severity.ERROR, Ending.REFUSES, False, "nothing"),
        (Severity.ERROR, Ending.MISLEADS, False, "warning"),
        (Severity.WARNING, Ending.MISLEADS, False, "warning"),
        (Severity.INFO, Ending.MISLEADS, False, "nothing"),
    ],
)
def test_what_becomes_of_a_finding(monkeypatch, severity, ending, answered, outcome):
    monkeypatch.setattr(checks, "RULES", (rule(severity, ending, answered=answered),))
    graph = Graph.read('node { calculator: "X" }')
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(OptionsError) if outcome == "error" else contextlib.nullcontext():
            GraphCheck().check(graph)
    assert [each.category for each in told] == ([GraphWarning] if outcome == "warning" else [])


def test_a_warning_is_told_once_of_a_graph_and_its_expanded_form(monkeypatch):
    monkeypatch.setattr(checks, "RULES", (rule(Severity.WARNING, Ending.MISLEADS),))
    graph = Graph.read('node { calculator: "X" }')
    checking = GraphCheck()
    with pytest.warns(GraphWarning, match=r"^line 1: X: field: got 7, expected 8. It ends badly"):
        checking.check(graph)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checking.check(Graph.read(graph.to_binary()))


@needs_graph_api
def test_the_command_warns_once_for_many_images(tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(3):
        Image.fromarray(IMAGE).save(folder / f"{index}.png")
    path = tmp_path / "graph.pbtxt"
    path.write_text(MANY)
    arguments = ["run", str(path), str(folder), "-o", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "max_num_detections" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--warn", CODE])
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert said.err.count("mediapipe-anchors: warning:") == 1
    assert f"{path}:" in said.err
    assert "3 frames" in said.out
