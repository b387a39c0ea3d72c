"""`lint`: what it says of text, binary and nested graphs; and that sound ones have no finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import has_graph_api, needs_graph_api
from constant_model import write_constant_model
from mediapipe_graphs import DECODE_FACE, MEDIAPIPE_DIR, face_graph
from rule_cases import forwarding

from mediapipe_anchors import (
    GraphError,
    MediaPipeAnchorsError,
    MissingExtraError,
    ModelError,
    emit_graph,
    lint,
    list_presets,
    preset,
)
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules import RULES, Severity, Subject
from mediapipe_anchors.linting.views import View
from mediapipe_anchors.run import validation

WHEEL_GRAPHS = sorted(MEDIAPIPE_DIR.glob("modules/*/*.binarypb"))
OUR_GRAPHS = sorted((Path(__file__).parents[1] / "graphs").glob("*.pbtxt"))
MISTAKES = """\
node {
  calculator: "NonMaxSuppressionCalculator"
  name: "suppress"
  input_stream: "raw"
  output_stream: "detections"
  options {
    [mediapipe.NonMaxSuppressionCalculatorOptions.ext] {
      # No limit?
      max_num_detections: 0
      num_detection_streams: 2
      min_suppression_threshold: 0.3
      overlap_type: INTERSECTION_OVER_UNION
    }
  }
}
node {
  calculator: "SsdAnchorsCalculator"
  output_side_packet:
    "ANCHORS:anchors"
  node_options {
    [type.googleapis.com/mediapipe.SsdAnchorsCalculatorOptions] {
      strides: [
        8,
        0
      ]
    }
  }
}
num_threads: 3000000
"""
NESTED = """
input_stream: "image"
output_stream: "detections"
node {
  calculator: "PassThroughCalculator"
  input_stream: "image"
  output_stream: "same"
}
node {
  calculator: "FaceDetectionShortRangeCpu"
  input_stream: "IMAGE:same"
  output_stream: "DETECTIONS:detections"
  options { [mediapipe.FaceDetectionOptions.ext] { num_layers: 3 } }
}"""


def matters(graph, **more):
    """The codes of what is to be corrected."""
    return [each.code for each in lint(graph, **more) if each.severity is not Severity.INFO]


def test_findings_stand_at_their_fields_in_the_order_of_lines():
    refused = {rule.code for rule in RULES if rule.is_refused}
    found = [(each.code, each.line, each.field) for each in lint(MISTAKES)]
    assert [each for each in found if each[0] in refused] == [
        ("max-detections-zero", 9, "max_num_detections"),
        ("nms-streams-miscounted", 10, "num_detection_streams"),
        ("layers-miscounted", 16, "num_layers"),
        ("anchors-output-tagged", 18, "output_side_packet"),
        ("stride-zero", 24, "strides"),
        ("too-many-executor-threads", 29, "num_threads"),
    ]
    lines = [line for _, line, _ in found]
    assert lines == sorted(lines)


def test_a_finding_says_what_is_wrong_what_it_leads_to_and_what_to_write():
    (found,) = (each for each in lint(MISTAKES) if each.code == "max-detections-zero")
    assert found.severity is Severity.ERROR
    assert found.severity == "error"
    assert found.node == "NonMaxSuppressionCalculator (suppress)"
    assert found.message == (
        "max_num_detections: got 0, expected a number other than 0. "
        "MediaPipe ends the process when the graph starts."
    )
    assert found.fix == "write max_num_detections: -1; -1 stands for no limit"


def test_what_belongs_to_the_graph_has_no_node():
    (found,) = (each for each in lint(MISTAKES) if each.field == "num_threads")
    assert found.node is None
    assert found.fix == "leave it unset"


def test_every_mistake_in_one_node_is_found():
    decode = DECODE_FACE.replace("num_coords: 16", "num_coords: 17").replace("num_classes: 1", "")
    decode += " max_results: 0 num_values_per_keypoint: 3 allow_classes: 1 ignore_classes: 0"
    assert {
        "num-classes-unset",
        "max-results-zero",
        "values-per-keypoint",
        "coords-miscounted",
        "allowed-beside-ignored-classes",
    } <= set(matters(face_graph(decode=decode)))


def test_a_binary_graph_has_no_lines():
    text, binary = lint(MISTAKES), lint(Graph.read(MISTAKES).to_binary())
    assert {each.code for each in binary} == {each.code for each in text}
    assert {each.line for each in binary} == {None}


def test_every_fix_says_something():
    assert all(each.fix for each in lint(MISTAKES))


def test_ignored_codes_are_left_out():
    left = matters(MISTAKES, ignore="stride-zero")
    assert left == [code for code in matters(MISTAKES) if code != "stride-zero"]


def test_lowered_codes_are_warnings():
    codes = {"stride-zero", "max-detections-zero"}
    found = lint(MISTAKES, warn=codes)
    assert {each.severity for each in found if each.code in codes} == {Severity.WARNING}
    assert [each.code for each in found] == [each.code for each in lint(MISTAKES)]
    assert any(each.severity is Severity.ERROR for each in found)


@pytest.mark.parametrize("argument", ["ignore", "warn"])
def test_an_unknown_code_is_refused_with_the_near_ones(argument):
    with pytest.raises(MediaPipeAnchorsError, match="too-few-anchors") as caught:
        lint(MISTAKES, **{argument: ["to-few-anchor"]})
    assert caught.value.field == argument
    assert caught.value.value == "to-few-anchor"


def test_unreadable_graphs_and_models_are_typed_errors(tmp_path):
    with pytest.raises(GraphError, match="no such file"):
        lint(tmp_path / "none.pbtxt")
    with pytest.raises(GraphError, match=r"max_num_detection.*did you mean max_num_detections"):
        lint(MISTAKES.replace("max_num_detections", "max_num_detection"))
    with pytest.raises(GraphError, match=r"line 18: field output_side_paket .*did you mean"):
        lint(MISTAKES.replace("output_side_packet", "output_side_paket"))
    with pytest.raises(ModelError, match="no such file"):
        lint(face_graph(), tmp_path / "none.tflite")


def test_a_given_model_stands_for_the_one_that_is_not_there(tmp_path):
    outputs = [np.zeros((1, 9), np.float32)] * 2
    write_constant_model(tmp_path / "two.tflite", (1, 128, 128, 3), np.float32, outputs)
    mapping = "detections_tensor_index: 2 scores_tensor_index: 0 anchors_tensor_index: 1"
    graph = face_graph(decode=f"{DECODE_FACE} tensor_mapping {{ {mapping} }}", model="none.tflite")
    assert "mapped-tensor-missing" not in matters(graph)
    assert "mapped-tensor-missing" in matters(graph, model=tmp_path / "two.tflite")


# --- subgraphs


def test_without_mediapipe_a_note_says_what_is_not_known(monkeypatch):
    def missing():
        raise MissingExtraError("run_graph", "graph")

    monkeypatch.setattr(validation, "load_mediapipe", missing)
    (note,) = lint(NESTED)
    assert (note.code, note.severity, note.line) == ("subgraphs-unread", Severity.INFO, 10)
    assert "FaceDetectionShortRangeCpu" in note.message
    assert "pip install" in note.fix
    assert all(each.code != "subgraphs-unread" for each in lint(face_graph()))


@needs_graph_api
def test_subgraphs_are_looked_into():
    (found,) = (each for each in lint(NESTED) if each.severity is Severity.ERROR)
    assert (found.code, found.field, found.line) == ("layers-miscounted", "num_layers", 13)
    assert found.node == "SsdAnchorsCalculator in FaceDetectionShortRangeCpu"


@needs_graph_api
def test_a_node_beside_a_subgraph_keeps_its_lines():
    text = forwarding.DANGERS["fewer anchors than boxes behind SwitchContainer"].graph
    (found,) = (each for each in lint(text) if each.code == "too-few-anchors")
    assert found.node == "TensorsToDetectionsCalculator"
    assert "num_boxes" in text.splitlines()[(found.line or 0) - 1]


@needs_graph_api
def test_a_finding_is_told_once_though_its_graph_is_looked_at_twice():
    text = (
        NESTED.replace("{ num_layers: 3 }", "{ }")
        + """
