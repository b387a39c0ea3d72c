"""Layouts of boxes and keypoints that a model does not have."""

from __future__ import annotations

import numpy as np

from rule_cases import Flaw
from rule_cases.detector import (
    BOXES,
    DECODE,
    DECODED_BY_MODEL,
    POSTPROCESSED,
    SCORES,
    SOUND,
    decoder_node,
    detector,
    inference_node,
    model,
)

POINTS = np.full((1, 4, 2), 0.3)
WITH_POINT = model("keypoint_behind", (np.concatenate([BOXES, POINTS], 2), SCORES))
DECODE_POINT = DECODE.replace("num_coords: 4", "num_coords: 6 num_keypoints: 1")
POINT = {"inference": inference_node(WITH_POINT)}


def decoding(options: str) -> str:
    return detector(decoder=decoder_node(options))


def pointing(options: str) -> str:
    return detector(POINT, decoder=decoder_node(f"{DECODE_POINT} {options}"))


FLAWS = {
    **{
        f"{side}_scale that is not set": Flaw(
            "scales-unset",
            decoding(DECODE.replace(f"{side}_scale: 1", "")),
            SOUND,
            f"{side}_scale",
            "more" if side in "wh" else "none",
            traps=("decode: scales not set drop every box",),
        )
        for side in "xywh"
    },
    "keypoints from the first column on": Flaw(
        "keypoints-over-box",
        pointing(""),
        pointing("keypoint_coord_offset: 4"),
        "keypoint_coord_offset",
        "fewer",
        traps=("decode: a keypoint before column 4 overwrites the box",),
    ),
    "keypoints before the box": Flaw(
        "keypoints-over-box",
        pointing("box_coord_offset: 2"),
        pointing("keypoint_coord_offset: 4"),
        "keypoint_coord_offset",
        traps=("decode: a keypoint before column 4 overwrites the box",),
    ),
    "a box that begins among the keypoints": Flaw(
        "box-over-keypoints",
        pointing("keypoint_coord_offset: 4 box_coord_offset: 2"),
        pointing("keypoint_coord_offset: 4"),
        "box_coord_offset",
        "more",
    ),
    "an unspecified format": Flaw(
        "box-format-hides-order",
        decoding(f"{DECODE} reverse_output_order: true box_format: UNSPECIFIED"),
        decoding(f"{DECODE} reverse_output_order: true box_format: XYWH"),
        "box_format",
        "fewer",
        traps=("decode: an explicit UNSPECIFIED format wins over reverse_output_order",),
    ),
    "two orders": Flaw(
        "box-format-hides-order",
        decoding(f"{DECODE} reverse_output_order: true box_format: YXHW"),
        decoding(f"{DECODE} reverse_output_order: true"),
        "box_format",
        "fewer",
    ),
    "distances from the anchor": Flaw(
        "box-format-distances",
        decoding(f"{DECODE} box_format: XYXY"),
        decoding(f"{DECODE} box_format: YXHW"),
        "box_format",
        traps=("decode: XYXY is distances from the anchor's centre, not corners",),
    ),
    "no class of a detection": Flaw(
        "no-classes-per-detection",
        detector(
            DECODED_BY_MODEL,
            decoder=decoder_node(
                f"{POSTPROCESSED} max_classes_per_detection: 0", "", target="detections"
            ),
        ),
        detector(DECODED_BY_MODEL),
        "max_classes_per_detection",
        "none",
        traps=("decode_postprocessed: max_classes_per_detection 0 gives nothing",),
    ),
    "the first results": Flaw(
        "first-results-kept",
        decoding(f"{DECODE} max_results: 1"),
        SOUND,
        "max_results",
        "fewer",
        traps=("decode: max_results takes the first, not the best",),
    ),
    "the older decoder": Flaw(
        "legacy-decoder",
        SOUND.replace("TensorsToDetections", "TfLiteTensorsToDetections"),
        SOUND,
        "calculator",
    ),
}
