"""Rules for a model, given beside a graph, that MediaPipe Tasks ObjectDetector is to run as well.

They look at the model alone, and only where it has metadata for that task.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import MediaPipeAnchorsError, OptionsError
from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity, rule
from mediapipe_anchors.graph.rules.model_truth import metadata_of
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import TensorsToDetectionsOptions
from mediapipe_anchors.tflite import Model
from mediapipe_anchors.tflite.detector_metadata import (
    DETECTOR,
    DetectorMetadata,
    read_detector_metadata,
)
from mediapipe_anchors.tflite.metadata import Metadata

TWO_NAMES = ("location", "score")
FOUR_NAMES = ("location", "category", "score", "number of detections")
COUNTS = ("num_boxes", "num_coords", "num_classes")


class ForTasks(NamedTuple):
    """A model that is given, with metadata for ObjectDetector; `node` runs it in the graph."""

    node: Node
    network: Model
    metadata: Metadata

    @property
    def names(self) -> tuple[str, ...]:
        """The names that Tasks looks for among the outputs."""
        return TWO_NAMES if len(self.network.outputs) == 2 else FOUR_NAMES

    def place(self, name: str) -> int:
        """Which output Tasks takes for one of them."""
        stated = [output.name for output in self.metadata.outputs]
        matches = sorted(stated) == sorted(self.names)
        return (stated if matches else list(self.names)).index(name)

    def finding(self, field: str, value: object, expected: str, fix: str | None = None) -> Finding:
        """A finding in the model."""
        return Finding(self.node, field, value, expected, fix, place="model_path")


def models_for_tasks(subject: Subject) -> list[ForTasks]:
    """The model given, if ObjectDetector is meant to take it."""
    return subject.once(_models_for_tasks)


def _models_for_tasks(subject: Subject) -> list[ForTasks]:
    for node in subject.graph.nodes if subject.model is not None else ():
        network = subject.network(node)
        if network is None or subject.model_path(node) != subject.model:
            continue
        metadata = metadata_of(network)
        count = len(network.outputs)
        if metadata is not None and (DETECTOR in metadata.custom or count == 4):
            return [ForTasks(node, network, metadata)] if count in (2, 4) else []
    return []


def detectors(subject: Subject) -> Iterator[tuple[ForTasks, DetectorMetadata]]:
    """The model with its detector metadata, where these can be read."""
    for model in models_for_tasks(subject):
        if DETECTOR not in model.metadata.custom:
            continue
        try:
            yield model, read_detector_metadata(model.metadata.custom[DETECTOR])
        except MediaPipeAnchorsError:  # another rule tells
            continue


@rule(
    "tasks-metadata-damaged",
    Severity.ERROR,
    Ending.DIES,
    effect="ObjectDetector of MediaPipe Tasks ends the process: it looks into tables that are not "
    "there.",
    cause="`DETECTOR_METADATA` lacks the anchors or the decoding, or is damaged.",
    cure="Write it anew, with `mediapipe-anchors embed`.",
    before="# DETECTOR_METADATA without tensors_decoding_options",
    after="# DETECTOR_METADATA with anchors and decoding",
    calculator="InferenceCalculator",
)
def tasks_metadata_are_whole(subject: Subject) -> Iterator[Finding]:
    """Tasks takes its tables for granted."""
    for model in models_for_tasks(subject):
        if DETECTOR not in model.metadata.custom:
            continue
        try:
            read_detector_metadata(model.metadata.custom[DETECTOR])
        except MediaPipeAnchorsError as error:
            yield model.finding(DETECTOR, str(error), "anchors and decoding options")


@rule(
    "tasks-decoding-invalid",
    Severity.ERROR,
    Ending.DIES,
    effect="ObjectDetector of MediaPipe Tasks ends the process when it is made.",
    cause="The decoding options in `DETECTOR_METADATA` are ones that TensorsToDetectionsCalculator "
    "dies on. `num_values_per_keypoint` is 0 there unless it is written, and has to be 2.",
    cure="Write them anew, with `mediapipe-anchors embed`.",
    before="# in DETECTOR_METADATA\nnum_values_per_keypoint: 0",
    after="# in DETECTOR_METADATA\nnum_values_per_keypoint: 2",
    calculator="InferenceCalculator",
    says=(
        "Check failed: options_.num_values_per_keypoint() == 2",
        "Check failed: options_.num_keypoints() * options_.num_values_per_keypoint() + "
        "kNumCoordsPerBox == num_coords_",
    ),
)
def tasks_decoding_is_valid(subject: Subject) -> Iterator[Finding]:
    """The options are handed to the calculator as they are."""
    for model, detector in detectors(subject):
        try:
            detector.decode.validate()
        except OptionsError as error:
            expected = error.expected or str(error)
            yield model.finding(f"{DETECTOR}.{error.field}", error.value, expected)


@rule(
    "tasks-too-few-anchors",
    Severity.ERROR,
    Ending.STRAYS,
    effect="ObjectDetector of MediaPipe Tasks reads past the end of the anchors: boxes come from "
    "whatever lies there.",
    cause="`DETECTOR_METADATA` holds fewer anchors than `num_boxes`.",
    cure="Write them anew, with `mediapipe-anchors embed`.",
    before="# in DETECTOR_METADATA\n# 895 anchors\nnum_boxes: 896",
    after="# in DETECTOR_METADATA\n# 896 anchors\nnum_boxes: 896",
    calculator="InferenceCalculator",
)
def tasks_anchors_suffice(subject: Subject) -> Iterator[Finding]:
    """Nobody compares their number."""
    for model, detector in detectors(subject):
        count = count_anchors(detector.anchors)
        if count < detector.decode.num_boxes:
            expected = f"{detector.decode.num_boxes}, its num_boxes"
            yield model.finding(f"{DETECTOR}.anchors", count, expected)


@rule(
    "tasks-decoding-not-of-model",
    Severity.ERROR,
    Ending.REFUSES,
    effect="ObjectDetector of MediaPipe Tasks answers each image with an error.",
    cause="`num_boxes`, `num_coords` or `num_classes` in `DETECTOR_METADATA` are not the rows and "
    "columns of the outputs that the metadata call location and score.",
    cure="Write them anew, with `mediapipe-anchors embed`; where names and outputs are swapped, it "
    "puts them in order.",
    before="# in DETECTOR_METADATA\nnum_boxes: 900",
    after="# in DETECTOR_METADATA\nnum_boxes: 896",
    calculator="InferenceCalculator",
    says=("(raw_box_tensor->shape().dims[", "(raw_score_tensor->shape().dims["),
)
def tasks_decoding_is_of_the_model(subject: Subject) -> Iterator[Finding]:
    """Rows and columns, of the outputs in the order that Tasks takes them to be in."""
    for model, detector in detectors(subject):
        outputs = model.network.outputs
        boxes, scores = (outputs[model.place(name)] for name in TWO_NAMES)
        if min(len(boxes.shape), len(scores.shape)) < 2 or len(outputs) != 2:
            continue
        found = (boxes.shape[-2], boxes.shape[-1], scores.shape[-1])
        for field, wanted in zip(COUNTS, found, strict=True):
            value = getattr(detector.decode, field)
            if value != wanted and wanted > 0:
                what = f"{boxes.name}, which Tasks takes for the boxes"
                if field == "num_classes":
                    what = f"{scores.name}, which Tasks takes for the scores"
                yield model.finding(f"{DETECTOR}.{field}", value, f"{wanted}, as {what}")


@rule(
    "tasks-scales-unset",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="ObjectDetector of MediaPipe Tasks divides by 0, and finds nothing, or boxes of "
    "infinite size.",
    cause="A scale in `DETECTOR_METADATA` is 0, as it is unless it is written.",
    cure="Write it anew, with `mediapipe-anchors embed`.",
    before="# in DETECTOR_METADATA\nx_scale: 0",
    after="# in DETECTOR_METADATA\nx_scale: 1",
    calculator="InferenceCalculator",
)
def tasks_scales_are_set(subject: Subject) -> Iterator[Finding]:
    """As in a graph."""
    for model, detector in detectors(subject):
        for name in ("x_scale", "y_scale", "w_scale", "h_scale"):
            if getattr(detector.decode, name) == 0:
                yield model.finding(f"{DETECTOR}.{name}", 0.0, "a number other than 0")


@rule(
    "tasks-keypoints-over-box",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="ObjectDetector of MediaPipe Tasks writes the keypoints over the box.",
    cause="`keypoint_coord_offset` in `DETECTOR_METADATA` is below 4, or not written, for 0.",
    cure="Write it anew, with `mediapipe-anchors embed`.",
    before="# in DETECTOR_METADATA\nnum_keypoints: 6 keypoint_coord_offset: 0",
    after="# in DETECTOR_METADATA\nnum_keypoints: 6 keypoint_coord_offset: 4",
    calculator="InferenceCalculator",
)
def tasks_keypoints_lie_behind_the_box(subject: Subject) -> Iterator[Finding]:
    """As in a graph."""
    for model, detector in detectors(subject):
        decode: TensorsToDetectionsOptions = detector.decode
        if decode.num_keypoints > 0 and 0 <= decode.keypoint_coord_offset < 4:
            field = f"{DETECTOR}.keypoint_coord_offset"
            yield model.finding(field, decode.keypoint_coord_offset, "4, behind the box")


TASKS_METADATA_RULES: tuple[Rule, ...] = (
    tasks_metadata_are_whole,
    tasks_decoding_is_valid,
    tasks_anchors_suffice,
    tasks_decoding_is_of_the_model,
    tasks_scales_are_set,
    tasks_keypoints_lie_behind_the_box,
)
