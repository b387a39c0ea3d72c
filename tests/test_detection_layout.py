"""Detections have the shapes that their decoder's options say, whatever a frame holds."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import nms_node, options_node, plain_node

from mediapipe_anchors import TensorsToDetectionsOptions, decode_tensors, run_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.run.detection_layout import (
    KEEPS_DETECTIONS,
    UNKNOWN_LAYOUT,
    DetectionLayout,
    detection_layouts,
)

FOUR_TENSORS = "num_classes: 5 num_coords: 8 num_keypoints: 2 max_classes_per_detection: 3"
OPTIONS = TensorsToDetectionsOptions.from_pbtxt(FOUR_TENSORS + " keypoint_coord_offset: 4")
KEEP_ALL = "min_suppression_threshold: 2 return_empty_detections: true"


def decoder(output: str, options: str = FOUR_TENSORS, side: str = "") -> str:
    wiring = f'input_stream: "TENSORS:tensors" output_stream: "DETECTIONS:{output}" {side}'
    return options_node("TensorsToDetectionsCalculator", wiring, options)


def layout_of(stream: str, *nodes: str) -> DetectionLayout:
    return detection_layouts(Graph.read("\n".join(nodes))).get(stream, UNKNOWN_LAYOUT)


@pytest.mark.parametrize(
    ("options", "side", "expected"),
    [
        (FOUR_TENSORS, "", (2, 3)),
        (FOUR_TENSORS, 'input_side_packet: "ANCHORS:anchors"', (2, 1)),
        (FOUR_TENSORS + " tensor_mapping { detections_tensor_index: 0 scores_tensor_index: 1 }",
         "", (2, 1)),
        (FOUR_TENSORS + " tensor_mapping { detections_tensor_index: 0 scores_tensor_index: 1"
         " classes_tensor_index: 2 num_detections_tensor_index: 3 }", "", (2, 3)),
        ("num_classes: 5 num_coords: 4", "", (0, 1)),
        ("num_classes: 5 num_coords: 4 max_classes_per_detection: 0", "", (0, 1)),
    ],
)  # fmt: skip
def test_layout_of_a_decoder(options, side, expected):
    assert layout_of("found", decoder("found", options, side)) == expected


def test_suppression_leaves_one_class():
    nms = nms_node(wiring='input_stream: "found" output_stream: "detections"')
    assert layout_of("detections", decoder("found"), nms) == (2, 1)


def test_nodes_may_stand_before_their_sources():
    third, second = (plain_node("PassThroughCalculator", name, f"{name}x") for name in ("xx", "x"))
    assert layout_of("xxx", third, second, decoder("x")) == (2, 3)


def test_long_graphs_are_read_in_time():
    chain = [plain_node("PassThroughCalculator", f"d{i}", f"d{i + 1}") for i in range(500)]
    assert layout_of("d500", *reversed(chain), decoder("d0")) == (2, 3)


def test_layout_follows_the_streams_of_one_place():
    inputs, outputs = "image A:found B:1:five B:four", "i A:a B:1:b B:c"
    several = plain_node("PassThroughCalculator", inputs, outputs)
    decoders = [
        decoder("found"),
        decoder("five", FOUR_TENSORS.replace("detection: 3", "detection: 5")),
        decoder("four", FOUR_TENSORS.replace("detection: 3", "detection: 4")),
    ]
    for stream, classes in (("a", 3), ("b", 5), ("c", 4)):
        assert layout_of(stream, *decoders, several) == (2, classes)
    assert layout_of("i", *decoders, several) == UNKNOWN_LAYOUT


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [plain_node("PassThroughCalculator", "unmade", "found")],
        [decoder("other"), plain_node("OtherCalculator", "other", "found")],
        [
            plain_node("PassThroughCalculator", "a", "found"),
            plain_node("PassThroughCalculator", "found", "a"),
        ],
        [
            decoder("a"),
            decoder("b", "num_classes: 1 num_coords: 4"),
            nms_node("num_detection_streams: 2",
                     'input_stream: "a" input_stream: "b" output_stream: "found"'),
        ],
        [
            decoder("a"),
            nms_node("num_detection_streams: 2",
                     'input_stream: "a" input_stream: "b" output_stream: "found"'),
        ],
    ],
)  # fmt: skip
def test_layout_that_is_not_known(nodes):
    assert layout_of("found", decoder("apart"), *nodes) == UNKNOWN_LAYOUT


IMAGE_TO_TENSOR = plain_node(
    "ImageToTensorCalculator",
    "IMAGE:image",
    "TENSORS:pixels LETTERBOX_PADDING:padding MATRIX:matrix",
    "options { [mediapipe.ImageToTensorCalculatorOptions.ext] { output_tensor_width: 8 "
    "output_tensor_height: 8 output_tensor_float_range { max: 1 } } }",
)
LABELS = "options { [mediapipe.DetectionLabelIdToTextCalculatorOptions.ext] { label: %s } }"
# A node that makes "kept" of "decoded", in 0.10.21.
KEEPERS = {
    "ClipDetectionVectorSizeCalculator": (
        "decoded",
        "kept",
        "options { [mediapipe.ClipVectorSizeCalculatorOptions.ext] { max_vec_size: 2 } }",
    ),
    "DetectionLabelIdToTextCalculator": ("decoded", "kept", LABELS % '["a", "b", "c", "d", "e"]'),
    "DetectionLetterboxRemovalCalculator": (
        "DETECTIONS:decoded LETTERBOX_PADDING:padding",
        "DETECTIONS:kept",
    ),
    "DetectionProjectionCalculator": (
        "DETECTIONS:decoded PROJECTION_MATRIX:matrix",
        "DETECTIONS:kept",
    ),
    "GateCalculator": ("decoded ALLOW:allow", "kept"),
    "NonMaxSuppressionCalculator": (
        "decoded",
        "kept",
        f"options {{ [mediapipe.NonMaxSuppressionCalculatorOptions.ext] {{ {KEEP_ALL} }} }}",
    ),
    "PassThroughCalculator": ("decoded", "kept"),
}


def tensors(boxes: int, classes: int) -> list[np.ndarray]:
    """Four tensors with so many boxes, of which so many of the three classes are above 0."""
    scores = np.zeros((1, 4, 3), np.float32)
    scores[:, :, :classes] = 0.5
    corners = np.tile(np.linspace(0, 1, 8, dtype=np.float32), (1, 12, 1))
    numbers = np.tile(np.arange(3, dtype=np.float32), (1, 4))
    return [corners, numbers, scores.reshape(1, 12), np.array([boxes], np.float32)]


@needs_graph_api
@pytest.mark.parametrize("keeper", KEEPERS)
def test_stock_keeps_the_layout(keeper):
    from google.protobuf import text_format
    from oracle import decoder_graph

    assert set(KEEPERS) == set(KEEPS_DETECTIONS)
    options = TensorsToDetectionsOptions.from_pbtxt(
        FOUR_TENSORS + " keypoint_coord_offset: 4 min_score_thresh: 0.25"
    )
    frames = [tensors(4, 3), tensors(4, 1), tensors(0, 0)]
    call = decoder_graph(frames[0], options)
    text = 'input_stream: "image" input_stream: "allow"' + IMAGE_TO_TENSOR
    call["graph"] = (
        text_format.MessageToString(call["graph"]) + text + plain_node(keeper, *KEEPERS[keeper])
    )
    others = {"image": np.zeros((8, 6, 3), np.uint8), "allow": True}
    call["inputs"] = [decoder_graph(frame, options)["inputs"] | others for frame in frames]
    for frame, result in zip(frames, run_graph(**call, outputs=["kept"]), strict=True):
        found, ours = result["kept"], decode_tensors(frame, options)
        assert found.keypoints.shape[1:] == ours.keypoints.shape[1:] == (2, 2)
        if keeper == "NonMaxSuppressionCalculator":
            assert found.class_counts is None
            continue
        np.testing.assert_array_equal(found.class_counts, ours.class_counts[: len(found)])
        np.testing.assert_array_equal(found.all_scores, ours.all_scores[: len(found)])
        assert found.all_class_ids.shape == (len(found), 3)
        assert bool(len(found)) == bool(len(ours))


@needs_graph_api
def test_streams_of_their_own_layouts():
    """Each stream of a graph, not the last one's layout for all."""
    from google.protobuf import text_format
    from oracle import decoder_graph

    call = decoder_graph(tensors(0, 0), OPTIONS)
    nms = "NonMaxSuppressionCalculator"
    call["graph"] = text_format.MessageToString(call["graph"]) + plain_node(nms, *KEEPERS[nms])
    result = run_graph(**call, outputs=["decoded", "kept"])
    assert result["decoded"] == decode_tensors(tensors(0, 0), OPTIONS)
    assert result["decoded"].all_scores.shape == (0, 3)
    assert result["kept"].all_scores is None
    assert result["kept"].keypoints.shape == (0, 2, 2)
