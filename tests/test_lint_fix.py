"""`--fix`: what is written where, that nothing else changes, and that once is enough."""

from __future__ import annotations

import pytest
from mediapipe_graphs import DECODE_FACE, face_graph, nms_node, ssd_node
from tflite_builder import ModelBuilder

from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules import Replacement
from mediapipe_anchors.linting import lint
from mediapipe_anchors.linting.fixing import fix_graph
from mediapipe_anchors.linting.values import put, replacement_text
from mediapipe_anchors.options import OverlapType

# A byte order mark, Windows line ends, odd spacing, comments, and options of one's own.
SOURCE = (
    "\ufeff# Eight faces at most?  \r\n"
    "\r\n"
    'node:{calculator:"NonMaxSuppressionCalculator"  # suppress\r\n'
    '\tinput_stream : "a"\tinput_stream: "b";\r\n'
    '  output_stream: "detections"  node_options { [acme.org/Own] { x: 1 } }\r\n'
    "  options { [mediapipe.NonMaxSuppressionCalculatorOptions.ext] {\r\n"
    "    max_num_detections:0 # none\r\n"
    "    overlap_type : INTERSECTION_OVER_UNION , min_suppression_threshold: 3e-1 } }\r\n"
    "}\r\n"
    "node { calculator: 'SsdAnchorsCalculator' output_side_packet: 'ANCHORS:' \"an\" 'chors'\r\n"
    "  options { [mediapipe.SsdAnchorsCalculatorOptions.ext] {\r\n"
    "    strides: [8,16] input_size_width: 128 input_size_height: 128\r\n"
    "    min_scale: 0.1 max_scale: 0.9 aspect_ratios: 1\r\n"
    "    # num_layers is missing\r\n"
    "  } } }  # the end"
)
FIXED = (
    SOURCE.replace("max_num_detections:0 #", "max_num_detections:-1 #")
    .replace(
        "min_suppression_threshold: 3e-1 } }",
        "min_suppression_threshold: 3e-1 num_detection_streams: 2 } }",
    )
    .replace("'ANCHORS:' \"an\" 'chors'", '"anchors"')
    .replace("aspect_ratios: 1\r\n", "aspect_ratios: 1\r\n    num_layers: 2\r\n")
)


def test_only_the_values_change():
    graph = Graph.read(SOURCE)
    fixed = fix_graph(graph)
    assert [(each.finding.line, each.finding.code) for each in fixed] == [
        (3, "nms-streams-miscounted"),
        (7, "max-detections-zero"),
        (10, "layers-miscounted"),
        (10, "anchors-output-tagged"),
    ]
    assert graph.to_text() == FIXED


def test_once_is_enough():
    graph = Graph.read(FIXED)
    assert fix_graph(graph) == []
    assert graph.to_text() == FIXED


def test_what_is_fixed_is_found_no_more():
    graph = Graph.read(SOURCE)
    before = {each.code for each in lint(graph)}
    fixed = {each.finding.code for each in fix_graph(graph)}
    assert fixed <= before
    assert not fixed & {each.code for each in lint(graph)}


def test_ignored_codes_are_not_fixed():
    graph = Graph.read(nms_node("max_num_detections: 0 overlap_type: INTERSECTION_OVER_UNION"))
    text = graph.to_text()
    assert fix_graph(graph, ignore=["max-detections-zero"]) == []
    assert graph.to_text() == text


def test_what_is_not_clear_is_left():
    text = ssd_node("num_layers: 3 strides: [8, 16] min_scale: 0.2 max_scale: 0.9")
    graph = Graph.read(text)
    assert "layers-miscounted" in {each.code for each in lint(graph)}
    assert fix_graph(graph) == []
    assert graph.to_text() == text


def test_a_mistake_that_shows_behind_another_is_fixed_too():
    graph = Graph.read(
        face_graph(decode="num_classes: 1 num_boxes: 896 num_keypoints: 6 max_results: 0")
    )
    fixed = [each.finding.code for each in fix_graph(graph)]
    assert {"num-coords-unset", "max-results-zero"} <= set(fixed)
    options = next(
        n for n in graph.nodes if n.calculator == "TensorsToDetectionsCalculator"
    ).options()
    assert (options.num_coords, options.max_results) == (16, -1)


