"""Models that do not fit their graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rule_cases import Flaw, plain_node
from rule_cases.decode_flaws import DECODE_POINT, WITH_POINT
from rule_cases.detector import (
    ANCHOR_ROWS,
    ANCHORS,
    BOXES,
    DECODE,
    DECODED_BY_MODEL,
    MODELS,
    POSTPROCESSED,
    RANGE,
    SCORES,
    SOUND,
    TENSOR,
    WITH_ANCHORS,
    anchors_node,
    decoder_node,
    detector,
    inference_node,
    model,
    tensor_node,
)

SWAPPED = model("swapped", (SCORES, BOXES))
ONE_OUTPUT = model("one_output", (BOXES,))
FIVE_OUTPUTS = model("five_outputs", (BOXES, *[SCORES] * 4))
GRIDS = model("grids", (BOXES.reshape(1, 2, 2, 4), SCORES.reshape(1, 2, 2, 1)))
QUANTIZED = model("quantized", (np.zeros((1, 4, 4)), np.full((1, 4, 1), 100)), ("uint8", "uint8"))
BYTES_IN = model("bytes_in", (BOXES, SCORES), image="uint8")
PROBABILITIES = model("probabilities", (BOXES, SCORES), end="LOGISTIC")
LOGITS = model("logits", (BOXES, SCORES), end="ADD")
WITH_ANCHORS_INSIDE = model("with_anchors", (BOXES, SCORES, ANCHOR_ROWS))
ANCHORS_FIRST = model("anchors_first", (ANCHOR_ROWS, BOXES, SCORES))

NO_MODEL = str(Path(MODELS) / "none.tflite")
Path(NO_MODEL).write_text("no model")

TWO_PARTS = "detections_tensor_index: {} scores_tensor_index: {}"
MAPPED = f"tensor_mapping {{ {TWO_PARTS.format(1, 0)} }}"
MAPPED_THREE = f"tensor_mapping {{ {TWO_PARTS.format(1, 2)} anchors_tensor_index: 0 }}"
DEQUANTIZER = plain_node(
    "TensorsDequantizationCalculator",
    'input_stream: "TENSORS:integers" output_stream: "TENSORS:tensors"',
)
BYTES = TENSOR.replace(RANGE, "output_tensor_uint_range { min: 0 max: 255 }")
NO_SIDE = {"anchors": ""}


def running(path: str, decode: str = DECODE, side: str = WITH_ANCHORS, **nodes: str) -> str:
    """The detector with another model."""
    return detector(inference=inference_node(path), decoder=decoder_node(decode, side), **nodes)


FLAWS = {
    **{
        f"a model of {name}": Flaw(
            "model-outputs-miscounted",
            running(path),
            SOUND,
            "TENSORS",
            "refused",
            beside=("anchors-unused",),
        )
        for name, path in {"one output": ONE_OUTPUT, "five outputs": FIVE_OUTPUTS}.items()
    },
    "scores before boxes": Flaw(
        "model-outputs-swapped",
        running(SWAPPED),
        running(SWAPPED, f"{DECODE} {MAPPED}"),
        "tensor_mapping",
        "refused",
    ),
    "boxes before scores, mapped otherwise": Flaw(
        "model-outputs-swapped",
        detector(decoder=decoder_node(f"{DECODE} {MAPPED}")),
        SOUND,
        "tensor_mapping",
        "refused",
    ),
    "fewer boxes than rows": Flaw(
        "num-boxes-not-rows",
        detector(decoder=decoder_node(DECODE.replace("num_boxes: 4", "num_boxes: 3"))),
        SOUND,
        "num_boxes",
        "refused",
        beside=("anchors-left-over",),
    ),
    "no number of boxes beside a model": Flaw(
        "num-boxes-not-rows",
        detector(decoder=decoder_node(DECODE.replace("num_boxes: 4", ""))),
        SOUND,
        "num_boxes",
        "refused",
    ),
    "no number of boxes": Flaw(
        "num-boxes-unset",
        detector(
            inference=inference_node("elsewhere.tflite"),
            decoder=decoder_node(DECODE.replace("num_boxes: 4", "")),
        ),
        SOUND,
        "num_boxes",
        traps=("decode: num_boxes not set",),
        beside=("model-unread",),
    ),
    "columns that are not keypoints": Flaw(
        "num-coords-not-columns",
        running(WITH_POINT),
        running(WITH_POINT, f"{DECODE_POINT} keypoint_coord_offset: 4"),
        "num_coords",
        "refused",
    ),
    "classes that are not columns": Flaw(
        "num-classes-not-columns",
        detector(decoder=decoder_node(DECODE.replace("num_classes: 1", "num_classes: 2"))),
        SOUND,
        "num_classes",
        "refused",
        beside=("nms-across-classes",),
    ),
    "grids for rows": Flaw("model-rows-differ", running(GRIDS), SOUND, "TENSORS", "refused"),
    "integers for floats": Flaw(
        "model-outputs-quantized",
        running(QUANTIZED),
        detector(inference=inference_node(QUANTIZED, "integers"), more=DEQUANTIZER),
        "TENSORS",
        "refused",
    ),
    "floats for integers": Flaw(
        "floats-dequantized",
        detector(inference=inference_node(output="integers"), more=DEQUANTIZER),
        SOUND,
        "TENSORS",
        "refused",
    ),
    "a sigmoid behind a sigmoid": Flaw(
        "sigmoid-twice",
        running(PROBABILITIES),
        running(PROBABILITIES, DECODE.replace("sigmoid_score: true", "")),
        "sigmoid_score",
        "others",
    ),
    "no sigmoid": Flaw(
        "sigmoid-missing",
        running(LOGITS, DECODE.replace("sigmoid_score: true", "")),
        running(LOGITS),
        "sigmoid_score",
        "others",
    ),
    "no anchors": Flaw(
        "anchors-missing",
        detector(NO_SIDE, decoder=decoder_node(side="")),
        SOUND,
        "input_side_packet",
        "refused",
    ),
    "anchors of an unknown model": Flaw(
        "anchors-from-model",
        detector(
            NO_SIDE, inference=inference_node("elsewhere.tflite"), decoder=decoder_node(side="")
        ),
        SOUND,
        "input_side_packet",
        beside=("model-unread",),
    ),
    "anchors beside those of the model": Flaw(
        "anchors-unused",
        running(WITH_ANCHORS_INSIDE),
        running(WITH_ANCHORS_INSIDE, side="", anchors=""),
        "input_side_packet",
        "same",
        traps=("decode: the anchor tensor wins over the side packet",),
    ),
    "anchors before the boxes": Flaw(
        "anchors-tensor-misplaced",
        running(ANCHORS_FIRST, side="", anchors=""),
        running(ANCHORS_FIRST, f"{DECODE} {MAPPED_THREE}", side="", anchors=""),
        "tensor_mapping.anchors_tensor_index",
        "refused",
        beside=(
            "num-coords-not-columns",
            "num-boxes-not-rows",
            "num-classes-not-columns",
            "model-rows-differ",
        ),
    ),
    "anchors that no mapping names": Flaw(
        "anchors-tensor-misplaced",
        running(
            WITH_ANCHORS_INSIDE,
            f"{DECODE} tensor_mapping {{ {TWO_PARTS.format(0, 1)} }}",
            "",
            anchors="",
        ),
        running(WITH_ANCHORS_INSIDE, side="", anchors=""),
        "tensor_mapping.anchors_tensor_index",
        "refused",
        traps=("decode: three tensors and a mapping without anchors",),
    ),
    "boundaries of raw boxes": Flaw(
        "box-boundaries-of-raw-boxes",
        detector(decoder=decoder_node(f"{DECODE} box_boundaries_indices {{}}")),
        SOUND,
        "box_boundaries_indices",
        "refused",
        traps=("decode: box_boundaries_indices with raw boxes",),
    ),
    "a sigmoid of what is decoded": Flaw(
        "postprocessed-options-unused",
        detector(
            DECODED_BY_MODEL,
            decoder=decoder_node(f"{POSTPROCESSED} sigmoid_score: true", "", target="detections"),
        ),
        detector(DECODED_BY_MODEL),
        "sigmoid_score",
        "same",
        traps=("decode_postprocessed: sigmoid_score, scales and box_format play no part",),
    ),
    "a model that is not there": Flaw(
        "model-unread",
        detector(inference=inference_node("elsewhere.tflite")),
        SOUND,
        "model_path",
        "refused",
    ),
    "a model that is none": Flaw(
        "model-unread", detector(inference=inference_node(NO_MODEL)), SOUND, "model_path"
    ),
    "no delegate": Flaw(
        "delegate-unset", detector(inference=inference_node(more="")), SOUND, "delegate"
    ),
    "a tensor of another size": Flaw(
        "model-input-size",
        detector(tensor=tensor_node(TENSOR.replace("width: 16", "width: 8"))),
        SOUND,
        "output_tensor_width",
        "refused",
    ),
    "a tensor of another shape": Flaw(
        "model-input-size",
        detector(
            tensor=tensor_node(
                TENSOR.replace("width: 16", "width: 32").replace("height: 16", "height: 8")
            )
        ),
        SOUND,
        "output_tensor_width",
        "same",
    ),
    "floats for a model of bytes": Flaw(
        "model-input-type",
        running(BYTES_IN),
        running(BYTES_IN, tensor=tensor_node(BYTES)),
        "output_tensor_float_range",
        "refused",
    ),
    "anchors for another input": Flaw(
        "anchors-of-other-input",
        detector(anchors=anchors_node(ANCHORS.replace(": 16", ": 12"))),
        SOUND,
        "input_size_width",
        "same",
    ),
}
