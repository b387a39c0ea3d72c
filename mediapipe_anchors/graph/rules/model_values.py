"""Rules for the values in a model's outputs: their type, and whether scores are probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph.rules.decoders import decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.model_outputs import RAW, is_swapped, parts_of, raw_outputs
from mediapipe_anchors.graph.rules.model_tensors import Tensors, tensors_on
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.tflite import Model

DEQUANTIZER = "TensorsDequantizationCalculator"
DEQUANTIZED = ("uint8", "int8", "bool")  # what it takes

# Operators that move or rescale values without changing what they mean.
MOVES = {
    "CONCATENATION",
    "DEQUANTIZE",
    "EXPAND_DIMS",
    "GATHER",
    "PACK",
    "PAD",
    "PADV2",
    "QUANTIZE",
    "RESHAPE",
    "SLICE",
    "SPLIT",
    "SPLIT_V",
    "SQUEEZE",
    "STRIDED_SLICE",
    "TRANSPOSE",
    "UNPACK",
}
PROBABILITIES = {"LOGISTIC", "SOFTMAX"}
LOGITS = {"ADD", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "BATCH_MATMUL"}


@rule(
    "model-outputs-quantized",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image: the decoder takes float32 only.",
    cause="The model is quantised, and so are its outputs.",
    cure="Send the tensors through TensorsDequantizationCalculator before the decoder.",
    before='input_stream: "TENSORS:tensors"',
    after='# of a TensorsDequantizationCalculator\noutput_stream: "TENSORS:floats"\n'
    '# of the decoder\ninput_stream: "TENSORS:floats"',
    says=("tensor.element_type() == Tensor::ElementType::kFloat32",),
    calculator="TensorsToDetectionsCalculator",
)
def outputs_are_floats(subject: Subject) -> Iterator[Finding]:
    """All tensors of a decoder are float32."""
    for decoder in decoders(subject):
        for tensors in _straight(subject, decoder.station):
            kinds = [tensor.dtype for tensor in tensors.outputs]
            if set(kinds) != {"float32"}:
                place, fix = "input_stream[0]", f"add a {DEQUANTIZER} between"
                value, expected = f"{', '.join(kinds)} of {tensors.model}", "float32"
                node = decoder.station.node
                yield Finding(node, "TENSORS", value, expected, fix, place=place)


@rule(
    "floats-dequantized",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="TensorsDequantizationCalculator takes int8, uint8 and bool, no other type.",
    cure="Take the node out.",
    before='calculator: "TensorsDequantizationCalculator"',
    after='calculator: "TensorsToDetectionsCalculator"',
    says=("Unsupported input tensor type",),
    calculator="TensorsDequantizationCalculator",
)
def dequantized_are_integers(subject: Subject) -> Iterator[Finding]:
    """Floats cannot be dequantised."""
    for station in subject.wiring.stations:
        if station.node.calculator != DEQUANTIZER:
            continue
        for tensors in _straight(subject, station):
            kinds = [tensor.dtype for tensor in tensors.outputs]
            if not set(kinds) <= set(DEQUANTIZED):
                value, place = f"{', '.join(kinds)} of {tensors.model}", "input_stream[0]"
                expected = f"{', '.join(DEQUANTIZED)} only"
                yield Finding(station.node, "TENSORS", value, expected, place=place)


@rule(
    "sigmoid-twice",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Scores go through a sigmoid twice: all lie between 0.5 and 0.73, and a threshold "
    "below keeps every row, one above none.",
    cause="The model ends in a sigmoid or softmax, and `sigmoid_score` is set.",
    cure="Take `sigmoid_score` out.",
    before="sigmoid_score: true",
    after="sigmoid_score: false",
    calculator="TensorsToDetectionsCalculator",
)
def sigmoid_comes_once(subject: Subject) -> Iterator[Finding]:
    """A model that puts out probabilities needs no sigmoid."""
    for station, tensors, ends, sigmoid in _scores(subject):
        if sigmoid and ends and ends <= PROBABILITIES:
            expected = f"false: {tensors.model} ends in {', '.join(sorted(ends))}"
            replace = (Replacement("sigmoid_score", None),)
            yield Finding(station.node, "sigmoid_score", True, expected, replace=replace)


@rule(
    "sigmoid-missing",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Scores are logits: below 0 and above 1, thresholds mean something else, and WEIGHTED "
    "blends with negative weights.",
    cause="The model has no sigmoid at its end, and `sigmoid_score` is not set.",
    cure="Set `sigmoid_score: true`.",
    before="min_score_thresh: 0.5",
    after="sigmoid_score: true min_score_thresh: 0.5",
    calculator="TensorsToDetectionsCalculator",
)
def sigmoid_is_there(subject: Subject) -> Iterator[Finding]:
    """A model that puts out logits needs a sigmoid."""
    for station, tensors, ends, sigmoid in _scores(subject):
        if not sigmoid and ends and ends <= LOGITS:
            expected = f"true: {tensors.model} ends in {', '.join(sorted(ends))}"
            replace = (Replacement("sigmoid_score", True),)
            yield Finding(station.node, "sigmoid_score", False, expected, replace=replace)


def _straight(subject: Subject, station: Station) -> Iterator[Tensors]:
    """The known outputs of models that come to a node without being dequantised on the way."""
    for entry in station.inputs_of("TENSORS"):
        for tensors in tensors_on(subject, entry, stop=(DEQUANTIZER,)):
            if tensors is not None:
                yield tensors


def _scores(subject: Subject) -> Iterator[tuple[Station, Tensors, set[str], bool]]:
    """The scores of raw models: what they come out of, and whether a sigmoid is asked for.

    Where the graph takes the boxes for them, as another rule tells, they are the other output.
    """
    swapped = [(each.decoder, each.tensors) for each in raw_outputs(subject) if is_swapped(each)]
    for decoder in decoders(subject):
        for tensors in decoder.tensors:
            count = len(tensors.outputs)
            parts = parts_of(decoder.options, count) if count in RAW else None
            if parts is None:
                continue
            index = parts.boxes if (decoder, tensors) in swapped else parts.scores
            if 0 <= index < count:
                ends = _ends(tensors.network, tensors.outputs[index].index)
                yield decoder.station, tensors, ends, decoder.options.sigmoid_score


def _ends(network: Model, index: int) -> set[str]:
    """The operators that compute a tensor's values, behind those that only move them."""
    ends: set[str] = set()
    pending, seen = [index], {index}
    while pending:
        operator = network.producer(pending.pop())
        if operator is None:  # an input, a constant, or a file that goes in circles
            continue
        if operator.name not in MOVES:
            ends.add(operator.name)
            continue
        moved = set(operator.inputs) - seen - {-1}
        seen |= moved
        pending += moved
    return ends


MODEL_VALUE_RULES: tuple[Rule, ...] = (
    outputs_are_floats,
    dequantized_are_integers,
    sigmoid_comes_once,
    sigmoid_is_there,
)
