"""Rules for a model that decodes itself against the decoder that reads its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.graph.rules.decoders import Decoder, decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.tflite import Model
from mediapipe_anchors.tflite.flexbuffer import Value, read_map

OPERATOR = "TFLite_Detection_PostProcess"
CLASSES = "max_classes_per_detection"


class _Rows(NamedTuple):
    """How many rows a box has: in the model, and to the decoder."""

    decoder: Decoder
    model: str
    made: int
    read: int


def postprocess_options(network: Model) -> dict[str, Value]:
    """The options of the operator that makes a model's outputs; none where there is no such."""
    ends = {tensor.index for tensor in network.outputs}
    for operator in network.operators:
        if operator.name == OPERATOR and ends & set(operator.outputs):
            try:
                return read_map(operator.custom_options)
            except ModelError:
                break
    return {}


def _rows(subject: Subject) -> Iterator[_Rows]:
    for decoder in decoders(subject):
        for tensors in decoder.tensors if decoder.is_postprocessed else ():
            made = postprocess_options(tensors.network).get(CLASSES)
            read = decoder.options.max_classes_per_detection
            if isinstance(made, int) and made > 0 and read > 0:
                yield _Rows(decoder, tensors.model, made, read)


@rule(
    "too-many-classes-per-detection",
    Severity.ERROR,
    Ending.STRAYS,
    effect="MediaPipe takes rows of other boxes for more classes of one, and reads past the last.",
    cause="`max_classes_per_detection` is more than the model was converted with.",
    cure="Write the model's number; `mediapipe-anchors inspect` tells it.",
    before="max_classes_per_detection: 3",
    after="max_classes_per_detection: 1",
    calculator="TensorsToDetectionsCalculator",
)
def rows_are_not_overrun(subject: Subject) -> Iterator[Finding]:
    """Each box has as many rows as the model gives it."""
    for rows in _rows(subject):
        if rows.read > rows.made:
            yield _finding(rows)


@rule(
    "too-few-classes-per-detection",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe takes further classes of one box for other boxes, and drops the last boxes.",
    cause="`max_classes_per_detection` is less than the model was converted with.",
    cure="Write the model's number; `mediapipe-anchors inspect` tells it.",
    before="max_classes_per_detection: 1",
    after="max_classes_per_detection: 3",
    calculator="TensorsToDetectionsCalculator",
)
def rows_are_not_taken_apart(subject: Subject) -> Iterator[Finding]:
    """Each box has as many rows as the model gives it."""
    for rows in _rows(subject):
        if rows.read < rows.made:
            yield _finding(rows)


def _finding(rows: _Rows) -> Finding:
    expected = f"{rows.made}, as in the {OPERATOR} of {rows.model}"
    replace = (Replacement(CLASSES, rows.made),)
    return Finding(rows.decoder.station.node, CLASSES, rows.read, expected, replace=replace)


MODEL_POSTPROCESS_RULES: tuple[Rule, ...] = (rows_are_not_overrun, rows_are_not_taken_apart)
