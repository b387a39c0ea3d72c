"""Rules for the anchors and options that a decoder needs for a model of so many outputs."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph.rules.decoders import Decoder, decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.model_outputs import parts_of
from mediapipe_anchors.graph.rules.model_tensors import Shape, Tensors
from mediapipe_anchors.graph.rules.nodes import changed_fields
from mediapipe_anchors.graph.rules.subject import Subject

WITH_ANCHORS = 3  # the number of tensors of a raw model that brings its anchors
RAW_ONLY = (
    "num_boxes",
    "x_scale",
    "y_scale",
    "w_scale",
    "h_scale",
    "box_coord_offset",
    "apply_exponential_on_box_size",
    "reverse_output_order",
    "box_format",
    "sigmoid_score",
    "score_clipping_thresh",
)


@rule(
    "anchors-missing",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="The model has two outputs, and the decoder gets no side packet of anchors.",
    cure='Add a SsdAnchorsCalculator, and `input_side_packet: "ANCHORS:anchors"` to the decoder.',
    before='input_stream: "TENSORS:tensors"',
    after='input_stream: "TENSORS:tensors" input_side_packet: "ANCHORS:anchors"',
    says=("No anchor data available.",),
    calculator="TensorsToDetectionsCalculator",
)
def anchors_are_connected(subject: Subject) -> Iterator[Finding]:
    """Boxes and scores alone need anchors from outside."""
    for decoder in decoders(subject):
        if 2 in decoder.counts and not decoder.has_anchors:
            value = decoder.station.node.input_side_packets
            expected = '"ANCHORS:...", since the model has two outputs'
            yield Finding(decoder.station.node, "input_side_packet", value, expected)


@rule(
    "anchors-from-model",
    Severity.INFO,
    Ending.MISLEADS,
    effect="The model has to put out its anchors as a third tensor; with two outputs MediaPipe "
    "ends the graph.",
    cause="The decoder gets no side packet of anchors, and the model is not at hand.",
    cure="Nothing to do for a model with three outputs; else add a SsdAnchorsCalculator.",
    before='input_stream: "TENSORS:tensors"',
    after='input_stream: "TENSORS:tensors" input_side_packet: "ANCHORS:anchors"',
    says=("No anchor data available.",),
    calculator="TensorsToDetectionsCalculator",
)
def anchors_may_come_from_the_model(subject: Subject) -> Iterator[Finding]:
    """A decoder without anchors, of whose model nothing is known."""
    for decoder in decoders(subject):
        if not decoder.counts and decoder.is_raw and not decoder.has_anchors:
            value = decoder.station.node.input_side_packets
            expected = '"ANCHORS:...", unless the model puts out its anchors'
            yield Finding(decoder.station.node, "input_side_packet", value, expected)


@rule(
    "anchors-unused",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe passes over the side packet: the model brings its anchors, or has used them.",
    cause="The model has three or four outputs.",
    cure="Take out the side packet, and the node that makes it.",
    before='input_side_packet: "ANCHORS:anchors"',
    after='input_stream: "TENSORS:tensors"',
    calculator="TensorsToDetectionsCalculator",
)
def anchors_are_needed(subject: Subject) -> Iterator[Finding]:
    """Only two tensors go with a side packet of anchors."""
    for decoder in decoders(subject):
        least = min(decoder.counts, default=0)
        if decoder.has_anchors and least > 2:
            value = decoder.station.node.input_side_packets
            expected = f"none for a model of {least} outputs"
            yield Finding(decoder.station.node, "input_side_packet", value, expected)


@rule(
    "num-boxes-unset",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="`num_boxes` has no default, and a model of two or three outputs needs it.",
    cure="Write the number of rows of the model's boxes; mediapipe-anchors inspect tells it.",
    before="num_classes: 1 num_coords: 16 num_keypoints: 6",
    after="num_classes: 1 num_coords: 16 num_keypoints: 6\nnum_boxes: 896",
    says=("Please set num_boxes in calculator options",),
    calculator="TensorsToDetectionsCalculator",
)
def boxes_are_counted(subject: Subject) -> Iterator[Finding]:
    """Of a model that is at hand, the rule on its rows tells."""
    for decoder in decoders(subject):
        if decoder.is_raw and decoder.options.num_boxes <= 0 and not decoder.tensors:
            value = decoder.options.num_boxes
            expected = "the number of rows of the model's boxes"
            yield Finding(decoder.station.node, "num_boxes", value, expected)


@rule(
    "box-boundaries-of-raw-boxes",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="`box_boundaries_indices` are for models of four outputs, which decode their boxes.",
    cure="Take them out; `box_format` tells the order of raw boxes.",
    before="box_boundaries_indices { ymin: 1 xmin: 0 ymax: 3 xmax: 2 }",
    after="box_format: XYWH",
    says=("!has_custom_box_indices_",),
    calculator="TensorsToDetectionsCalculator",
)
def boundaries_are_of_decoded_boxes(subject: Subject) -> Iterator[Finding]:
    """Raw boxes have no boundaries."""
    for decoder in decoders(subject):
        if decoder.is_raw and decoder.options.box_boundaries_indices is not None:
            node, field = decoder.station.node, "box_boundaries_indices"
            replace = (Replacement(field, None),)
            yield Finding(node, field, "set", "to be unset for raw boxes", replace=replace)


@rule(
    "anchors-tensor-misplaced",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe takes another tensor for the anchors, and ends the graph at the first image.",
    cause="Of three outputs the third is taken for the anchors; with a `tensor_mapping` that does "
    "not name them, the first is.",
    cure="Name all three in `tensor_mapping`.",
    before="tensor_mapping { detections_tensor_index: 0 scores_tensor_index: 1 }",
    after="tensor_mapping {\n"
    "  detections_tensor_index: 0 scores_tensor_index: 1 anchors_tensor_index: 2\n}",
    says=(
        "(anchor_tensor->shape().dims.size())==(2)",
        "of box Tensor must be 3 or 4.",
    ),
    calculator="TensorsToDetectionsCalculator",
)
def anchors_are_in_place(subject: Subject) -> Iterator[Finding]:
    """Anchors are the one tensor of two dimensions, [N, 4]."""
    for decoder, tensors in _known(subject, WITH_ANCHORS):
        shapes = tensors.shapes
        index = parts_of(decoder.options, WITH_ANCHORS).anchors
        tables = [i for i, shape in enumerate(shapes) if shape is not None and _is_anchors(shape)]
        if None in shapes or index not in range(len(shapes)) or index in tables:
            continue
        replace = _with_anchors(shapes, tables, decoder)
        field, node = "tensor_mapping.anchors_tensor_index", decoder.station.node
        where = f"{tables[0]}, " if len(tables) == 1 else ""
        expected = f"{where}the index of the anchors [N, 4] of {tensors.model}"
        yield Finding(node, field, index, expected, place="tensor_mapping", replace=replace)


@rule(
    "postprocessed-options-unused",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe passes over these options: the model has decoded its boxes and scores.",
    cause="The model has four outputs, those of TFLite_Detection_PostProcess.",
    cure="Take the options out.",
    before="num_classes: 91 num_coords: 4 sigmoid_score: true",
    after="num_classes: 91 num_coords: 4",
    calculator="TensorsToDetectionsCalculator",
)
def postprocessed_need_little(subject: Subject) -> Iterator[Finding]:
    """What is for raw tensors does not count for decoded ones."""
    for decoder in decoders(subject):
        for name in changed_fields(decoder.options, RAW_ONLY) if decoder.is_postprocessed else ():
            value, expected = getattr(decoder.options, name), "to be unset for four outputs"
            yield Finding(decoder.station.node, name, value, expected)


def _known(subject: Subject, count: int) -> Iterator[tuple[Decoder, Tensors]]:
    for decoder in decoders(subject):
        for tensors in decoder.tensors:
            if len(tensors.outputs) == count:
                yield decoder, tensors


def _is_anchors(shape: Shape) -> bool:
    return len(shape) == 2 and shape[1] == 4


def _with_anchors(
    shapes: list[Shape | None], tables: list[int], decoder: Decoder
) -> tuple[Replacement, ...]:
    """The mapping of three tensors, if the columns of the others tell them apart."""
    options = decoder.options
    rest = [(i, shape[-1]) for i, shape in enumerate(shapes) if i not in tables and shape]
    boxes = [i for i, columns in rest if columns == options.num_coords]
    scores = [i for i, columns in rest if columns == options.num_classes]
    if len(tables) != 1 or len(boxes) != 1 or len(scores) != 1 or boxes == scores:
        return ()
    parts = {"detections": boxes[0], "scores": scores[0], "anchors": tables[0]}
    return tuple(Replacement(f"tensor_mapping.{part}_tensor_index", i) for part, i in parts.items())


MODEL_PART_RULES: tuple[Rule, ...] = (
    anchors_are_connected,
    anchors_may_come_from_the_model,
    anchors_are_needed,
    boxes_are_counted,
    boundaries_are_of_decoded_boxes,
    anchors_are_in_place,
    postprocessed_need_little,
)
