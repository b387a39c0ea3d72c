"""Options of the three detection calculators."""

from __future__ import annotations

from mediapipe_graphs import (
    ANCHORS_128,
    ANCHORS_192,
    DECODE_FACE,
    NMS_FACE,
    face_graph,
    nms_node,
    ssd_node,
)

from mediapipe_anchors.graph.rules import MAX_NUM_DETECTIONS
from rule_cases import EVERY_FACE, Danger, Safe


def with_stream(nms: str) -> str:
    return 'input_stream: "raw"\noutput_stream: "detections"\n' + nms


DANGERS = {
    "strides that do not count the layers": Danger(
        ssd_node("num_layers: 2 strides: 8 min_scale: 0.1 max_scale: 0.9"), "num_layers"
    ),
    "feature maps without strides": Danger(
        ssd_node("num_layers: 1 feature_map_height: 4 feature_map_width: 4"), "strides", "hung"
    ),
    "anchors with a tag": Danger(
        ssd_node(wiring='output_side_packet: "ANCHORS:anchors"'), "output_side_packet"
    ),
    "anchors that go nowhere": Danger(ssd_node(wiring=""), "output_side_packet"),
    "coordinates that do not fit the keypoints": Danger(
        face_graph(decode=DECODE_FACE.replace("num_coords: 16", "num_coords: 18")), "num_coords"
    ),
    "no results": Danger(face_graph(decode=DECODE_FACE + " max_results: 0"), "max_results"),
    "no detections": Danger(with_stream(nms_node("max_num_detections: 0")), "max_num_detections"),
    "no streams": Danger(
        nms_node("num_detection_streams: 0", 'output_stream: "detections"'),
        "num_detection_streams",
    ),
    "billions of streams": Danger(
        with_stream(nms_node("num_detection_streams: 2000000000")), "num_detection_streams"
    ),
    "an overlap of no kind": Danger(
        face_graph(
            decode=EVERY_FACE,
            nms="overlap_type: UNSPECIFIED_OVERLAP_TYPE min_suppression_threshold: 0.3",
        ),
        "overlap_type",
    ),
    "memory for billions of detections": Danger(
        face_graph(nms=NMS_FACE + " max_num_detections: 2147483647"), "max_num_detections"
    ),
    "fewer anchors than boxes": Danger(
        face_graph(anchors=ANCHORS_128.replace("[8, 16, 16, 16]", "[16, 16, 16, 16]")),
        "num_boxes",
        "returned",  # with boxes made of whatever lies behind the anchors
    ),
}

SAFE = {
    "face": Safe(face_graph()),
    "more anchors than boxes": Safe(
        face_graph(anchors=ANCHORS_192), codes=("anchors-left-over", "anchors-of-other-input")
    ),
    "many detections": Safe(
        face_graph(nms=f"{NMS_FACE} max_num_detections: {MAX_NUM_DETECTIONS}"),
        codes=("weighted-ignores-limit",),
    ),
}
