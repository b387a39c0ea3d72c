"""Graphs that do otherwise than the metadata of their model say."""

from __future__ import annotations

from pathlib import Path

from rule_cases import Flaw
from rule_cases.detector import (
    ANCHORS,
    DECODE,
    MODELS,
    TENSOR,
    anchors_node,
    decoder_node,
    detector,
    inference_node,
    tensor_node,
)
from rule_cases.tasks_flaws import SOUND as WITH_METADATA

MODEL = Path(MODELS) / "with_metadata.tflite"
MODEL.write_bytes(WITH_METADATA)
RUN = {"inference": inference_node(str(MODEL))}
AS_STATED = detector(RUN)


def decoding(options: str) -> str:
    return detector(RUN, decoder=decoder_node(options))


FLAWS = {
    "another scale than in the metadata": Flaw(
        "decoding-not-of-model",
        decoding(DECODE.replace("w_scale: 1", "w_scale: 2")),
        AS_STATED,
        "w_scale",
        "others",
    ),
    "another order than in the metadata": Flaw(
        "decoding-not-of-model",
        decoding(f"{DECODE} reverse_output_order: true"),
        AS_STATED,
        "box_format",
        "more",
    ),
    "exponents that the metadata do not have": Flaw(
        "decoding-not-of-model",
        decoding(f"{DECODE} apply_exponential_on_box_size: true"),
        AS_STATED,
        "apply_exponential_on_box_size",
        "others",
    ),
    "anchors elsewhere than in the metadata": Flaw(
        "anchors-not-of-model",
        detector(RUN, anchors=anchors_node(f"{ANCHORS} anchor_offset_x: 0.3")),
        AS_STATED,
        "anchors",
        "others",
    ),
    "another range than in the metadata": Flaw(
        "range-not-of-model",
        detector(RUN, tensor=tensor_node(TENSOR.replace("min: -1", "min: 0"))),
        AS_STATED,
        "output_tensor_float_range",
        "same",
    ),
}
