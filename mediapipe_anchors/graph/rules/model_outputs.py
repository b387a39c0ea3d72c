"""Rules for a model's outputs against the options of the decoder that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mediapipe_anchors.graph.rules.decoders import POSTPROCESSED, Decoder, decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.model_tensors import Shape, Tensors
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import TensorMapping, TensorsToDetectionsOptions

RAW = (2, 3)  # numbers of tensors that leave the decoding to MediaPipe: without and with anchors


class Parts(NamedTuple):
    """Which tensor of a raw model plays which part to a decoder, by index."""

    boxes: int
    scores: int
    anchors: int | None


def parts_of(options: TensorsToDetectionsOptions, count: int) -> Parts:
    """The parts of two or three tensors, as MediaPipe picks them."""
    mapping = options.tensor_mapping or TensorMapping()
    boxes, scores = mapping.detections_tensor_index, mapping.scores_tensor_index
    anchors = mapping.anchors_tensor_index
    if options.tensor_mapping is not None and anchors is None:
        anchors = 0  # MediaPipe looks there without being told
    elif anchors is None:
        anchors = 2
    return Parts(
        0 if boxes is None else boxes,
        1 if scores is None else scores,
        anchors if count == RAW[1] else None,
    )


class RawOutputs(NamedTuple):
    """The outputs of a raw model that come to a decoder.

    Attributes:
        rows, columns: N and C of the box tensor [1, N, C] or [1, 1, N, C].
        classes: K of the score tensor.
    """

    decoder: Decoder
    tensors: Tensors
    boxes: Shape
    scores: Shape

    @property
    def rows(self) -> int:
        return self.boxes[-2]

    @property
    def columns(self) -> int:
        return self.boxes[-1]

    @property
    def classes(self) -> int:
        return self.scores[-1]

    @property
    def is_plausible(self) -> bool:
        """Whether boxes and scores have the shapes that such tensors have, and as many rows."""
        return _is_table(self.boxes) and _is_table(self.scores) and self.rows == self.scores[-2]


def raw_outputs(subject: Subject) -> Iterator[RawOutputs]:
    """The known outputs of two or three tensors, with the decoders that they come to."""
    for decoder in decoders(subject):
        for tensors in decoder.tensors:
            shapes = tensors.shapes
            if len(shapes) not in RAW:
                continue
            parts = parts_of(decoder.options, len(shapes))
            if not {parts.boxes, parts.scores} <= set(range(len(shapes))):  # another rule tells
                continue
            boxes, scores = shapes[parts.boxes], shapes[parts.scores]
            if boxes is not None and scores is not None:
                yield RawOutputs(decoder, tensors, boxes, scores)


def is_swapped(found: RawOutputs) -> bool:
    """Whether the tensor taken for the boxes has the columns of the scores, and the other way."""
    options = found.decoder.options
    if not found.is_plausible or options.num_coords == options.num_classes:
        return False
    return (found.columns, found.classes) == (options.num_classes, options.num_coords)


@rule(
    "model-outputs-miscounted",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="The decoder takes two tensors (boxes, scores), three (and anchors) or four (boxes, "
    "classes, scores, number), and the model has another number of outputs.",
    cure="Join the outputs in the model (all boxes in one tensor, all scores in another), or put "
    "out no others.",
    before='model_path: "six_heads.tflite"',
    after='model_path: "two_outputs.tflite"',
    says=("(input_tensors.size())==(4)",),
    calculator="TensorsToDetectionsCalculator",
)
def outputs_are_two_three_or_four(subject: Subject) -> Iterator[Finding]:
    """Any other number is refused."""
    for decoder in decoders(subject):
        for tensors in decoder.tensors:
            count = len(tensors.outputs)
            if count not in (*RAW, POSTPROCESSED):
                value, place = f"{count} outputs of {tensors.model}", "input_stream[0]"
                expected = "2 (boxes, scores), 3 (and anchors) or 4 (a model that decodes itself)"
                yield Finding(decoder.station.node, "TENSORS", value, expected, place=place)


@rule(
    "model-outputs-swapped",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe takes the scores for the boxes, and ends the graph at the first image.",
    cause="The model puts out scores before boxes.",
    cure="Name the order in `tensor_mapping`.",
    before="num_coords: 4 num_classes: 90",
    after="num_coords: 4 num_classes: 90\n"
    "tensor_mapping { detections_tensor_index: 1 scores_tensor_index: 0 }",
    says=("(raw_box_tensor->shape().dims[2])==(num_coords_)",),
    calculator="TensorsToDetectionsCalculator",
)
def outputs_are_in_order(subject: Subject) -> Iterator[Finding]:
    """Boxes come first, unless the mapping says otherwise."""
    for found in raw_outputs(subject):
        parts = parts_of(found.decoder.options, len(found.tensors.outputs))
        if is_swapped(found):
            expected = f"boxes in output {parts.scores} and scores in output {parts.boxes} of "
            replace = _mapped(found.decoder, parts.scores, parts.boxes, parts.anchors)
            value = None if found.decoder.options.tensor_mapping is None else "the other order"
            yield Finding(
                found.decoder.station.node,
                "tensor_mapping",
                value,
                expected + found.tensors.model,
                replace=replace,
            )


def _mapped(
    decoder: Decoder, boxes: int, scores: int, anchors: int | None
) -> tuple[Replacement, ...]:
    parts = {"detections": boxes, "scores": scores}
    if anchors is not None:
        parts["anchors"] = anchors
    if decoder.options.tensor_mapping is None and anchors is None and len(parts) > 2:
        return ()
    return tuple(
        Replacement(f"tensor_mapping.{part}_tensor_index", index) for part, index in parts.items()
    )


@rule(
    "num-boxes-not-rows",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="`num_boxes` is not the number of rows of the model's boxes, or is left out.",
    cure="Write the number of rows; mediapipe-anchors inspect tells it.",
    before="num_boxes: 900",
    after="num_boxes: 896",
    says=("(raw_box_tensor->shape().dims[1])==(num_boxes_)", "Please set num_boxes"),
    calculator="TensorsToDetectionsCalculator",
)
def boxes_are_rows(subject: Subject) -> Iterator[Finding]:
    """`num_boxes` counts the rows of a raw model."""
    for found in raw_outputs(subject):
        value = found.decoder.options.num_boxes
        if found.is_plausible and not is_swapped(found) and value != found.rows:
            yield _unequal(found, "num_boxes", value, found.rows, "rows of the boxes")


@rule(
    "num-coords-not-columns",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="`num_coords` is not the number of columns of the model's boxes.",
    cure="Write the number of columns, which is `4 + 2 * num_keypoints`.",
    before="num_coords: 4 num_keypoints: 0",
    after="num_coords: 16 num_keypoints: 6 keypoint_coord_offset: 4",
    says=("(raw_box_tensor->shape().dims[2])==(num_coords_)",),
    calculator="TensorsToDetectionsCalculator",
)
def coords_are_columns(subject: Subject) -> Iterator[Finding]:
    """`num_coords` counts the columns of the boxes."""
    for found in raw_outputs(subject):
        value = found.decoder.options.num_coords
        if value is None or is_swapped(found) or not found.is_plausible or value == found.columns:
            continue
        finding = _unequal(found, "num_coords", value, found.columns, "columns of the boxes")
        keypoints, rest = divmod(found.columns - 4, 2)
        if rest or keypoints < 0:  # no layout that MediaPipe can read
            yield Finding(finding.node, finding.field, value, finding.expected)
            continue
        more = [Replacement("num_keypoints", keypoints)]
        if found.decoder.options.keypoint_coord_offset == 0 and keypoints:
            more.append(Replacement("keypoint_coord_offset", 4))
        replace = (*finding.replace, *more)
        yield Finding(finding.node, finding.field, value, finding.expected, replace=replace)


@rule(
    "num-classes-not-columns",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="`num_classes` is not the number of columns of the model's scores; the background "
    "counts.",
    cure="Write the number of columns.",
    before="num_classes: 90",
    after="num_classes: 91",
    says=("(raw_score_tensor->shape().dims[2])==(num_classes_)",),
    calculator="TensorsToDetectionsCalculator",
)
def classes_are_columns(subject: Subject) -> Iterator[Finding]:
    """`num_classes` counts the columns of the scores."""
    for found in raw_outputs(subject):
        value = found.decoder.options.num_classes
        if value is None or is_swapped(found) or not found.is_plausible or value == found.classes:
            continue
        yield _unequal(found, "num_classes", value, found.classes, "columns of the scores")


@rule(
    "model-rows-differ",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="The tensors are not boxes [1, N, C] and scores [1, N, K] of as many rows and one image.",
    cure="Reshape the outputs in the model, or name their order in `tensor_mapping`.",
    before="boxes [1, 8, 8, 24]",
    after="boxes [1, 384, 4]",
    says=(
        "The dimensions of box Tensor must be 3 or 4.",
        "(raw_box_tensor->shape().dims[1])==(1)",
        "(raw_box_tensor->shape().dims[0])==(1)",
    ),
    calculator="TensorsToDetectionsCalculator",
)
def outputs_are_tables(subject: Subject) -> Iterator[Finding]:
    """Boxes and scores are tables of as many rows."""
    for found in raw_outputs(subject):
        if found.is_plausible:
            continue
        value = f"boxes {list(found.boxes)} and scores {list(found.scores)} of "
        expected = "[1, N, num_coords] and [1, N, num_classes]"
        node = found.decoder.station.node
        place = "input_stream[0]"
        yield Finding(node, "TENSORS", value + found.tensors.model, expected, place=place)


def _unequal(found: RawOutputs, field: str, value: int, wanted: int, what: str) -> Finding:
    expected = f"{wanted}, the {what} of {found.tensors.model}"
    replace = (Replacement(field, wanted),)
    return Finding(found.decoder.station.node, field, value, expected, replace=replace)


def _is_table(shape: Shape) -> bool:
    return len(shape) in (3, 4) and set(shape[:-2]) == {1}


MODEL_OUTPUT_RULES: tuple[Rule, ...] = (
    outputs_are_two_three_or_four,
    outputs_are_in_order,
    boxes_are_rows,
    coords_are_columns,
    classes_are_columns,
    outputs_are_tables,
)
