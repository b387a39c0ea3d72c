"""A small detector in which nothing is found, to be made with one flaw at a time.

Its model puts out the same tensors for every image: four rows, of which the second overlaps the
first and scores less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from mediapipe_graphs import options_node
from scratch import scratch_folder
from tflite_builder import ModelBuilder

from rule_cases import IMAGE_IN

SIDE = 16  # of the model's input, in pixels
ROWS = 4

MODELS = scratch_folder("rule_models_")

BOXES = np.array([[[0, 0, 0.4, 0.4], [0, -0.95, 0.4, 0.4], [0, 0, 0.4, 0.4], [0, 0, 0.4, 0.4]]])
SCORES = np.array([[[2.2], [1.4], [0.85], [0.4]]])  # logits
TWO_SCORES = np.array([[[2.2, -3], [-3, 1.4], [0.85, -3], [-3, 0.4]]])
ANCHOR_ROWS = np.full((ROWS, 4), 0.5)  # y, x, h, w

# What a model that decodes itself puts out: boxes, classes, scores and their number.
DECODED = (
    np.array(
        [[[0.1, 0.1, 0.4, 0.4], [0.1, 0.1, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9], [0.5, 0.5, 1, 1]]]
    ),
    np.array([[0, 1, 0, 1]]),
    np.array([[0.9, 0.8, 0.7, 0.6]]),
    np.array([2]),
)

ANCHORS = f"""input_size_width: {SIDE} input_size_height: {SIDE} num_layers: 1 strides: 8
      min_scale: 0.5 max_scale: 0.5 aspect_ratios: 1 interpolated_scale_aspect_ratio: 0"""
SCALES = "x_scale: 1 y_scale: 1 w_scale: 1 h_scale: 1"
DECODE = f"""num_classes: 1 num_boxes: {ROWS} num_coords: 4 {SCALES}
      sigmoid_score: true min_score_thresh: 0.3"""
POSTPROCESSED = "num_classes: 2 num_coords: 4 min_score_thresh: 0.3"
NMS = """min_suppression_threshold: 0.3 overlap_type: INTERSECTION_OVER_UNION
      return_empty_detections: true"""
RANGE = "output_tensor_float_range { min: -1 max: 1 }"
SIZE = f"output_tensor_width: {SIDE} output_tensor_height: {SIDE}"
TENSOR = f"{SIZE} {RANGE}"
XNNPACK = "delegate { xnnpack {} }"
WITH_ANCHORS = 'input_side_packet: "ANCHORS:anchors"'


def model(
    name: str,
    outputs: Sequence[npt.ArrayLike],
    dtypes: Sequence[str] = ("float32",) * 9,
    *,
    image: str = "float32",
    end: str = "",
) -> str:
    """Write a model that puts out constants, the last of them through the operator `end`."""
    builder = ModelBuilder()
    entry = builder.tensor((1, SIDE, SIDE, 3), image, name="image")
    made = add_constants(builder, outputs, dtypes)
    if end:
        last = made[-1]
        made[-1] = builder.like(last, builder.shape(last))
        zero = builder.constant(np.zeros(builder.shape(last)), "float32")
        builder.operator(end, [last] if end == "LOGISTIC" else [last, zero], [made[-1]])
    path = Path(MODELS) / f"{name}.tflite"
    path.write_bytes(builder.build([entry], made))
    return str(path)


def add_constants(
    builder: ModelBuilder, outputs: Sequence[npt.ArrayLike], dtypes: Sequence[str]
) -> list[int]:
    """Tensors of these values, as of a model that computes them."""
    made = []
    for values, dtype in zip(outputs, dtypes, strict=False):
        array = np.asarray(values, dtype)
        scale = None if dtype == "float32" else 1 / 64
        flat = builder.tensor((array.size,), dtype, constant=array.reshape(-1), scale=scale)
        made.append(builder.reshape(flat, array.shape))
    return made


RAW_MODEL = model("raw", (BOXES, SCORES))
TWO_CLASS_MODEL = model("two_classes", (BOXES, TWO_SCORES))
POSTPROCESSED_MODEL = model("postprocessed", DECODED)


def tensor_node(options: str = TENSOR, wiring: str = "") -> str:
    return options_node(
        "ImageToTensorCalculator",
        f'input_stream: "IMAGE:image" output_stream: "TENSORS:input" {wiring}',
        options,
    )


def inference_node(path: str = RAW_MODEL, output: str = "tensors", more: str = XNNPACK) -> str:
    return options_node(
        "InferenceCalculator",
        f'input_stream: "TENSORS:input" output_stream: "TENSORS:{output}"',
        f'model_path: "{path}" {more}',
    )


def decoder_node(
    options: str = DECODE, side: str = WITH_ANCHORS, source: str = "tensors", target: str = "raw"
) -> str:
    return options_node(
        "TensorsToDetectionsCalculator",
        f'input_stream: "TENSORS:{source}" output_stream: "DETECTIONS:{target}" {side}',
        options,
    )


def nms_node(options: str = NMS, wiring: str = 'input_stream: "raw"') -> str:
    wiring += ' output_stream: "detections"'
    return options_node("NonMaxSuppressionCalculator", wiring, options)


def anchors_node(options: str = ANCHORS) -> str:
    wiring = 'output_side_packet: "anchors"'
    return options_node("SsdAnchorsCalculator", wiring, options)


def labels_node(options: str, target: str = "labelled") -> str:
    wiring = f'input_stream: "raw" output_stream: "{target}"'
    return options_node("DetectionLabelIdToTextCalculator", wiring, options)


PARTS = {
    "head": IMAGE_IN,
    "tensor": tensor_node(),
    "inference": inference_node(),
    "anchors": anchors_node(),
    "decoder": decoder_node(),
    "nms": nms_node(),
}


def detector(parts: Mapping[str, str] | None = None, **nodes: str) -> str:
    """The detector with other texts for some of its parts; `more` of them come at the end."""
    return "".join({**PARTS, **(parts or {}), **nodes}.values())


SOUND = detector()
TWO_CLASSES = {
    "inference": inference_node(TWO_CLASS_MODEL),
    "decoder": decoder_node(DECODE.replace("num_classes: 1", "num_classes: 2")),
}
DECODED_BY_MODEL = {
    "inference": inference_node(POSTPROCESSED_MODEL),
    "anchors": "",
    "decoder": decoder_node(POSTPROCESSED, "", target="detections"),
    "nms": "",
}
