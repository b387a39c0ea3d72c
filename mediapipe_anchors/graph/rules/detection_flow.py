"""Rules for the detections that come to a node: their boxes and their keypoints."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.forwarding import MIXES
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.walk import Wiring
from mediapipe_anchors.graph.rules.ways import Conditions, Station, possible
from mediapipe_anchors.options import (
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    TensorsToDetectionsOptions,
)

TRANSFORMS_BOXES = "DetectionTransformationCalculator"
NEEDS_RELATIVE_BOXES = "DetectionProjectionCalculator"  # others are an error, which ends the graph

READS_CHOSEN_KEYPOINTS = ("DetectionsToRectsCalculator", "AlignmentPointsRectsCalculator")
READS_HAND_KEYPOINTS = "HandDetectionsFromPoseToRectsCalculator"
HAND_KEYPOINTS = 3  # wrist, little finger and index finger
KEYPOINT_FIELDS = ("rotation_vector_start_keypoint_index", "rotation_vector_end_keypoint_index")


class _Detector(NamedTuple):
    """What a decoder's detections have, and on what conditions they come."""

    num_keypoints: int
    conditions: Conditions


@rule(
    "nms-boxes-in-pixels",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process at the first detection.",
    calculator="NonMaxSuppressionCalculator",
    cause="NonMaxSuppressionCalculator takes boxes in fractions of the image. "
    "DetectionTransformationCalculator has turned them into pixels before; only "
    "`algorithm: DEFAULT` with IMAGE connected takes those.",
    cure="Suppress first, and turn boxes into pixels behind that.",
    before='input_stream: "pixel_detections"  # of NonMaxSuppressionCalculator',
    after='input_stream: "detections"  # of NonMaxSuppressionCalculator',
    says=(
        "Check failed: LocationData::RELATIVE_BOUNDING_BOX == location_data_.format() (2 vs. 1)",
    ),
)
def nms_boxes_are_relative(subject: Subject) -> Iterator[Finding]:
    """NMS aborts on boxes in pixels, except DEFAULT with the image connected."""
    wiring = subject.wiring
    for station, options in _nms_stations(subject):
        if station.inputs_of("IMAGE") and options.algorithm == NmsAlgorithm.DEFAULT:
            continue
        for index, entry in enumerate(station.inputs):
            if entry.tag:
                continue
            stop = (TRANSFORMS_BOXES, NEEDS_RELATIVE_BOXES)
            if any(
                arrival.calculator == TRANSFORMS_BOXES and arrival.tag.startswith("PIXEL")
                for arrival in wiring.sources(entry.name, stop=stop)
            ):
                yield Finding(
                    station.node,
                    "input_stream",
                    entry.name,
                    "detections with relative boxes",
                    f"move {TRANSFORMS_BOXES} behind this node",
                    place=f"input_stream[{index}]",
                )


@rule(
    "blended-keypoints-differ",
    Severity.ERROR,
    Ending.STRAYS,
    effect="MediaPipe reads keypoints that are not there, out of bounds, or ends the process.",
    calculator="NonMaxSuppressionCalculator",
    cause="`algorithm: WEIGHTED` averages the keypoints of overlapping detections, as many of "
    "each as the best one has; detections of another detector that come in one packet "
    "have fewer.",
    cure="Give each detector a NonMaxSuppressionCalculator of its own, or use `algorithm: "
    "DEFAULT`.",
    before='input_stream: "faces" input_stream: "palms"\noptions { '
    "[mediapipe.NonMaxSuppressionCalculatorOptions.ext] { algorithm: WEIGHTED } }",
    after='input_stream: "faces" input_stream: "palms"\noptions { '
    "[mediapipe.NonMaxSuppressionCalculatorOptions.ext] { algorithm: DEFAULT } }",
)
def blended_keypoints_match(subject: Subject) -> Iterator[Finding]:
    """WEIGHTED reads as many keypoints of every detection as the best one has, there or not."""
    wiring = subject.wiring
    for station, options in _nms_stations(subject):
        if options.algorithm != NmsAlgorithm.WEIGHTED:
            continue
        counts = set().union(*(_mixed(subject, mixer) for mixer in _mixers(wiring, station)))
        if counts:
            yield Finding(
                station.node,
                "algorithm",
                "WEIGHTED",
                f"detections of one num_keypoints, not of {sorted(counts)}",
                "use algorithm: DEFAULT, or one NonMaxSuppressionCalculator a detector",
            )


