"""What a graph asks of its models, which stock MediaPipe looks up without a look."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from conftest import needs_graph_api
from constant_model import write_constant_model
from mediapipe_graphs import image_to_tensor_node, options_node, ssd_node
from rule_cases import IMAGE_SIZE, plain_node, typed_node

from mediapipe_anchors import OptionsError, run_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.checks import find_dangers

pytestmark = needs_graph_api

BOXES, SCORES, ANCHORS = (1, 9, 4), (1, 9, 1), (9, 4)
CLASSES, COUNT = (1, 9), (1,)
MODELS = {
    "raw": [BOXES, SCORES],
    "raw with anchors": [BOXES, SCORES, ANCHORS],
    "post-processed": [BOXES, CLASSES, CLASSES, COUNT],
    "landmarks": [(1, 63), (1, 1)],
    "quantized": [BOXES, SCORES],
    "hand": [(1, 9, 10), SCORES],
}
DECODE = "num_classes: 1 num_boxes: 9 x_scale: 1 y_scale: 1 w_scale: 1 h_scale: 1"
FOUR = """tensor_mapping { detections_tensor_index: %d classes_tensor_index: %d
  scores_tensor_index: %d num_detections_tensor_index: %d }"""
THREE = """tensor_mapping { detections_tensor_index: %d scores_tensor_index: %d
  anchors_tensor_index: %d }"""
TWO = "tensor_mapping { detections_tensor_index: %d scores_tensor_index: %d }"
FEW, ENOUGH = (
    f"num_layers: 1 strides: 8 min_scale: 0.5 max_scale: 0.5 input_size_width: {width} "
    "input_size_height: 8 aspect_ratios: 1"
    for width in (8, 64)
)


class Case(NamedTuple):
    """A model, the nodes behind it, what is found there, and how stock MediaPipe ends.

    "strayed" says that it took for a tensor what lies behind the last one: then it dies, or it
    complains of dimensions that no tensor of the model has.
    """

    model: str
    nodes: str
    field: str | None
    stock: str


def decoder(
    options: str, *, tensors: str = "tensors", anchors: str = ENOUGH, num_coords: int = 4
) -> str:
    return ssd_node(anchors) + options_node(
        "TensorsToDetectionsCalculator",
        f'input_stream: "TENSORS:{tensors}" input_side_packet: "ANCHORS:anchors" '
        'output_stream: "DETECTIONS:detections"',
        f"{DECODE} num_coords: {num_coords} {options}",
    )


def landmarks(options: str, tensors: str = "tensors") -> str:
    return options_node(
        "TensorsToLandmarksCalculator",
        f'input_stream: "TENSORS:{tensors}" output_stream: "LANDMARKS:detections"',
        options,
    )


PASS = plain_node("PassThroughCalculator", 'input_stream: "tensors" output_stream: "passed"')
DEQUANTIZED = plain_node(
    "TensorsDequantizationCalculator",
    'input_stream: "TENSORS:tensors" output_stream: "TENSORS:passed"',
)
HAND = (
    IMAGE_SIZE
    + typed_node(
        "SplitDetectionVectorCalculator",
        'input_stream: "detections" output_stream: "one"',
        "SplitVectorCalculatorOptions",
        "ranges { begin: 0 end: 1 } element_only: true",
    )
    + plain_node(
        "HandDetectionsFromPoseToRectsCalculator",
        'input_stream: "DETECTION:one" input_stream: "IMAGE_SIZE:size" '
        'output_stream: "NORM_RECT:rect"',
    )
)
DETECTIONS, SCORES_FIELD = (
    f"tensor_mapping.{part}_tensor_index" for part in ("detections", "scores")
)
SWAPPED = "input_output_config { output_tensor_indices_map { model_tensor_indices: [1, 0] } }"

CASES = {
    "boxes that are not there": Case("raw", decoder(FOUR % (3, 0, 1, 2)), DETECTIONS, "strayed"),
    "scores that are not there": Case("raw", decoder(FOUR % (0, 1, 3, 2)), SCORES_FIELD, "strayed"),
    "scores in place of anchors": Case("raw", decoder(THREE % (0, 2, 1)), SCORES_FIELD, "strayed"),
    "boxes that are not among three": Case(
        "raw with anchors", decoder(FOUR % (3, 0, 1, 2)), DETECTIONS, "strayed"
    ),
    "boxes that are not passed": Case(
        "raw", PASS + decoder(FOUR % (3, 0, 1, 2), tensors="passed"), DETECTIONS, "strayed"
    ),
    "boxes that are not dequantized": Case(
        "quantized",
        DEQUANTIZED + decoder(FOUR % (3, 0, 1, 2), tensors="passed"),
        DETECTIONS,
        "strayed",
    ),
    "a mapping for two dequantized": Case(
        "quantized", DEQUANTIZED + decoder(TWO % (0, 1), tensors="passed"), None, "returned"
    ),
    "a hand without keypoints": Case(
        "raw", decoder("") + HAND, "index of a keypoint of the hand", "died"
    ),
    "a hand of three keypoints": Case(
        "hand",
        decoder("num_keypoints: 3 keypoint_coord_offset: 4", num_coords=10) + HAND,
        None,
        "returned",
    ),
    "a mapping for four of two": Case("raw", decoder(FOUR % (0, 2, 1, 3)), None, "returned"),
    "anchors that are not there": Case("raw", decoder(THREE % (0, 1, 2)), None, "returned"),
    "a mapping for two": Case("raw", decoder(TWO % (0, 1)), None, "returned"),
    "a mapping for two of three": Case("raw with anchors", decoder(TWO % (0, 1)), None, "raised"),
    "a mapping for three": Case("raw with anchors", decoder(THREE % (0, 1, 2)), None, "returned"),
    "a mapping for four": Case("post-processed", decoder(FOUR % (0, 1, 2, 3)), None, "returned"),
    "a mapping for other tensors": Case("landmarks", decoder(TWO % (0, 1)), None, "raised"),
    "few anchors beside raw outputs": Case(
        "raw", decoder("", anchors=FEW), "num_boxes", "returned"
    ),
    "few anchors beside those of the model": Case(
        "raw with anchors", decoder("", anchors=FEW), None, "returned"
    ),
    "few anchors beside boxes that need none": Case(
        "post-processed", decoder("", anchors=FEW), None, "returned"
    ),
    "landmarks without values": Case(
        "landmarks", landmarks("num_landmarks: 64"), "num_landmarks", "died"
    ),
    "landmarks without values, passed": Case(
        "landmarks", PASS + landmarks("num_landmarks: 64", "passed"), "num_landmarks", "died"
    ),
    "landmarks of one value": Case("landmarks", landmarks("num_landmarks: 63"), None, "returned"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The models, each under its name."""
    folder = tmp_path_factory.mktemp("models")
    for name, shapes in MODELS.items():
        dtype = np.uint8 if name == "quantized" else np.float32
        outputs = [np.zeros(shape, dtype) for shape in shapes]
        write_constant_model(folder / f"{name}.tflite", (1, 8, 8, 3), np.float32, outputs)
    return folder


