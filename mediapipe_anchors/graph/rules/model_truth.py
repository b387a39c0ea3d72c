"""Rules for a graph against how its model was trained, as metadata or a published file tell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import count_anchors, generate_anchors
from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.graph.rules.anchor_count import anchors_before
from mediapipe_anchors.graph.rules.decoders import Decoder, decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.letterbox import TO_TENSOR
from mediapipe_anchors.graph.rules.model_input import Fed, fed_models
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import (
    BoxFormat,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.tflite import Model
from mediapipe_anchors.tflite.detector_metadata import DETECTOR, read_detector_metadata
from mediapipe_anchors.tflite.metadata import Metadata, read_metadata

SAME_ANCHORS = 1e-4  # fractions of the input
SAME_RANGE = 0.02  # of its width: 127 and 127.5 are both in use
COMPARED = (
    "x_scale",
    "y_scale",
    "w_scale",
    "h_scale",
    "apply_exponential_on_box_size",
    "sigmoid_score",
    "keypoint_coord_offset",
)


class Truth(NamedTuple):
    """What is to be done with a model.

    Attributes:
        source: where it is told.
        anchors: float32 [N, 4].
        decode: how its outputs read.
        float_range: what pixels 0 and 255 are to become; None where that is not told.
    """

    source: str
    anchors: npt.NDArray[np.float32]
    decode: TensorsToDetectionsOptions
    float_range: tuple[float, float] | None = None


def metadata_of(network: Model) -> Metadata | None:
    """A model's metadata; None where there is none, or a damaged one."""
    try:
        return read_metadata(network)
    except MediaPipeAnchorsError:
        return None


def truths_of(network: Model) -> list[Truth]:
    """Its metadata, or else each of the presets that a published file goes with."""
    metadata = metadata_of(network)
    if metadata is not None and DETECTOR in metadata.custom:
        try:
            detector = read_detector_metadata(metadata.custom[DETECTOR])
            anchors = generate_anchors(detector.anchors)
        except MediaPipeAnchorsError:  # another rule tells
            return []
        return [Truth(DETECTOR, anchors, detector.decode)]
    return list(_published(network))


def _published(network: Model) -> Iterator[Truth]:
    from mediapipe_anchors.inspection.known import DETECTORS
    from mediapipe_anchors.presets import preset

    known = DETECTORS.get(hashlib.sha256(network.file.data).hexdigest())
    for name in () if known is None else known.presets:
        found = preset(name)
        if found.anchors is not None:
            anchors = generate_anchors(found.anchors)
            yield Truth(f"preset {name}", anchors, found.decode, found.input.float_range)


def _truths(subject: Subject) -> dict[Model, list[Truth]]:
    networks = {subject.network(node): None for node in subject.graph.nodes}
    return {network: truths_of(network) for network in networks if network is not None}


def _compared(subject: Subject) -> Iterator[tuple[Decoder, list[Truth]]]:
    """The decoders of raw tensors whose model is told how to be decoded."""
    truths = subject.once(_truths)
    for decoder in decoders(subject):
        for tensors in decoder.tensors if decoder.is_raw else ():
            if truths[tensors.network]:
                yield decoder, truths[tensors.network]


@rule(
    "decoding-not-of-model",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Boxes lie beside the objects, have wrong sizes, or score what they do not.",
    cause="An option is not what the model's metadata says, or what MediaPipe decodes this "
    "published model with.",
    cure="Write the model's own options; `mediapipe-anchors inspect` tells them.",
    before="x_scale: 1 y_scale: 1 w_scale: 1 h_scale: 1",
    after="x_scale: 128 y_scale: 128 w_scale: 128 h_scale: 128",
    calculator="TensorsToDetectionsCalculator",
)
def decoding_is_of_the_model(subject: Subject) -> Iterator[Finding]:
    """The options that no threshold or taste decides."""
    for decoder, truths in _compared(subject):
        differences = [list(_differences(decoder.options, truth.decode)) for truth in truths]
        if not all(differences):
            continue
        least = min(range(len(truths)), key=lambda index: len(differences[index]))
        for name, wanted in differences[least]:
            is_order = name == "box_format"
            value = getattr(decoder.options, name)
            if is_order:
                value, wanted = _order(decoder.options).name, wanted.name
            expected = f"{wanted}, as {truths[least].source} of {decoder.tensors[0].model} has it"
            replace = [Replacement(name, BoxFormat[wanted] if is_order else wanted)]
            if name == "sigmoid_score":  # other rules look at the model itself
                replace = []
            yield Finding(decoder.station.node, name, value, expected, replace=tuple(replace))


