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
from rule_cases.detector import DECODED_BY_MODEL, POSTPROCESSED, decoder_node, detector

MULTISCALE = (
    "multiscale_anchor_generation: true input_size_width: 64 input_size_height: 64 aspect_ratios: 1"
)


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
    "levels that do not count the strides": Danger(
        ssd_node(f"{MULTISCALE} min_level: 3 max_level: 7 strides: 8"), "max_level"
    ),
    "a level below 0": Danger(
        ssd_node(f"{MULTISCALE} min_level: -1 max_level: 0 strides: [1, 1]"), "min_level"
    ),
    "feature maps of more heights than widths": Danger(
        ssd_node(
            "num_layers: 2 strides: [8, 16] min_scale: 0.1 max_scale: 0.9 "
            "feature_map_height: [4, 2] feature_map_width: 4"
        ),
        "feature_map_width",
    ),
    "more anchors than memory holds": Danger(
        ssd_node(ANCHORS_128.replace("width: 128", "width: 1000000000").replace("8, ", "1, ")),
        "strides",
    ),
    "a stride of 0": Danger(
        ssd_node(ANCHORS_128.replace("[8,", "[0,")),
        "strides",
        "returned",  # with whatever a division by 0 makes
    ),
    "more cells than there are numbers": Danger(
        ssd_node(ANCHORS_128.replace("width: 128", "width: 2147483647").replace("[8,", "[1,")),
        "input_size_width",
        None,  # overflows: what happens is an accident
    ),
    "three values a keypoint": Danger(
        face_graph(decode=f"{DECODE_FACE} num_values_per_keypoint: 3"), "num_values_per_keypoint"
    ),
    "keypoints beyond the row": Danger(
        face_graph(decode=DECODE_FACE.replace("offset: 4", "offset: 5")),
        "keypoint_coord_offset",
        "returned",  # with a keypoint of whatever lies behind the last box
    ),
    "a box beyond the row": Danger(
        face_graph(decode=f"{DECODE_FACE} box_coord_offset: 13"), "box_coord_offset", "returned"
    ),
    "fewer keypoints than none": Danger(
        face_graph(decode=DECODE_FACE.replace("16", "4").replace("points: 6", "points: -1")),
        "num_keypoints",
        None,  # needs a model of two columns; the trap of that name has one
    ),
    "fewer classes of a detection than none": Danger(
        detector(
            DECODED_BY_MODEL,
            decoder=decoder_node(
                f"{POSTPROCESSED} max_classes_per_detection: -1", "", target="detections"
            ),
        ),
        "max_classes_per_detection",
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
