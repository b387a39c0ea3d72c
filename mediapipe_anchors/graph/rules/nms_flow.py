"""Rules for the detections that come to NonMaxSuppressionCalculator."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph.rules.decoders import Decoder, decoders_before
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.nms_options import nms_stations
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.options import NmsAlgorithm

MAKES_NO_CLASSES = "LandmarksToDetectionCalculator"


@rule(
    "weighted-blends-classes",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Boxes of different classes that overlap are blended into one, with the class of the "
    "best.",
    cause="WEIGHTED takes all detections for one class unless `multiclass_nms` is set.",
    cure="Set `multiclass_nms: true`, or use DEFAULT.",
    before="algorithm: WEIGHTED",
    after="algorithm: WEIGHTED multiclass_nms: true",
    calculator="NonMaxSuppressionCalculator",
)
def classes_are_not_blended(subject: Subject) -> Iterator[Finding]:
    """Blending is across classes."""
    for station, options in nms_stations(subject):
        count = _most_classes(subject, station)
        if options.algorithm == NmsAlgorithm.WEIGHTED and not options.multiclass_nms and count > 1:
            expected = f"true, since detections of {count} classes come"
            replace = (Replacement("multiclass_nms", True),)
            yield Finding(station.node, "multiclass_nms", False, expected, replace=replace)


@rule(
    "nms-across-classes",
    Severity.INFO,
    Ending.MISLEADS,
    effect="A detection suppresses those of other classes that it overlaps.",
    cause="NonMaxSuppressionCalculator takes all detections for one class unless `multiclass_nms` "
    "is set.",
    cure="Set `multiclass_nms: true` to suppress within each class.",
    before="multiclass_nms: false",
    after="multiclass_nms: true",
    calculator="NonMaxSuppressionCalculator",
)
def classes_suppress_each_other(subject: Subject) -> Iterator[Finding]:
    """Suppression is across classes, as in most of MediaPipe's own graphs."""
    for station, options in nms_stations(subject):
        count = _most_classes(subject, station)
        if options.algorithm == NmsAlgorithm.DEFAULT and not options.multiclass_nms and count > 1:
            expected = f"true, to keep apart the {count} classes that come"
            yield Finding(station.node, "multiclass_nms", False, expected)


@rule(
    "multiclass-repeats",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="A detection of two classes comes out twice, both times with the better class.",
    cause="`multiclass_nms` copies it for each of its classes, and then keeps the best class of "
    "each copy.",
    cure="Leave `max_classes_per_detection` at 1, or `multiclass_nms` unset.",
    before="# of the decoder\nmax_classes_per_detection: 2\n# of the suppression\n"
    "multiclass_nms: true",
    after="# of the decoder\nmax_classes_per_detection: 2\n# of the suppression\n"
    "multiclass_nms: false",
    calculator="NonMaxSuppressionCalculator",
)
def detections_come_once(subject: Subject) -> Iterator[Finding]:
    """Detections of several classes and `multiclass_nms` do not go together."""
    for station, options in nms_stations(subject):
        counts = [
            decoder.options.max_classes_per_detection
            for decoder in _decoders(subject, station)
            if not decoder.is_raw
        ]
        if options.multiclass_nms and max(counts, default=1) > 1:
            expected = f"false, since detections of up to {max(counts)} classes come"
            yield Finding(station.node, "multiclass_nms", True, expected)


@rule(
    "nms-without-classes",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe drops every detection that has neither a class number nor a label.",
    cause="LandmarksToDetectionCalculator gives its detections none.",
    cure="Leave the suppression out of their way.",
    before='calculator: "NonMaxSuppressionCalculator"',
    after='calculator: "PassThroughCalculator"',
    calculator="NonMaxSuppressionCalculator",
)
def detections_have_a_class(subject: Subject) -> Iterator[Finding]:
    """What has no class is dropped before anything is compared."""
    for station, _ in nms_stations(subject):
        for entry in station.inputs_of(""):
            arrivals = list(subject.wiring.sources(entry.name))
            if any(arrival.calculator == MAKES_NO_CLASSES for arrival in arrivals):
                expected = f"detections with a class, not those of {MAKES_NO_CLASSES}"
                place = f"input_stream[{station.inputs.index(entry)}]"
                yield Finding(station.node, "input_stream", entry.name, expected, place=place)


@rule(
    "nms-threshold-unreachable",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="No score reaches the threshold: MediaPipe puts out an empty list for every image.",
    cause="A sigmoid puts out less than 1, and less still where scores are clipped before it.",
    cure="Write a threshold between 0 and 1.",
    before="# of the decoder\nsigmoid_score: true\n# of the suppression\nmin_score_threshold: 50",
    after="# of the decoder\nsigmoid_score: true\n# of the suppression\nmin_score_threshold: 0.5",
    calculator="NonMaxSuppressionCalculator",
)
def nms_threshold_is_in_reach(subject: Subject) -> Iterator[Finding]:
    """No decoder before it puts out so high a score."""
    for station, options in nms_stations(subject):
        highest = [decoder.highest_score for decoder in _decoders(subject, station)]
        if highest and _all_known(subject, station) and options.min_score_threshold > max(highest):
            expected = f"at most {max(highest):.4g}, the highest score behind the sigmoid"
            value = options.min_score_threshold
            yield Finding(station.node, "min_score_threshold", value, expected)


def _decoders(subject: Subject, station: Station) -> list[Decoder]:
    return [decoder for decoder, _ in decoders_before(subject, station)]


def _all_known(subject: Subject, station: Station) -> bool:
    """Whether all detections that come to a node are those of known decoders."""
    known = {decoder.station.node for decoder in _decoders(subject, station)}
    origins = (
        arrival
        for entry in station.inputs_of("")
        for arrival in subject.wiring.sources(entry.name)
        if arrival.is_origin
    )
    return all(o.station is not None and o.station.node in known for o in origins)


def _most_classes(subject: Subject, station: Station) -> int:
    """The most classes that one of the decoders before a node puts out."""
    counts = [decoder.num_classes_left or 0 for decoder in _decoders(subject, station)]
    return max(counts, default=0)


NMS_FLOW_RULES: tuple[Rule, ...] = (
    classes_are_not_blended,
    classes_suppress_each_other,
    detections_come_once,
    detections_have_a_class,
    nms_threshold_is_in_reach,
)
