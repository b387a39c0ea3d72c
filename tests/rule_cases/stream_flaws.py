"""Streams and side packets that nobody makes, or that two make."""

from __future__ import annotations

from rule_cases import IMAGE_IN, Flaw, plain_node
from rule_cases.detector import (
    SOUND,
    WITH_ANCHORS,
    anchors_node,
    decoder_node,
    detector,
    nms_node,
)

LOOP = plain_node(
    "PreviousLoopbackCalculator",
    'input_stream: "MAIN:image" input_stream: "LOOP:detections" '
    'input_stream_info { tag_index: "LOOP" back_edge: true } output_stream: "PREV_LOOP:before"',
)
IN_CIRCLE = nms_node(
    "num_detection_streams: 2 min_suppression_threshold: 0.3 "
    "overlap_type: INTERSECTION_OVER_UNION return_empty_detections: true",
    'input_stream: "raw" input_stream: "before"',
)
UNMARKED = LOOP.replace('input_stream_info { tag_index: "LOOP" back_edge: true }', "")

FLAWS = {
    "a stream that nobody makes": Flaw(
        "stream-without-source",
        detector(decoder=decoder_node(source="tensor")),
        SOUND,
        "input_stream",
        "refused",
    ),
    "a stream that two make": Flaw(
        "stream-made-twice",
        detector(
            more=plain_node(
                "PassThroughCalculator", 'input_stream: "raw" output_stream: "detections"'
            )
        ),
        SOUND,
        "output_stream",
        "refused",
    ),
    "a stream that the graph and a node make": Flaw(
        "stream-made-twice",
        detector(
            more=plain_node("PassThroughCalculator", 'input_stream: "raw" output_stream: "image"')
        ),
        SOUND,
        "output_stream",
        "refused",
        beside=("stream-in-circle",),
    ),
    "an input stream named twice": Flaw(
        "stream-made-twice",
        detector(head=IMAGE_IN + 'input_stream: "image"'),
        SOUND,
        "input_stream",
        "refused",
    ),
    "a side packet that two make": Flaw(
        "stream-made-twice",
        detector(more=anchors_node()),
        SOUND,
        "output_side_packet",
        "refused",
    ),
    "a circle that is not marked": Flaw(
        "stream-in-circle",
        detector(loop=UNMARKED, nms=IN_CIRCLE),
        detector(loop=LOOP, nms=IN_CIRCLE),
        "input_stream",
        "refused",
    ),
    "an output that nobody makes": Flaw(
        "output-without-source",
        detector(nms=nms_node().replace('"detections"', '"kept"')),
        SOUND,
        "output_stream",
        "refused",
    ),
    "a side packet that nobody makes": Flaw(
        "side-packet-from-outside",
        detector(decoder=decoder_node(side=WITH_ANCHORS.replace(":anchors", ":anchor"))),
        SOUND,
        "input_side_packet",
        "refused",
    ),
}