@rule(
    "keypoint-missing",
    Severity.ERROR,
    Ending.STRAYS,
    effect="MediaPipe reads a keypoint that is not there, out of bounds, or ends the process.",
    calculator="DetectionsToRectsCalculator",
    cause="The index of a keypoint, from which a calculator makes a rectangle, is not below "
    "the `num_keypoints` of the decoder.",
    cure="Write an index from 0 to num_keypoints - 1; or set `num_keypoints` of the decoder, "
    "where the model has more.",
    before="rotation_vector_start_keypoint_index: 0\nrotation_vector_end_keypoint_index: 6  # of "
    "6 keypoints",
    after="rotation_vector_start_keypoint_index: 0\nrotation_vector_end_keypoint_index: 1",
)
def keypoints_exist(subject: Subject) -> Iterator[Finding]:
    """The calculators that turn keypoints into rectangles read them, there or not."""
    wiring = subject.wiring
    for station in wiring.stations:
        for field, index in _keypoints_read(station):
            entries = [*station.inputs_of("DETECTION"), *station.inputs_of("DETECTIONS")]
            counts = [
                detector.num_keypoints
                for entry in entries
                for detector in _detectors(subject, entry.name)
            ]
            least = min(counts, default=index + 1)
            if index >= least:
                yield Finding(
                    station.node,
                    field,
                    index,
                    f"an index below {least}, the num_keypoints of TensorsToDetectionsCalculator",
                )


def _keypoints_read(station: Station) -> Iterator[tuple[str, int]]:
    """The indices of keypoints that a node reads, and what they come from."""
    calculator = station.node.calculator
    if calculator == READS_HAND_KEYPOINTS:
        yield "index of a keypoint of the hand", HAND_KEYPOINTS - 1
    if calculator not in READS_CHOSEN_KEYPOINTS:
        return
    message = station.node.message("mediapipe.DetectionsToRectsCalculatorOptions")
    if message is not None and message.HasField(KEYPOINT_FIELDS[0]):
        yield from ((field, getattr(message, field)) for field in KEYPOINT_FIELDS)


def _nms_stations(subject: Subject) -> Iterator[tuple[Station, NonMaxSuppressionOptions]]:
    for station in subject.wiring.stations:
        options = subject.options(station.node)
        if isinstance(options, NonMaxSuppressionOptions):
            yield station, options


def _mixers(wiring: Wiring, station: Station) -> list[Station]:
    """A node, and those before it, that put the detections of several packets into one."""
    mixers = {station: None}
    for entry in station.inputs_of(""):
        for arrival in wiring.sources(entry.name):
            if arrival.station is not None and arrival.calculator in MIXES:
                mixers[arrival.station] = None
    return list(mixers)


def _mixed(subject: Subject, mixer: Station) -> set[int]:
    """The unequal numbers of keypoints that come together in one packet of a node."""
    inputs = [_detectors(subject, e.name) for tag in ("", "ITEM") for e in mixer.inputs_of(tag)]
    pairs = list(itertools.combinations(inputs, 2))
    if mixer.inputs_of("ITEM"):  # collected over time, while the conditions change
        timeless = [
            _Detector(d.num_keypoints, frozenset(c for c in d.conditions if not c.is_stream))
            for d in inputs[0]
        ]
        pairs = [(timeless, timeless)]
    return {
        detector.num_keypoints
        for pair in pairs
        for one, two in itertools.product(*pair)
        if one.num_keypoints != two.num_keypoints and possible(one.conditions | two.conditions)
        for detector in (one, two)
    }


def _detectors(subject: Subject, name: str) -> list[_Detector]:
    """The decoders whose detections come to a stream."""
    found: dict[_Detector, None] = {}
    for arrival in subject.wiring.sources(name):
        options = None if arrival.station is None else subject.options(arrival.station.node)
        if arrival.station is None or not isinstance(options, TensorsToDetectionsOptions):
            continue
        for entry in arrival.station.inputs_of("TENSORS"):
            for conditions in subject.wiring.starts(entry.name, arrival):
                found[_Detector(options.num_keypoints, conditions)] = None
    return list(found)
