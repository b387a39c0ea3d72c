"""Detections with 6 and with 7 keypoints, which may or may not come together to be blended."""

from __future__ import annotations

import dataclasses

from mediapipe_graphs import PALM_MODEL, image_to_tensor_node, nms_node

from rule_cases import (
    FACES,
    IMAGE_IN,
    IMAGE_SIZE,
    IOU,
    PALM_RANGE,
    PALMS,
    Danger,
    Safe,
    gate,
    plain_node,
    typed_node,
)
from rule_cases.forwarders import FORWARDERS
from rule_cases.forwarding import PROJECTED, TWICE
from rule_cases.loops import COLLECTED, COLLECTED_APART, COLLECTED_IN_TURN, FIRSTS, loop_of

BLEND = f"{IOU} algorithm: WEIGHTED"
BLEND_ALL = "min_suppression_threshold: -1 algorithm: WEIGHTED"  # apart as they may be
THERE = plain_node(
    "PacketPresenceCalculator", 'input_stream: "PACKET:image" output_stream: "PRESENCE:there"'
)
BOTH = IMAGE_IN + IMAGE_SIZE + THERE + FACES + PALMS
# The detectors take their images from streams of their own, which something else makes.
APART = (
    IMAGE_IN
    + THERE
    + FACES.replace("IMAGE:image", "IMAGE:face_image")
    + PALMS.replace("IMAGE:image", "IMAGE:palm_image")
)


def blended(*streams: str, options: str = BLEND) -> str:
    """The suppression of the detections on some streams."""
    inputs = "".join(f'input_stream: "{stream}" ' for stream in streams)
    wiring = f'{inputs} output_stream: "detections"'
    return nms_node(f"num_detection_streams: {len(streams)} {options}", wiring)


def two_gates(first: str, second: str, options: str = "") -> str:
    """Both detectors, their detections gated."""
    gates = gate("faces", first, "some_faces", options) + gate(
        "palms", second, "some_palms", options
    )
    return BOTH + gates + blended("some_faces", "some_palms")


def two_gated_images(first: str, second: str) -> str:
    """Both detectors, their images gated."""
    gates = gate("image", first, "face_image") + gate("image", second, "palm_image")
    return APART + gates + blended("faces", "palms")


def switched_images(options: str, wiring: str = "") -> str:
    """Both detectors, with a switch that gives its images to one of them."""
    demux = typed_node(
        "SwitchDemuxCalculator",
        'input_stream: "I:image" output_stream: "C0__I:face_image" '
        f'output_stream: "C1__I:palm_image" {wiring}',
        "SwitchContainerOptions",
        options,
    )
    return APART + demux + blended("faces", "palms")


ALLOW, DISALLOW = 'input_stream: "ALLOW:there"', 'input_stream: "DISALLOW:there"'
SIDE_ALLOW, SIDE_DISALLOW = 'input_side_packet: "ALLOW:flag"', 'input_side_packet: "DISALLOW:flag"'
FLAG = (
    'node { calculator: "ConstantSidePacketCalculator" output_side_packet: "PACKET:flag" options { '
    "[mediapipe.ConstantSidePacketCalculatorOptions.ext] { packet { bool_value: true } } } }"
)
NEVER = gate("there", "", "never")
ALSO_THERE = THERE.replace("image", "faces").replace("there", "also_there")

APART_IN_TIME = (
    gate("faces", 'input_stream: "ALLOW:flags_in"', "some_faces")
    + gate("palms", 'input_stream: "DISALLOW:flags_in"', "some_palms")
    + 'input_stream: "flags_in"'
)
FACES_BEFORE = plain_node(
    "PreviousLoopbackCalculator",
    'input_stream: "MAIN:image" input_stream: "LOOP:some_faces" '
    'input_stream_info { tag_index: "LOOP" back_edge: true } '
    'output_stream: "PREV_LOOP:faces_before"',
)
AT_NEW_TIMES = "".join(
    plain_node(
        "PacketSequencerCalculator",
        f'input_stream: "INPUT:some_{name}" output_stream: "OUTPUT:new_{name}"',
    )
    for name in ("faces", "palms")
)


# Ways from an image to the tensors for a model that takes images of 128 pixels.
SMALL = typed_node(
    "ImageTransformationCalculator",
    'input_stream: "IMAGE:face_image" output_stream: "IMAGE:small"',
    "ImageTransformationCalculatorOptions",
    "output_width: 128 output_height: 128",
)
TO_IMAGE = plain_node(
    "ToImageCalculator", 'input_stream: "IMAGE_CPU:face_image" output_stream: "IMAGE:small"'
)
FROM_IMAGE = TO_IMAGE.replace('IMAGE:small"', 'IMAGE:same"') + plain_node(
    "FromImageCalculator", 'input_stream: "IMAGE:same" output_stream: "IMAGE_CPU:small"'
)
CONVERTED = SMALL + typed_node(
    "TensorConverterCalculator",
    'input_stream: "IMAGE:small" output_stream: "TENSORS:faces_input"',
    "TensorConverterCalculatorOptions",
    "",
)
ON_THE_WAY = {
    "ImageTransformationCalculator": SMALL,
    "ToImageCalculator": TO_IMAGE,
    "FromImageCalculator": FROM_IMAGE,
}


def small_images_gated() -> str:
    """As with both images gated, but that something comes between gate and face detector."""
    return two_gated_images(ALLOW, DISALLOW).replace(
        'input_stream: "IMAGE:face_image" output_stream: "TENSORS:faces_input"',
        'input_stream: "IMAGE:small" output_stream: "TENSORS:faces_input"',
    )


