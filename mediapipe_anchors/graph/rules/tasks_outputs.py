"""Rules for what a model states of its ends, as MediaPipe Tasks ObjectDetector wants it."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity, rule
from mediapipe_anchors.graph.rules.model_input import image_input
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.tasks_metadata import detectors, models_for_tasks
from mediapipe_anchors.tflite.metadata import BOUNDARIES, RATIO

OUTPUT_TYPES = ({"float32"}, {"uint8"})


@rule(
    "tasks-output-types",
    Severity.ERROR,
    Ending.REFUSES,
    effect="ObjectDetector of MediaPipe Tasks refuses the model.",
    cause="Its outputs are of another type than float32 or uint8, or of both.",
    cure="Convert the model with float32 outputs, or with uint8 for all of them.",
    before="# outputs of int8",
    after="# outputs of float32",
    calculator="InferenceCalculator",
    says=(
        "to have type UINT8 or FLOAT32, found",
        "Expected either all or none of the output tensors to be quantized",
    ),
)
def tasks_takes_the_types(subject: Subject) -> Iterator[Finding]:
    """All outputs float32, or all uint8."""
    for model in models_for_tasks(subject):
        kinds = [tensor.dtype for tensor in model.network.outputs]
        if set(kinds) not in OUTPUT_TYPES:
            yield model.finding("outputs", ", ".join(kinds), "all float32, or all uint8")


@rule(
    "tasks-outputs-undescribed",
    Severity.ERROR,
    Ending.REFUSES,
    effect="ObjectDetector of MediaPipe Tasks refuses the model.",
    cause="The metadata describe another number of outputs than there are.",
    cure="Write them anew, with `mediapipe-anchors embed`.",
    before="# output_tensor_metadata: 1 entry",
    after="# output_tensor_metadata: 2 entries",
    calculator="InferenceCalculator",
    says=("Mismatch between number of output tensors (",),
)
def tasks_outputs_are_described(subject: Subject) -> Iterator[Finding]:
    """An entry an output."""
    for model in models_for_tasks(subject):
        described, count = len(model.metadata.outputs), len(model.network.outputs)
        if described != count:
            yield model.finding("output_tensor_metadata", described, f"{count}, one an output")


@rule(
    "tasks-box-properties",
    Severity.ERROR,
    Ending.REFUSES,
    effect="ObjectDetector of MediaPipe Tasks refuses the model.",
    cause="The metadata of the boxes do not say that they are BOUNDARIES in RATIO, which is what "
    "Tasks asks for, of raw boxes too.",
    cure="Write them anew, with `mediapipe-anchors embed`.",
    before="# content of the location: FeatureProperties",
    after="# content of the location: BoundingBoxProperties, BOUNDARIES, RATIO",
    calculator="InferenceCalculator",
    says=(
        "Expected BoundingBoxProperties for tensor",
        "Mobile SSD only supports BoundingBoxType BOUNDARIES",
        "Mobile SSD only supports CoordinateType RATIO",
    ),
)
def tasks_boxes_have_properties(subject: Subject) -> Iterator[Finding]:
    """Properties that Tasks asks for."""
    for model in models_for_tasks(subject):
        if len(model.metadata.outputs) != len(model.network.outputs):
            continue
        location = model.metadata.outputs[model.place("location")]
        kinds = [location.properties.get(name, 0) for name in ("type", "coordinate_type")]
        is_box = location.content == "BoundingBoxProperties"
        if not is_box or kinds != [BOUNDARIES, RATIO]:
            value = f"type {kinds[0]}, coordinate_type {kinds[1]}" if is_box else location.content
            expected = f"BoundingBoxProperties of type {BOUNDARIES}, coordinate_type {RATIO}"
            yield model.finding("output_tensor_metadata.content", value, expected)


@rule(
    "tasks-normalization-missing",
    Severity.ERROR,
    Ending.REFUSES,
    effect="ObjectDetector of MediaPipe Tasks refuses the model.",
    cause="The input is float32, and the metadata do not say what mean and std its values have.",
    cure="Write them, with `mediapipe-anchors embed --mean 127.5 --std 127.5` for -1 to 1.",
    before="# input_tensor_metadata without NormalizationOptions",
    after="# NormalizationOptions: mean 127.5, std 127.5",
    calculator="InferenceCalculator",
    says=("it requires specifying NormalizationOptions metadata to preprocess input images.",),
)
def tasks_knows_the_range(subject: Subject) -> Iterator[Finding]:
    """Mean and std of a float32 input."""
    for model in models_for_tasks(subject):
        image = image_input(model.network)
        stated = model.metadata.inputs[0] if model.metadata.inputs else None
        if image is not None and image.dtype == "float32" and not (stated and stated.mean):
            expected = "mean and std, since the input is float32"
            yield model.finding("input_tensor_metadata.process_units", None, expected)


@rule(
    "tasks-labels-miscounted",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="ObjectDetector of MediaPipe Tasks gives classes no names, or those of others.",
    cause="The labels behind the model are not as many as its classes.",
    cure="Write one a line, that of class 0 first, with `mediapipe-anchors embed --labels`.",
    before="# num_classes: 90, 89 labels",
    after="# num_classes: 90, 90 labels",
    calculator="InferenceCalculator",
)
def tasks_labels_match(subject: Subject) -> Iterator[Finding]:
    """A label a class, where there are labels at all."""
    for model, detector in detectors(subject):
        if len(model.metadata.outputs) != len(model.network.outputs):
            continue
        labels = model.metadata.outputs[model.place("score")].labels
        if labels is not None and len(labels) != detector.decode.num_classes:
            expected = f"{detector.decode.num_classes}, its num_classes"
            yield model.finding("labels", len(labels), expected)


TASKS_OUTPUT_RULES: tuple[Rule, ...] = (
    tasks_takes_the_types,
    tasks_outputs_are_described,
    tasks_boxes_have_properties,
    tasks_knows_the_range,
    tasks_labels_match,
)
