"""How findings are told, and that any graph is checked, in time and without effect."""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from mediapipe_graphs import (
    DECODE_FACE,
    MEDIAPIPE_DIR,
    NMS_FACE,
    face_graph,
    nms_node,
    options_node,
    pass_through_graph,
    ssd_node,
)
from rule_cases import IOU, plain_node

from mediapipe_anchors import OptionsError, run_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.checks import GraphCheck, find_dangers
from mediapipe_anchors.graph.rules.walk import MAX_VISITS, Wiring
from mediapipe_anchors.run.mediapipe_api import load_mediapipe
from mediapipe_anchors.schema import message_class

WHEEL_GRAPHS = sorted(MEDIAPIPE_DIR.glob("modules/*/*.binarypb"))
DECODE_WIRING = 'input_stream: "TENSORS:t" output_stream: "DETECTIONS:d"'


def test_message_names_file_line_node_and_remedy(tmp_path):
    path = tmp_path / "graph.pbtxt"
    path.write_text(face_graph(decode=DECODE_FACE.replace("896", "900")))
    line = path.read_text().split("num_boxes")[0].count("\n") + 1
    with pytest.raises(OptionsError) as caught:
        GraphCheck().check(Graph.read(path))
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: TensorsToDetectionsCalculator: num_boxes: got 900")
    assert "at most 896" in message
    assert "correct the options of the anchors" in message
    assert caught.value.value == 900
    assert caught.value.code == "too-few-anchors"


def test_named_node_in_message():
    text = face_graph(nms="max_num_detections: 0").replace(
        'calculator: "NonMax', 'name: "suppress" calculator: "NonMax'
    )
    with pytest.raises(OptionsError, match=r"NonMaxSuppressionCalculator \(suppress\): max_num"):
        GraphCheck().check(Graph.read(text))


def test_range_in_words():
    text = options_node("TensorConverterCalculator", "", "max_num_channels: 2")
    expected = (
        r"TensorConverterCalculator: max_num_channels: got 2, expected at least 1 and at most 4"
    )
    with pytest.raises(OptionsError, match=expected + " and not 2$"):
        GraphCheck().check(Graph.read(text))


def test_all_dangers_of_a_graph_are_found():
    text = face_graph(
        anchors="num_layers: 2 strides: 8",
        decode=DECODE_FACE + " max_results: 0",
        nms="num_detection_streams: 3 max_num_detections: 2000000000 "
        "overlap_type: INTERSECTION_OVER_UNION",
    )
    fields = [finding.field for finding in find_dangers(Graph.read(text))]
    assert fields == ["num_layers", "max_results", "num_detection_streams", "max_num_detections"]


@needs_graph_api
def test_options_handed_to_a_subgraph_are_checked():
    text = """
    input_stream: "image"
    output_stream: "detections"
    node {
      calculator: "FaceDetectionShortRangeCpu"
      input_stream: "IMAGE:image"
      output_stream: "DETECTIONS:detections"
      options {
        [mediapipe.FaceDetectionOptions.ext] { num_layers: 3 }
      }
    }"""
    with pytest.raises(OptionsError) as caught:
        run_graph(text, {})
    assert caught.value.field == "num_layers"
    assert "SsdAnchorsCalculator" in str(caught.value)


@needs_graph_api
@pytest.mark.parametrize("path", WHEEL_GRAPHS, ids=lambda path: path.stem)
def test_graphs_of_the_wheel_pass(path):
    load_mediapipe()
    config = load_mediapipe().validated_graph_config()
    config.initialize(binary_graph_path=str(path))
    expanded = message_class("mediapipe.CalculatorGraphConfig").FromString(config.binary_config)
    assert list(find_dangers(Graph.read(path))) == []
    assert list(find_dangers(Graph.read(expanded))) == []


def test_graph_of_unknown_calculators_and_options_passes():
    text = """
    num_threads: 3000
    node {
      calculator: "NoSuchCalculator"
      input_stream: "x"
      options { [mediapipe.NoSuchOptions.ext] { width: 1 } }
    }"""
    assert list(find_dangers(Graph.read(text))) == []  # with these options MediaPipe refuses it


def test_a_leading_dot_hides_nothing():
    graph = """
    node {
      calculator: ".SsdAnchorsCalculator"
      output_side_packet: "anchors"
      options { [mediapipe.SsdAnchorsCalculatorOptions.ext] { num_layers: 3 strides: 8 } }
    }
    """
    with pytest.raises(OptionsError, match="num_layers"):
        GraphCheck().check(Graph.read(graph))


def test_long_graphs_are_checked_in_time():
    chain = "".join(
        f"""
        node {{
          calculator: "DetectionProjectionCalculator"
          input_stream: "DETECTIONS:d{i}"
          output_stream: "DETECTIONS:d{i + 1}"
        }}"""
        for i in reversed(range(500))
    )
    wiring = 'input_stream: "d500" output_stream: "detections"'
    graph = Graph.read(chain + nms_node(NMS_FACE, wiring))
    assert list(find_dangers(graph)) == []
    assert [arrival.name for arrival in Wiring(graph).sources("d500")] == [
        f"d{i}" for i in reversed(range(501))
    ]


