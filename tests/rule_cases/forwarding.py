"""Boxes in pixels, and anchors, behind each node that passes them on."""

from __future__ import annotations

from mediapipe_graphs import (
    ANCHORS_128,
    ANCHORS_192,
    DECODE_PALM,
    NMS_FACE,
    PALM_MODEL,
    decoder_nodes,
    image_to_tensor_node,
    nms_node,
)

from rule_cases import (
    FACES,
    IMAGE_IN,
    IMAGE_SIZE,
    IOU,
    PALM_RANGE,
    Danger,
    Safe,
    plain_node,
    transform_node,
)
from rule_cases.forwarders import DETECTIONS_TAG, FORWARDERS, OTHER_TENSOR, passing


def suppressed(made: str, nodes: str, suppression: str | None = None) -> str:
    wiring = 'input_stream: "passed" output_stream: "detections"'
    return IMAGE_IN + FACES + IMAGE_SIZE + made + nodes + (suppression or nms_node(IOU, wiring))


PIXELS = transform_node("faces", "made", "PIXEL")
FRACTIONS = plain_node("PassThroughCalculator", 'input_stream: "faces" output_stream: "made"')
TWICE = transform_node("faces", "pixels", "PIXEL") + transform_node("pixels", "made", "RELATIVE")
DEDUPLICATED = passing("DetectionsDeduplicateCalculator")
IMAGE_WIRING = 'input_stream: "IMAGE:image" output_stream: "detections"'
KEPT = nms_node("", 'input_stream: "made" input_stream: "IMAGE:image" output_stream: "passed"')
PROJECTED = image_to_tensor_node(8, "unused").replace(
    "output_stream:", 'output_stream: "MATRIX:matrix" output_stream:', 1
) + passing(
    "DetectionProjectionCalculator", DETECTIONS_TAG + ' input_stream: "PROJECTION_MATRIX:matrix"'
)


def palms_with(anchors: str, side: str, nodes: str) -> str:
    """Palms whose decoder takes the side packet `side`, which `nodes` make of "palms_anchors"."""
    palms = decoder_nodes(PALM_MODEL, 192, anchors, DECODE_PALM, "palms")
    palms = palms.replace('"ANCHORS:palms_anchors"', f'"ANCHORS:{side}"')
    return f'input_stream: "image"\n{palms}{nodes}'


SIDE_PASS = (
    'node { calculator: "PassThroughCalculator" '
    'input_side_packet: "palms_anchors" output_side_packet: "passed" }'
)
SIDE_SWITCH = (
    'node { calculator: "SwitchContainer" input_side_packet: "A:palms_anchors" '
    'output_side_packet: "A:passed" options { [mediapipe.SwitchContainerOptions.ext] { select: 1 '
    'contained_node { calculator: "PassThroughCalculator" } '
    'contained_node { calculator: "PassThroughCalculator" } } } }'
)

DANGERS = {
    **{
        f"pixel boxes behind {name}": Danger(
            suppressed(PIXELS, forwarder.nodes), "input_stream", frames=forwarder.frames
        )
        for name, forwarder in FORWARDERS.items()
    },
    "pixel boxes": Danger(suppressed(PIXELS.replace("made", "passed"), ""), "input_stream"),
    "pixel boxes, blended beside the image": Danger(
        suppressed(
            PIXELS,
            "",
            nms_node(NMS_FACE, f'input_stream: "made" {IMAGE_WIRING}'),
        ),
        "input_stream",
    ),
    "pixel boxes behind DetectionsDeduplicateCalculator": Danger(
        suppressed(PIXELS, DEDUPLICATED), "input_stream"
    ),
    "pixel boxes behind NonMaxSuppressionCalculator": Danger(
        suppressed(PIXELS, KEPT), "input_stream"
    ),
    **{
        f"fewer anchors than boxes behind {name}": Danger(
            palms_with(ANCHORS_128, "passed", nodes), "num_boxes", "returned"
        )
        for name, nodes in {
            "PassThroughCalculator": SIDE_PASS,
            "SwitchContainer": SIDE_SWITCH,
        }.items()
    },
}

SAFE = {
    **{
        f"relative boxes behind {name}": Safe(
            suppressed(FRACTIONS, forwarder.nodes),
            frames=forwarder.frames,
            codes=forwarder.codes,
        )
        for name, forwarder in FORWARDERS.items()
    },
    "relative boxes behind DetectionTransformationCalculator": Safe(
        suppressed(TWICE.replace("made", "passed"), "")
    ),
    "relative boxes behind DetectionsDeduplicateCalculator": Safe(
        suppressed(FRACTIONS, DEDUPLICATED), "raised"
    ),
    "relative boxes behind NonMaxSuppressionCalculator": Safe(
        suppressed(FRACTIONS, KEPT), codes=("nothing-suppressed",)
    ),
    "pixel boxes beside the image": Safe(
        suppressed(PIXELS, "", nms_node(IOU, f'input_stream: "made" {IMAGE_WIRING}'))
    ),
    "pixel boxes behind DetectionProjectionCalculator": Safe(
        suppressed(PIXELS, PROJECTED), "raised", codes=(*OTHER_TENSOR, "mapped-boxes-in-pixels")
    ),
    "relative boxes behind DetectionProjectionCalculator": Safe(
        suppressed(FRACTIONS, PROJECTED), codes=OTHER_TENSOR
    ),
    "pixel boxes behind a gate that is shut": Safe(suppressed(PIXELS, passing("GateCalculator"))),
    "pixel boxes on another channel": Safe(
        suppressed(
            PIXELS,
            'node { calculator: "SwitchMuxCalculator" input_stream: "C0__D:made" '
            'input_stream: "C1__D:faces" output_stream: "D:passed" '
            "options { [mediapipe.SwitchContainerOptions.ext] { select: 1 } } }",
        )
    ),
    "pixel boxes without labels for a filter of labels": Safe(
        suppressed(PIXELS, passing("FilterDetectionCalculator", DETECTIONS_TAG))
    ),
    "pixel boxes beside others in a node that passes both": Safe(
        suppressed(
            PIXELS,
            passing(
                "PassThroughCalculator",
                'input_stream: "made" input_stream: "faces" '
                'output_stream: "other" output_stream: "passed"',
            ),
        )
    ),
    **{
        f"enough anchors behind {name}": Safe(
            palms_with(ANCHORS_192, "passed", nodes), codes=PALM_RANGE
        )
        for name, nodes in {
            "PassThroughCalculator": SIDE_PASS,
            "SwitchContainer": SIDE_SWITCH,
        }.items()
    },
}
