"""Rules for a model, given beside a graph, that MediaPipe Tasks FaceDetector is to run as well.

FaceDetector looks at its metadata from mediapipe 1.0 on.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity, rule
from mediapipe_anchors.graph.rules.model_input import image_input
from mediapipe_anchors.graph.rules.model_truth import metadata_of
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.tflite.detector_metadata import (
    FACE_DETECTOR,
    DetectorMetadata,
    read_face_detector_metadata,
)


def face_detectors(subject: Subject) -> Iterator[tuple[Node, DetectorMetadata]]:
    """The metadata of the model given, where it has some for FaceDetector; and who runs it."""
    for node in subject.graph.nodes if subject.model is not None else ():
        network = subject.network(node)
        if network is None or subject.model_path(node) != subject.model:
            continue
        metadata, image = metadata_of(network), image_input(network)
        if metadata is None or image is None or FACE_DETECTOR not in metadata.custom:
            continue
        size = image.shape[2], image.shape[1]
        try:
            yield node, read_face_detector_metadata(metadata.custom[FACE_DETECTOR], size)
        except MediaPipeAnchorsError:  # `inspect` says what is wrong with it
            continue


@rule(
    "face-scores-clipped-away",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="FaceDetector of MediaPipe Tasks clips all scores to 0, and each row of the model "
    "scores 0.5.",
    cause="`score_clipping_thresh` in `FACE_DETECTOR_METADATA` is 0, as it is unless it is "
    "written.",
    cure="Write it: MediaPipe's own models have 100.",
    before="# in FACE_DETECTOR_METADATA\nscore_clipping_thresh: 0",
    after="# in FACE_DETECTOR_METADATA\nscore_clipping_thresh: 100",
    calculator="InferenceCalculator",
)
def face_scores_are_left(subject: Subject) -> Iterator[Finding]:
    """What is not written is 0, and counts."""
    for node, detector in face_detectors(subject):
        clipped = detector.decode.score_clipping_thresh
        if detector.decode.sigmoid_score and clipped is not None and clipped <= 0:
            field = f"{FACE_DETECTOR}.score_clipping_thresh"
            yield Finding(node, field, clipped, "more than 0", "100 is usual", "model_path")


@rule(
    "face-anchors-in-corners",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="FaceDetector of MediaPipe Tasks lays its anchors at the corners of the cells: faces "
    "are found half a cell up and left.",
    cause="`anchor_offset_x` or `anchor_offset_y` in `FACE_DETECTOR_METADATA` is 0, as it is "
    "unless it is written; in a graph it would be 0.5.",
    cure="Write 0.5 for both.",
    before="# in FACE_DETECTOR_METADATA\nanchor_offset_x: 0 anchor_offset_y: 0",
    after="# in FACE_DETECTOR_METADATA\nanchor_offset_x: 0.5 anchor_offset_y: 0.5",
    calculator="InferenceCalculator",
)
def face_anchors_are_central(subject: Subject) -> Iterator[Finding]:
    """What is not written is 0, and not the default of the calculator."""
    for node, detector in face_detectors(subject):
        for name in ("anchor_offset_x", "anchor_offset_y"):
            if getattr(detector.anchors, name) == 0:
                field = f"{FACE_DETECTOR}.{name}"
                yield Finding(node, field, 0.0, "0.5, the middle of a cell", place="model_path")


FACE_METADATA_RULES: tuple[Rule, ...] = (face_scores_are_left, face_anchors_are_central)