def converted_images_gated() -> str:
    """As with both images gated, but that a TensorConverterCalculator makes the tensors."""
    text = two_gated_images(ALLOW, DISALLOW)
    maker = image_to_tensor_node(128, "faces_input", "face_image")
    assert maker in text
    return text.replace(maker, "") + CONVERTED


FIRST_OF_BOTH = FIRSTS + plain_node(
    "MergeDetectionsToVectorCalculator",
    'input_stream: "face" input_stream: "palm" output_stream: "all"',
)
MERGED = plain_node(
    "MergeCalculator", 'input_stream: "faces" input_stream: "palms" output_stream: "either"'
)
KEPT = blended("faces", "palms", options="").replace('"detections"', '"all"')
SUBGRAPHS = (
    IMAGE_IN + 'node { calculator: "SwitchContainer" input_stream: "IMAGE:image" '
    'output_stream: "DETECTIONS:either" options { [mediapipe.SwitchContainerOptions.ext] { '
    'select: 1 contained_node { calculator: "FaceDetectionShortRangeCpu" } '
    'contained_node { calculator: "PalmDetectionCpu" } } } }'
)

# In a loop, and behind PacketSequencerCalculator, packets have other times than the faces.
AT_THE_SAME_TIME = [
    name for name in FORWARDERS if "clones" not in name and name != "PacketSequencerCalculator"
]


def palms_behind(nodes: str) -> str:
    palms = nodes.replace('"made"', '"palms"').replace(":made", ":palms")
    return BOTH + palms.replace(THERE, "") + blended("faces", "passed")


DANGERS = {
    "blending 6 keypoints with 7": Danger(BOTH + blended("faces", "palms"), "algorithm"),
    **{
        f"blending behind {name}": Danger(
            palms_behind(FORWARDERS[name].nodes), "algorithm", frames=FORWARDERS[name].frames
        )
        for name in AT_THE_SAME_TIME
    },
    "blending behind DetectionTransformationCalculator": Danger(
        palms_behind(TWICE.replace("faces", "palms").replace('made"', 'passed"')), "algorithm"
    ),
    "blending behind DetectionProjectionCalculator": Danger(palms_behind(PROJECTED), "algorithm"),
    "blending in MergeDetectionsToVectorCalculator": Danger(
        BOTH + FIRST_OF_BOTH + blended("all", options=BLEND_ALL), "algorithm"
    ),
    "blending in EndLoopDetectionCalculator": Danger(
        BOTH + COLLECTED + blended("all", options=BLEND_ALL), "algorithm"
    ),
    "blending in NonMaxSuppressionCalculator": Danger(BOTH + KEPT + blended("all"), "algorithm"),
    "blending behind gates that open together": Danger(two_gates(ALLOW, ALLOW), "algorithm"),
    "blending behind gates that nobody shuts": Danger(
        two_gates(
            ALLOW.replace("there", "never"),
            DISALLOW.replace("there", "never"),
            "empty_packets_as_allow: true",
        )
        + NEVER,
        "algorithm",
    ),
    "blending behind gates of their own": Danger(
        two_gates(ALLOW, ALLOW.replace("there", "also_there")) + ALSO_THERE, "algorithm"
    ),
    "blending with the frame before": Danger(
        BOTH + APART_IN_TIME + FACES_BEFORE + blended("faces_before", "some_palms"),
        "algorithm",
        frames=2,
    ),
    "blending at new times": Danger(
        BOTH + APART_IN_TIME + AT_NEW_TIMES + blended("new_faces", "new_palms"),
        "algorithm",
        frames=2,
    ),
    "blending of what a loop lets pass in turn": Danger(
        BOTH + COLLECTED_IN_TURN + blended("all", options=BLEND_ALL), "algorithm"
    ),
    "blending of what a loop lets pass apart": Danger(
        BOTH + COLLECTED_APART + blended("face_again", "palm_again", options=BLEND_ALL),
        "algorithm",
    ),
    "blending of gated images": Danger(two_gated_images(ALLOW, ALLOW), "algorithm"),
}

_SAFE = {
    "two detectors without blending": Safe(BOTH + blended("faces", "palms", options=IOU)),
    "detections merged into one stream": Safe(BOTH + MERGED + blended("either")),
    "gates of which one is shut": Safe(two_gates(ALLOW, DISALLOW)),
    "gates of which a side packet shuts one": Safe(two_gates(SIDE_ALLOW, SIDE_DISALLOW) + FLAG),
    "images gated to one detector": Safe(two_gated_images(ALLOW, DISALLOW)),
    "detections that come in turn": Safe(
        BOTH + APART_IN_TIME + blended("some_faces", "some_palms"), frames=2
    ),
    "gates of which one is shut, and loops behind them": Safe(
        BOTH
        + APART_IN_TIME
        + loop_of("some_faces")
        + loop_of("some_palms")
        + blended("some_faces_again", "some_palms_again"),
        frames=2,
    ),
    **{
        f"images gated to one detector behind {name}": Safe(small_images_gated() + nodes)
        for name, nodes in ON_THE_WAY.items()
    },
    "images gated to one detector behind TensorConverterCalculator": Safe(converted_images_gated()),
    "images switched to one detector": Safe(switched_images("", 'input_stream: "ENABLE:there"')),
    "images for the detector of the options": Safe(switched_images("select: 1")),
    "a switch between detectors": Safe(SUBGRAPHS + blended("either")),
}

SAFE = {
    name: dataclasses.replace(case, codes=PALM_RANGE if PALM_MODEL in case.graph else ())
    for name, case in _SAFE.items()
}