def test_a_binary_graph_is_fixed():
    graph = Graph.read(
        Graph.read(SOURCE.replace("node_options { [acme.org/Own] { x: 1 } }", "")).to_binary()
    )
    assert len(fix_graph(graph)) == 4
    assert fix_graph(graph) == []
    nms, anchors = graph.nodes
    assert nms.options().max_num_detections == -1
    assert anchors.output_side_packets == ["anchors"]


def test_a_node_without_options_gets_them():
    wiring = 'input_stream: "a" input_stream: "b" output_stream: "c"'
    graph = Graph.read(f'node {{ calculator: "NonMaxSuppressionCalculator" {wiring} }}\n')
    assert "nms-streams-miscounted" in [each.finding.code for each in fix_graph(graph)]
    assert graph.nodes[0].options().num_detection_streams == 2


def test_a_field_that_two_rules_correct_in_turn(tmp_path):
    """`num_coords` is set to what the keypoints need, and then to what the model has."""
    model = ModelBuilder()
    image = model.tensor((1, 128, 128, 3))
    outputs = [model.tensor((1, 896, columns)) for columns in (16, 1)]
    path = tmp_path / "detector.tflite"
    path.write_bytes(model.build([image], outputs))
    graph = Graph.read(
        face_graph(decode=DECODE_FACE.replace("num_coords: 16 num_keypoints: 6", ""))
    )
    codes = {each.finding.code for each in fix_graph(graph, path)}
    assert {"num-coords-unset", "num-coords-not-columns"} <= codes
    assert "num_coords: 16" in graph.to_text()
    assert "num_keypoints: 6" in graph.to_text()
    assert not fix_graph(graph, path)


@pytest.mark.parametrize(
    ("replacement", "words", "field"),
    [
        (Replacement("overlap_type", OverlapType.JACCARD), "write overlap_type: JACCARD", 2),
        (Replacement("max_num_detections", None), "remove max_num_detections", 1),
    ],
)
def test_replacements_of_single_fields(replacement, words, field):
    assert replacement_text(replacement) == words
    node = Graph.read(nms_node("max_num_detections: 5 overlap_type: MODIFIED_JACCARD")).nodes[0]
    put(node, replacement)
    options = node.options()
    assert options.max_num_detections == (-1 if field == 1 else 5)
    assert options.overlap_type == (OverlapType.JACCARD if field == 2 else 2)


def test_replacements_in_lists_and_messages():
    node = Graph.read(ssd_node("strides: [8, 0] num_layers: 2")).nodes[0]
    put(node, Replacement("strides[1]", 16))
    assert node.options().strides == (8, 16)
    put(node, Replacement("strides", (4, 8, 16)))
    assert node.options().strides == (4, 8, 16)
    assert replacement_text(Replacement("strides", (4, 8))) == "write strides: [4, 8]"
    text = face_graph(decode="tensor_mapping { detections_tensor_index: 0 }")
    node = next(
        n for n in Graph.read(text).nodes if n.calculator == "TensorsToDetectionsCalculator"
    )
    put(node, Replacement("tensor_mapping.scores_tensor_index", 1))
    assert node.options().tensor_mapping.scores_tensor_index == 1
    put(node, Replacement("sigmoid_score", True))
    assert replacement_text(Replacement("sigmoid_score", True)) == "write sigmoid_score: true"
    assert node.options().sigmoid_score is True


def test_replacements_in_options_of_another_name():
    text = (
        'node { calculator: "DetectionsToRectsCalculator" options { '
        "[mediapipe.DetectionsToRectsCalculatorOptions.ext] "
        "{ rotation_vector_start_keypoint_index: -1 } } }"
    )
    node = Graph.read(text).nodes[0]
    field = "rotation_vector_start_keypoint_index"
    put(node, Replacement(field, 0, "DetectionsToRectsCalculatorOptions"))
    message = node.message("mediapipe.DetectionsToRectsCalculatorOptions")
    assert getattr(message, field) == 0