@rule(
    "anchors-not-of-model",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Boxes lie beside the objects, or have wrong sizes.",
    cause="The anchors are as many as the model's, but not those that its metadata holds, or that "
    "MediaPipe decodes this published model with.",
    cure="Write the model's own options, or its anchors as `fixed_anchors`; `mediapipe-anchors "
    "inspect` and `generate` tell them.",
    before="anchor_offset_x: 0 anchor_offset_y: 0",
    after="anchor_offset_x: 0.5 anchor_offset_y: 0.5",
    calculator="SsdAnchorsCalculator",
)
def anchors_are_of_the_model(subject: Subject) -> Iterator[Finding]:
    """The anchors one by one; another rule compares their number."""
    for decoder, truths in _compared(subject):
        for node in anchors_before(subject, decoder.station):
            options = subject.options(node)
            if node.option_values or not isinstance(options, SsdAnchorsOptions):
                continue
            try:
                count = count_anchors(options)
            except MediaPipeAnchorsError:
                continue
            alike = [truth for truth in truths if len(truth.anchors) == count]
            if not alike:
                continue
            anchors = generate_anchors(options)
            apart = [float(np.abs(truth.anchors - anchors).max(initial=0)) for truth in alike]
            if apart and not min(apart) <= SAME_ANCHORS:
                value = f"anchors up to {min(apart):.3g} apart"
                expected = f"those of {alike[0].source} of {decoder.tensors[0].model}"
                yield Finding(node, "anchors", value, expected, place="calculator")


@rule(
    "range-not-of-model",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The model sees other values than it was trained on: it finds less, or nothing.",
    cause="The range of the tensor is not what the mean and std in the model's metadata make of 0 "
    "and 255, or what MediaPipe feeds this published model with.",
    cure="Write (0 - mean) / std and (255 - mean) / std.",
    before="output_tensor_float_range { min: 0 max: 1 }",
    after="output_tensor_float_range { min: -1 max: 1 }",
    calculator="ImageToTensorCalculator",
)
def ranges_are_of_the_model(subject: Subject) -> Iterator[Finding]:
    """What pixel values 0 and 255 become."""
    for fed in fed_models(subject):
        made = _range_made(fed)
        wanted = list(_ranges_wanted(subject, fed))
        if made is None or not wanted or any(_is_near(made, each) for _, each in wanted):
            continue
        source, (low, high) = wanted[0]
        field = "output_tensor_float_range"
        expected = f"{low:.6g} to {high:.6g}, as {source} of {fed.model} has it"
        fix = f"write {field} {{ min: {low:.6g} max: {high:.6g} }}"
        value = f"{made[0]:.6g} to {made[1]:.6g}"
        yield Finding(fed.maker.node, field, value, expected, fix)


def _differences(
    options: TensorsToDetectionsOptions, wanted: TensorsToDetectionsOptions
) -> Iterator[tuple[str, Any]]:
    for name in COMPARED:
        if name == "keypoint_coord_offset" and wanted.keypoint_coord_offset < 4:
            continue  # there is no keypoint, or another rule tells
        if getattr(options, name) != getattr(wanted, name):
            yield name, getattr(wanted, name)
    if _order(options) != _order(wanted):
        yield "box_format", _order(wanted)


def _order(options: TensorsToDetectionsOptions) -> BoxFormat:
    """The order in which MediaPipe reads a box."""
    if options.box_format is None:
        return BoxFormat.XYWH if options.reverse_output_order else BoxFormat.YXHW
    return options.box_format or BoxFormat.YXHW  # UNSPECIFIED is 0


def _range_made(fed: Fed) -> tuple[float, float] | None:
    if fed.maker.node.calculator != TO_TENSOR or fed.image.dtype != "float32":
        return None
    if not fed.message.HasField("output_tensor_float_range"):
        return None
    values = fed.message.output_tensor_float_range
    return values.min, values.max


def _ranges_wanted(subject: Subject, fed: Fed) -> Iterator[tuple[str, tuple[float, float]]]:
    metadata = metadata_of(fed.network)
    image = metadata.inputs[0] if metadata is not None and metadata.inputs else None
    if image is not None and image.mean and image.std and 0 not in image.std:
        pairs = set(zip(image.mean, image.std, strict=False))
        if len(pairs) == 1:  # else no range says it
            mean, std = pairs.pop()
            yield "the metadata", (-mean / std, (255 - mean) / std)
        return
    for truth in subject.once(_truths)[fed.network]:
        if truth.float_range is not None:
            yield truth.source, truth.float_range


def _is_near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    width = max(abs(other[1] - other[0]), 1e-6)
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= SAME_RANGE * width


MODEL_TRUTH_RULES: tuple[Rule, ...] = (
    decoding_is_of_the_model,
    anchors_are_of_the_model,
    ranges_are_of_the_model,
)