def graph_of(case: Case, folder: Path, options: str = "") -> str:
    wiring = 'input_stream: "TENSORS:input" output_stream: "TENSORS:tensors"'
    path = folder / f"{case.model}.tflite"
    model = f'model_path: "{path}" delegate {{ tflite {{}} }} {options}'
    return (
        'input_stream: "image"\noutput_stream: "detections"\n'
        + image_to_tensor_node(8, "input")
        + options_node("InferenceCalculator", wiring, model)
        + case.nodes
    )


def fields_found(text: str) -> list[str]:
    return [finding.field for finding in find_dangers(Graph.read(text))]


@pytest.mark.parametrize("name", CASES)
def test_case(name, folder):
    case = CASES[name]
    assert fields_found(graph_of(case, folder)) == ([] if case.field is None else [case.field])


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_case_on_stock(name, folder):
    from oracle import stock_outcome, stock_run_graph

    outcome = stock_outcome(stock_run_graph, graph_of(CASES[name], folder), timeout=60)
    end = {"ok": "returned", "error": "raised"}.get(outcome.kind, "died")
    if CASES[name].stock == "strayed":
        assert end == "died" or re.search(r"(box|score) Tensor must be 3 or 4", outcome.text)
    else:
        assert end == CASES[name].stock, outcome


def test_message_names_the_model_and_how_many_outputs_it_has(folder):
    text = graph_of(CASES["boxes that are not there"], folder)
    with pytest.raises(
        OptionsError, match=r"got 3, expected below 2, the number of outputs of raw\.tflite"
    ):
        run_graph(text, {"image": np.zeros((8, 8, 3), np.uint8)})


def test_model_beside_the_file_of_its_graph(folder, tmp_path):
    (tmp_path / "raw.tflite").write_bytes((folder / "raw.tflite").read_bytes())
    text = graph_of(CASES["boxes that are not there"], folder).replace(f"{folder}/", "")
    path = tmp_path / "graph.pbtxt"
    path.write_text(text)
    assert [finding.field for finding in find_dangers(Graph.read(path))] == [DETECTIONS]
    assert fields_found(text) == []


@pytest.mark.parametrize("data", [b"", b"no model"])
def test_unreadable_model_is_left_to_mediapipe(folder, tmp_path, data):
    (tmp_path / "raw.tflite").write_bytes(data)
    assert fields_found(graph_of(CASES["boxes that are not there"], tmp_path)) == []


def test_outputs_in_the_order_of_the_node(folder):
    case = CASES["landmarks of one value"]
    assert fields_found(graph_of(case, folder, SWAPPED)) == ["num_landmarks"]
    assert fields_found(graph_of(case, folder, SWAPPED.replace("1, 0", "1, 1"))) == []


@pytest.mark.parametrize(
    "config",
    [
        "output_tensor_names_map { tensor_names: [] }",
        'feedback_tensor_links { from_output_tensor_name: "t2" }',
    ],
)
def test_outputs_that_go_by_name_are_not_compared(folder, config):
    case = CASES["landmarks without values"]
    assert fields_found(graph_of(case, folder, f"input_output_config {{ {config} }}")) == []