node {
  calculator: "NonMaxSuppressionCalculator"
  input_stream: "detections"
  output_stream: "few"
}"""
    )
    found = [(each.code, each.line) for each in lint(text)]
    assert "subgraphs-unread" not in dict(found)
    assert ("nothing-suppressed", 1 + text.count("\n") - 4) in found
    assert len(found) == len(set(found))


def test_values_read_as_a_graph_has_them():
    nms = "overlap_type: UNSPECIFIED_OVERLAP_TYPE"
    said = {each.code: each.message for each in lint(face_graph(decode="", nms=nms))}
    assert said["num-classes-unset"].startswith("num_classes: not set, expected to be set. ")
    assert "overlap_type: got UNSPECIFIED_OVERLAP_TYPE, expected" in said["overlap-unspecified"]


@needs_graph_api
def test_what_mediapipe_says_of_a_graph_with_subgraphs_is_passed_on():
    (note,) = lint(NESTED.replace("FaceDetectionShortRangeCpu", "NoSuchGraph"))
    assert note.code == "subgraphs-unread"
    assert "NoSuchGraph" in note.fix


def test_mediapipe_does_not_see_what_may_end_it(monkeypatch):
    monkeypatch.setattr(validation, "load_mediapipe", lambda: pytest.fail("was called"))
    codes = [each.code for each in lint(NESTED + MISTAKES)]
    assert "subgraphs-unread" in codes


@needs_graph_api
def test_nodes_of_the_expanded_graph_lead_back_to_those_that_are_written():
    twice = (
        NESTED
        + """
    node {
      calculator: "FaceDetectionShortRangeCpu"
      name: "again.here"
      input_stream: "IMAGE:image"
      output_stream: "DETECTIONS:more"
    }"""
    )
    graph = Graph.read(twice)
    expanded = validation.expanded_graph(validation.validate(graph))
    view = View(Subject(expanded), graph)
    origins = [(node.calculator, view.origin_of(node)) for node in expanded.nodes]
    first, again = (graph.nodes[index] for index in (1, 2))
    assert [node for name, node in origins if name == "SsdAnchorsCalculator"] in (
        [first, again],
        [again, first],
    )
    assert ("PassThroughCalculator", graph.nodes[0]) in origins
    assert view.origin_of(graph.nodes[0]) is graph.nodes[0]


# --- no false alarm


@needs_graph_api
@pytest.mark.parametrize("path", WHEEL_GRAPHS, ids=lambda path: path.stem)
def test_graphs_of_the_wheel_have_none(path):
    assert matters(path) == []


@pytest.mark.parametrize("path", OUR_GRAPHS, ids=lambda path: path.stem)
def test_our_graphs_have_none(path):
    assert matters(path) == []


@pytest.mark.parametrize("name", list_presets())
def test_what_emit_writes_has_none(name):
    assert matters(emit_graph(preset(name))) == []


def test_there_are_graphs_to_look_at():
    assert len(OUR_GRAPHS) == len(list_presets()) - 1
    assert len(WHEEL_GRAPHS) == 8 or not has_graph_api()