def decoder_and_gates(stages: int) -> str:
    """A decoder, and after it pairs of gates, each pair with two controls, merged again."""
    text = ssd_node() + options_node(
        "TensorsToDetectionsCalculator",
        DECODE_WIRING.replace("DETECTIONS:d", "DETECTIONS:d0")
        + ' input_side_packet: "ANCHORS:anchors"',
        DECODE_FACE,
    )
    for i in range(stages):
        for control in "ab":
            text += plain_node(
                "GateCalculator",
                f'input_stream: "d{i}" input_stream: "ALLOW:{control}{i}" '
                f'output_stream: "{control}d{i}"',
            )
        text += plain_node(
            "MergeCalculator",
            f'input_stream: "ad{i}" input_stream: "bd{i}" output_stream: "d{i + 1}"',
        )
    return text


def test_conditions_are_forgotten_before_they_become_too_many():
    graph = Graph.read(decoder_and_gates(30))  # 2**30 ways
    arrivals = [a for a in Wiring(graph).sources("d30") if a.name == "d0"]
    assert 1 < len(arrivals) <= MAX_VISITS + 1
    assert {a.calculator for a in arrivals} == {"TensorsToDetectionsCalculator"}
    assert frozenset() in {a.conditions for a in arrivals}


def test_conditions_of_few_gates_are_all_known():
    graph = Graph.read(decoder_and_gates(3))
    arrivals = [a for a in Wiring(graph).sources("d3") if a.name == "d0"]
    controls = {frozenset(c.control for c in a.conditions) for a in arrivals}
    assert len(controls) == 8
    assert frozenset({"a0", "b1", "a2"}) in controls


def test_streams_that_go_in_circles():
    circle = plain_node(
        "MergeCalculator", 'input_stream: "d0" input_stream: "back" output_stream: "all"'
    ) + plain_node(
        "PreviousLoopbackCalculator",
        'input_stream: "MAIN:t" input_stream: "LOOP:labelled" output_stream: "PREV_LOOP:back" '
        'input_stream_info { tag_index: "LOOP" back_edge: true }',
    )
    kept = plain_node(
        "FilterDetectionCalculator",
        'input_stream: "DETECTIONS:all" output_stream: "DETECTIONS:labelled"',
    )
    nms = nms_node(NMS_FACE, 'input_stream: "labelled" output_stream: "out"')
    graph = Graph.read(decoder_and_gates(0) + circle + kept + nms)
    assert list(find_dangers(graph)) == []
    assert {a.name for a in Wiring(graph).sources("labelled")} == {"labelled"}
    assert {a.name for a in Wiring(graph).sources("all")} == {"all", "d0", "back", "labelled"}


@pytest.mark.parametrize(
    ("face_keypoints", "algorithm"),
    [(0, "DEFAULT"), (0, "WEIGHTED"), (6, "DEFAULT"), (6, "WEIGHTED")],
)
def test_keypoints_of_merged_decoders(face_keypoints, algorithm):
    options = [
        f"num_classes: 1 num_boxes: 9 num_coords: {4 + 2 * count} num_keypoints: {count}"
        for count in (face_keypoints, 6)
    ]
    decoders = "".join(
        options_node(
            "TensorsToDetectionsCalculator",
            DECODE_WIRING.replace("DETECTIONS:d", f"DETECTIONS:d{index}"),
            text,
        )
        for index, text in enumerate(options)
    )
    wiring = 'input_stream: "d0" input_stream: "d1" output_stream: "out"'
    nms = nms_node(f"num_detection_streams: 2 {IOU} algorithm: {algorithm}", wiring)
    found = list(find_dangers(Graph.read(decoders + nms)))
    assert bool(found) == (face_keypoints != 6 and algorithm == "WEIGHTED")


@needs_graph_api
def test_a_graph_of_text_is_checked_as_a_whole_too():
    with pytest.raises(OptionsError, match="num_threads: got 3000000, expected at most 256"):
        run_graph(pass_through_graph() + "num_threads: 3000000", {"in0": 1})


def test_what_callers_hand_on_is_not_known_before():
    """As in a subgraph that several detectors share; behind it the expanded graph is checked."""
    anchors = ssd_node("num_layers: 1 min_scale: 0.1 max_scale: 0.7 aspect_ratios: 1")
    decoder = options_node(
        "TensorsToDetectionsCalculator",
        DECODE_WIRING + ' input_side_packet: "ANCHORS:anchors"',
        DECODE_FACE + " max_results: 0 num_values_per_keypoint: 3",
    )
    handed = [
        text.rstrip().removesuffix("}") + f' option_value: "{field}:{field}" }}'
        for text, field in ((anchors, "strides"), (decoder, "max_results"))
    ]
    fields = [finding.field for finding in find_dangers(Graph.read("".join(handed)))]
    assert fields == ["num_values_per_keypoint"]
    fields = [finding.field for finding in find_dangers(Graph.read(anchors + decoder))]
    assert fields == ["strides", "max_results", "num_values_per_keypoint"]
