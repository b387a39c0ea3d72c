"""Rules for the way from the image to the tensor, and of the boxes back."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules.detection_flow import TRANSFORMS_BOXES
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity, rule
from mediapipe_anchors.graph.rules.letterbox import (
    LETTERBOX_REMOVAL,
    MAPPING_INPUTS,
    PADDING,
    PROJECTION,
    TO_TENSOR,
    TRANSFORMATION,
    keeps_aspect_ratio,
    mapped_from,
    tensor_makers,
)
from mediapipe_anchors.graph.rules.subject import Subject

RANGES = ("output_tensor_float_range", "output_tensor_int_range", "output_tensor_uint_range")


@rule(
    "tensor-range-unset",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe refuses the graph when it starts.",
    cause="ImageToTensorCalculator has no default range.",
    cure="Write what pixel values 0 and 255 become: -1 and 1, or 0 and 1, as the model was "
    "trained; `output_tensor_uint_range { min: 0 max: 255 }` for a model of uint8.",
    before="output_tensor_width: 128 output_tensor_height: 128",
    after="output_tensor_width: 128 output_tensor_height: 128\n"
    "output_tensor_float_range { min: -1 max: 1 }",
    says=("Output tensor range is required.",),
    calculator="ImageToTensorCalculator",
)
def tensors_have_ranges(subject: Subject) -> Iterator[Finding]:
    """One of three kinds of range is required."""
    for node in _nodes(subject, TO_TENSOR):
        message = node.message(f"mediapipe.{TO_TENSOR}Options")
        if message is None or not any(message.HasField(name) for name in RANGES):
            expected = "a range, or output_tensor_int_range or output_tensor_uint_range instead"
            yield Finding(node, RANGES[0], None, expected)


@rule(
    "border-unset",
    Severity.INFO,
    Ending.MISLEADS,
    effect="The margins of the letterbox repeat the pixels at the edge of the image; MediaPipe's "
    "own detectors have black ones.",
    cause="`border_mode` is not set, and stands for BORDER_REPLICATE.",
    cure="Write `border_mode: BORDER_ZERO` for a model trained with black margins.",
    before="keep_aspect_ratio: true",
    after="keep_aspect_ratio: true border_mode: BORDER_ZERO",
    calculator="ImageToTensorCalculator",
)
def borders_are_chosen(subject: Subject) -> Iterator[Finding]:
    """An unspecified border is replicated."""
    for node in _nodes(subject, TO_TENSOR):
        message = node.message(f"mediapipe.{TO_TENSOR}Options")
        if message is not None and message.keep_aspect_ratio and not message.border_mode:
            yield Finding(node, "border_mode", None, "BORDER_ZERO or BORDER_REPLICATE")


@rule(
    "letterbox-not-removed",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Boxes stay fractions of the letterboxed tensor: on images that are not of the "
    "tensor's shape they lie beside the objects.",
    cause="The image is fitted into the tensor with margins, and nothing leads back.",
    cure="Send the detections through DetectionProjectionCalculator with the MATRIX of "
    "ImageToTensorCalculator, or stretch the image if the model was trained so.",
    before="keep_aspect_ratio: true",
    after="keep_aspect_ratio: true\n# and behind the suppression\n"
    'calculator: "DetectionProjectionCalculator"\ninput_stream: "PROJECTION_MATRIX:matrix"',
    calculator="ImageToTensorCalculator",
)
def letterboxes_are_removed(subject: Subject) -> Iterator[Finding]:
    """A letterboxed tensor has to say so, by its padding or its matrix, and somebody to listen."""
    for maker, decoders in tensor_makers(subject).items():
        if not keeps_aspect_ratio(maker.node) or not decoders:
            continue
        told = [entry.name for entry in maker.outputs if entry.tag in PADDING]
        read = {e.name for station in subject.wiring.stations for e in station.inputs}
        handed_out = {entry.rpartition(":")[2] for entry in subject.graph.output_streams}
        if not any(name in read | handed_out for name in told):
            field = "keep_aspect_ratio"
            if maker.node.calculator == TRANSFORMATION:
                field = "scale_mode"
            expected = f"{' or '.join(PADDING)} to be used, to map boxes back to the image"
            yield Finding(maker.node, field, _fitted(field), expected)


@rule(
    "letterbox-removed-twice",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Boxes are moved and stretched twice, and lie beside the objects.",
    cause="Detections go through two of DetectionLetterboxRemovalCalculator and "
    "DetectionProjectionCalculator for one tensor.",
    cure="Take one of them out.",
    before='calculator: "DetectionLetterboxRemovalCalculator"\n# and behind it\n'
    'calculator: "DetectionProjectionCalculator"',
    after='calculator: "DetectionProjectionCalculator"',
    calculator="DetectionProjectionCalculator",
)
def letterboxes_are_removed_once(subject: Subject) -> Iterator[Finding]:
    """Either calculator undoes the letterbox by itself."""
    mappers = (LETTERBOX_REMOVAL, PROJECTION)
    for station in subject.wiring.stations:
        own = mapped_from(subject, station.node)
        if own is None:
            continue
        for entry in station.inputs_of("DETECTIONS"):
            for arrival in subject.wiring.sources(entry.name):
                before = arrival.station
                if before is None or before.node is station.node:
                    continue
                if before.node.calculator in mappers and mapped_from(subject, before.node) == own:
                    line = "" if before.node.line is None else f" in line {before.node.line}"
                    expected = f"none behind the {before.node.calculator}{line}"
                    yield Finding(station.node, "calculator", station.node.calculator, expected)


@rule(
    "matrix-of-another-tensor",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Boxes are mapped back as if they had been found in another tensor.",
    cause="The matrix or padding comes from another ImageToTensorCalculator than the model's "
    "input.",
    cure="Connect that of the tensor in which the boxes were found.",
    before='input_stream: "PROJECTION_MATRIX:other_matrix"',
    after='input_stream: "PROJECTION_MATRIX:matrix"',
    calculator="DetectionProjectionCalculator",
)
def matrices_are_of_the_tensor(subject: Subject) -> Iterator[Finding]:
    """Boxes are mapped back by the node that made the tensor they were found in."""
    makers = tensor_makers(subject)
    for station in subject.wiring.stations:
        own = mapped_from(subject, station.node)
        if own is None:
            continue
        stop = (LETTERBOX_REMOVAL, PROJECTION)
        found = {
            arrival.station.node
            for entry in station.inputs_of("DETECTIONS")
            for arrival in subject.wiring.sources(entry.name, stop=stop)
            if arrival.station is not None
        }
        origins = {m.node for m, decoders in makers.items() if found & set(decoders)}
        if origins and own not in origins:
            tag = MAPPING_INPUTS[station.node.calculator]
            entry = station.inputs_of(tag)[0]
            expected = "that of the tensor in which the boxes were found"
            place = f"input_stream[{station.inputs.index(entry)}]"
            name = f"{tag}:{entry.name}"
            yield Finding(station.node, "input_stream", name, expected, place=place)


@rule(
    "mapped-boxes-in-pixels",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first detection; DetectionLetterboxRemovalCalculator "
    "goes on, with boxes of zeros.",
    cause="DetectionTransformationCalculator has made pixels of the boxes before.",
    cure="Move it behind.",
    before='input_stream: "DETECTIONS:pixel_detections"',
    after='input_stream: "DETECTIONS:detections"',
    says=("location_data->format())==(LocationData::RELATIVE_BOUNDING_BOX)",),
    calculator="DetectionProjectionCalculator",
)
def mapped_boxes_are_relative(subject: Subject) -> Iterator[Finding]:
    """Boxes are mapped back as fractions."""
    for node in _nodes(subject, PROJECTION, LETTERBOX_REMOVAL):
        station = next(s for s in subject.wiring.stations if s.node is node)
        for entry in station.inputs_of("DETECTIONS"):
            sources = subject.wiring.sources(entry.name, stop=(TRANSFORMS_BOXES,))
            if any(a.calculator == TRANSFORMS_BOXES and "PIXEL" in a.tag for a in sources):
                place = f"input_stream[{station.inputs.index(entry)}]"
                expected, fix = "detections with relative boxes", f"move {TRANSFORMS_BOXES} behind"
                value = f"DETECTIONS:{entry.name}"
                yield Finding(node, "input_stream", value, expected, fix, place=place)


@rule(
    "pixel-boxes-clamped",
    Severity.INFO,
    Ending.MISLEADS,
    effect="Each corner and side is cut off to a whole number and clamped to the image by itself: "
    "a box that begins left of the image keeps its width, and ends too far right.",
    cause="DetectionTransformationCalculator does not move the other edge.",
    cure="Clip relative boxes before, or turn them into pixels yourself.",
    before='output_stream: "PIXEL_DETECTIONS:pixels"',
    after='output_stream: "DETECTIONS:detections"',
    calculator="DetectionTransformationCalculator",
)
def pixel_boxes_are_known_to_be_clamped(subject: Subject) -> Iterator[Finding]:
    """What becomes of boxes that leave the image."""
    for node in _nodes(subject, TRANSFORMS_BOXES):
        for index, entry in enumerate(node.output_streams):
            if entry.startswith("PIXEL_"):
                expected = "boxes that leave the image to keep their size"
                place = f"output_stream[{index}]"
                yield Finding(node, "output_stream", entry, expected, place=place)


def _nodes(subject: Subject, *calculators: str) -> Iterator[Node]:
    """The nodes of some calculators whose options are all there."""
    for node in subject.graph.nodes:
        if node.calculator in calculators and not node.option_values:
            yield node


def _fitted(field: str) -> object:
    return True if field == "keep_aspect_ratio" else "FIT"


IMAGE_RULES: tuple[Rule, ...] = (
    tensors_have_ranges,
    borders_are_chosen,
    letterboxes_are_removed,
    letterboxes_are_removed_once,
    matrices_are_of_the_tensor,
    mapped_boxes_are_relative,
    pixel_boxes_are_known_to_be_clamped,
)
