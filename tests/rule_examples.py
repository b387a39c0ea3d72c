"""Graphs around the examples of the rules, which are a line or two of options or of a node."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from mediapipe_graphs import DECODE_FACE, NMS_FACE, face_graph, options_node, ssd_node

from mediapipe_anchors import MediaPipeAnchorsError, lint

_RECTS = 'input_stream: "DETECTIONS:detections" output_stream: "NORM_RECTS:rects"'
_OPTIONS_OF = {
    "DetectionsToRectsCalculator": _RECTS,
    "ImageToTensorCalculator": 'input_stream: "IMAGE:image" output_stream: "TENSORS:tensors"',
    "InferenceCalculator": 'input_stream: "TENSORS:in" output_stream: "TENSORS:out"',
    "LandmarksRefinementCalculator": 'input_stream: "LANDMARKS:a" output_stream: "b"',
    "LandmarksSmoothingCalculator": 'input_stream: "LANDMARKS:a" output_stream: "b"',
    "LandmarksToDetectionCalculator": 'input_stream: "LANDMARKS:a" output_stream: "b"',
    "NonMaxSuppressionCalculator": 'input_stream: "a" output_stream: "detections"',
    "SsdAnchorsCalculator": 'output_side_packet: "anchors"',
    "TensorConverterCalculator": 'input_stream: "IMAGE:image" output_stream: "TENSORS:tensors"',
    "TensorsToDetectionsCalculator": 'input_stream: "TENSORS:in" output_stream: "DETECTIONS:out"',
    "TensorsToLandmarksCalculator": 'input_stream: "TENSORS:in" output_stream: "LANDMARKS:out"',
}


def codes_of(text: str) -> set[str]:
    """The codes found in a graph; none where the example does not make one."""
    try:
        return {each.code for each in lint(text)}
    except MediaPipeAnchorsError:
        return set()


def _without(options: str, example: str) -> str:
    """Options without the fields that an example sets."""
    names = re.findall(r"(\w+)\s*(?::|\{)", example)
    kept = re.findall(r"\w+: (?:\[[^]]*\]|\S+)", options)
    return " ".join(part for part in kept if part.partition(":")[0] not in names)


def _decoder(example: str) -> str:
    return face_graph(decode=f"{_without(DECODE_FACE, example)}\n{example}")


def _suppression(example: str) -> str:
    return face_graph(nms=f"{_without(NMS_FACE, example)}\n{example}")


def _options(calculator: str, wiring: str, example: str) -> str:
    return options_node(calculator, wiring, example)


def _plain(calculator: str, example: str) -> str:
    return f'node {{ calculator: "{calculator}"\n{example}\n}}'


def _named(calculator: str, options: str, example: str) -> str:
    """A node whose options have another name than it."""
    return (
        f'node {{ calculator: "{calculator}" options {{ '
        f"[mediapipe.{options}.ext] {{ {example} }} }} }}"
    )


def _refinement(example: str) -> str:
    wiring = _OPTIONS_OF["LandmarksRefinementCalculator"]
    return options_node("LandmarksRefinementCalculator", wiring, f"refinement {{ {example} }}")


def _whole(example: str) -> str:
    return f'{example}\nnode {{ calculator: "PassThroughCalculator" }}'


EXAMPLES: list[Callable[[str], str]] = [
    *(functools.partial(_options, name, wiring) for name, wiring in _OPTIONS_OF.items()),
    *(
        functools.partial(_plain, name)
        for name in ("SsdAnchorsCalculator", "NonMaxSuppressionCalculator", "PassThroughCalculator")
    ),
    _decoder,
    _suppression,
    functools.partial(_named, "SplitDetectionVectorCalculator", "SplitVectorCalculatorOptions"),
    functools.partial(_named, "AssociationNormRectCalculator", "AssociationCalculatorOptions"),
    _refinement,
    _whole,
    lambda example: f"node {{ {example} }}",
]

# The frames whose graphs MediaPipe runs up to the mistake.
RUNNABLE: list[Callable[[str], str]] = [
    _decoder,
    lambda example: face_graph(decode=example),
    _suppression,
    lambda example: _plain("NonMaxSuppressionCalculator", f'{example} output_stream: "detections"'),
    ssd_node,
]

_MODEL, _NODES, _STREAMS = "a model", "several nodes", "the streams of a graph"

# Rules whose example needs more than the lines shown; their own tests have whole graphs.
NOT_ALONE = {
    "anchors-from-model": _STREAMS,
    "anchors-left-over": _NODES,
    "anchors-missing": _MODEL,
    "anchors-not-of-model": _MODEL,
    "anchors-of-other-input": _MODEL,
    "anchors-tensor-misplaced": _MODEL,
    "anchors-unused": _MODEL,
    "blended-keypoints-differ": "several nodes",
    "class-filter-on-gpu": _NODES,
    "decoding-not-of-model": _MODEL,
    "face-anchors-in-corners": _MODEL,
    "face-scores-clipped-away": _MODEL,
    "floats-dequantized": _MODEL,
    "ignored-classes-beside-allowed": _STREAMS,
    "ignored-classes-replaced": _STREAMS,
    "keypoint-missing": "several nodes",
    "labels-misaligned": _NODES,
    "labels-missing": _NODES,
    "letterbox-not-removed": _NODES,
    "letterbox-removed-twice": _NODES,
    "mapped-boxes-in-pixels": _NODES,
    "mapped-tensor-missing": "a model",
    "matrix-of-another-tensor": _NODES,
    "model-input-size": _MODEL,
    "model-input-size-unset": _MODEL,
    "model-input-type": _MODEL,
    "model-outputs-miscounted": _MODEL,
    "model-outputs-quantized": _MODEL,
    "model-outputs-swapped": _MODEL,
    "model-rows-differ": _MODEL,
    "model-unread": _MODEL,
    "multiclass-needs-ids": _NODES,
    "multiclass-repeats": _NODES,
    "nms-across-classes": _NODES,
    "nms-boxes-in-pixels": "two nodes",
    "nms-threshold-unreachable": _NODES,
    "nms-without-classes": _NODES,
    "no-classes-per-detection": _MODEL,
    "num-boxes-not-rows": _MODEL,
    "num-boxes-unset": _STREAMS,
    "num-classes-not-columns": _MODEL,
    "num-coords-not-columns": _MODEL,
    "output-without-source": _STREAMS,
    "pixel-boxes-clamped": _STREAMS,
    "postprocessed-options-unused": _MODEL,
    "range-not-of-model": _MODEL,
    "side-packet-from-outside": _STREAMS,
    "sigmoid-missing": _MODEL,
    "sigmoid-twice": _MODEL,
    "stream-in-circle": _STREAMS,
    "stream-made-twice": _STREAMS,
    "stream-without-source": _STREAMS,
    "subgraphs-unread": "an environment without mediapipe",
    "switch-channel-missing": "a graph that MediaPipe has expanded",
    "tasks-box-properties": _MODEL,
    "tasks-decoding-invalid": _MODEL,
    "tasks-decoding-not-of-model": _MODEL,
    "tasks-keypoints-over-box": _MODEL,
    "tasks-labels-miscounted": _MODEL,
    "tasks-metadata-damaged": _MODEL,
    "tasks-normalization-missing": _MODEL,
    "tasks-output-types": _MODEL,
    "tasks-outputs-undescribed": _MODEL,
    "tasks-scales-unset": _MODEL,
    "tasks-too-few-anchors": _MODEL,
    "too-few-anchors": "two nodes",
    "too-few-classes-per-detection": _MODEL,
    "too-many-classes-per-detection": _MODEL,
    "too-many-landmarks": "a model",
    "weighted-blends-classes": _NODES,
    "weighted-ignores-image": _STREAMS,
}
