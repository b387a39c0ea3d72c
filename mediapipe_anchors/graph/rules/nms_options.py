"""Rules for the options of NonMaxSuppressionCalculator that run, and suppress too little or all."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.nodes import set_fields, stations_with
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.options import NmsAlgorithm, NonMaxSuppressionOptions, OverlapType

THRESHOLD = "min_suppression_threshold"
IOU = OverlapType.INTERSECTION_OVER_UNION


def nms_stations(subject: Subject) -> Iterator[tuple[Station, NonMaxSuppressionOptions]]:
    """The stations of NonMaxSuppressionCalculator, with their options."""
    yield from stations_with(subject, NonMaxSuppressionOptions)


def _is_weighted(options: NonMaxSuppressionOptions) -> bool:
    return options.algorithm == NmsAlgorithm.WEIGHTED


@rule(
    "nothing-suppressed",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Nothing is suppressed: one object yields as many detections as rows that see it.",
    cause="`min_suppression_threshold` is 1 where it is left out, and no overlap is more.",
    cure="Set it: 0.3 to 0.5 is usual. A node that shall only sort and limit says so with 1.",
    before="overlap_type: INTERSECTION_OVER_UNION",
    after="overlap_type: INTERSECTION_OVER_UNION min_suppression_threshold: 0.3",
    calculator="NonMaxSuppressionCalculator",
)
def something_is_suppressed(subject: Subject) -> Iterator[Finding]:
    """The default threshold, and NaN, suppress nothing; an explicit 1 is meant."""
    for station, options in nms_stations(subject):
        threshold = options.min_suppression_threshold
        unset = THRESHOLD not in set_fields(station.node)
        if not _is_weighted(options) and (unset or math.isnan(threshold)):
            expected = "an overlap below 1 above which the worse detection goes"
            fix = "0.3 to 0.5 is usual; 1 says that nothing shall be suppressed"
            yield Finding(station.node, THRESHOLD, None if unset else threshold, expected, fix)


@rule(
    "weighted-keeps-one",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe puts out the best detection, and loses all others.",
    cause="WEIGHTED stops as soon as nothing overlaps the best more than "
    "`min_suppression_threshold`, the best itself included; left out, the threshold is 1.",
    cure="Set `min_suppression_threshold` below 1: 0.3 is usual.",
    before="algorithm: WEIGHTED",
    after="algorithm: WEIGHTED min_suppression_threshold: 0.3",
    calculator="NonMaxSuppressionCalculator",
)
def weighted_keeps_several(subject: Subject) -> Iterator[Finding]:
    """A box overlaps itself by 1, which is not more than 1."""
    for station, options in nms_stations(subject):
        threshold = options.min_suppression_threshold
        if _is_weighted(options) and not threshold < 1:
            value = threshold if THRESHOLD in set_fields(station.node) else None
            yield Finding(station.node, THRESHOLD, value, "less than 1", "0.3 is usual")


@rule(
    "all-suppressed",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The best detection suppresses all others, wherever they are.",
    cause="`min_suppression_threshold` is below 0, and boxes apart overlap by 0.",
    cure="Write 0 or more; for the best detection alone, `max_num_detections: 1`.",
    before="min_suppression_threshold: -1",
    after="min_suppression_threshold: 0.3",
    calculator="NonMaxSuppressionCalculator",
)
def apart_boxes_stay(subject: Subject) -> Iterator[Finding]:
    """An overlap of nothing is more than a negative threshold."""
    for station, options in nms_stations(subject):
        if options.min_suppression_threshold < 0:
            value = options.min_suppression_threshold
            yield Finding(station.node, THRESHOLD, value, "0 or more")


@rule(
    "overlap-not-iou",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Overlap is measured over the rectangle around both boxes, which gives less than the "
    "IoU: duplicates stay.",
    cause="`overlap_type` is JACCARD where it is left out, and MediaPipe's JACCARD is not the IoU.",
    cure="Write `overlap_type: INTERSECTION_OVER_UNION`, as all of MediaPipe's graphs do.",
    before="min_suppression_threshold: 0.3",
    after="min_suppression_threshold: 0.3 overlap_type: INTERSECTION_OVER_UNION",
    calculator="NonMaxSuppressionCalculator",
)
def overlap_is_chosen(subject: Subject) -> Iterator[Finding]:
    """The default measure is one that few mean."""
    for station, options in nms_stations(subject):
        suppresses = 0 < options.min_suppression_threshold < 1  # else the measure plays no part
        if suppresses and "overlap_type" not in set_fields(station.node):
            replace = (Replacement("overlap_type", IOU),)
            yield Finding(station.node, "overlap_type", None, IOU.name, replace=replace)


@rule(
    "overlap-jaccard",
    Severity.INFO,
    Ending.MISLEADS,
    effect="Overlap is measured over the rectangle around both boxes, which gives less than the "
    "IoU.",
    cause="MediaPipe's JACCARD is not the Jaccard index, which is the IoU.",
    cure="Write INTERSECTION_OVER_UNION for the IoU.",
    before="overlap_type: JACCARD",
    after="overlap_type: INTERSECTION_OVER_UNION",
    calculator="NonMaxSuppressionCalculator",
)
def jaccard_is_meant(subject: Subject) -> Iterator[Finding]:
    """JACCARD that somebody wrote."""
    for station, options in nms_stations(subject):
        chosen = "overlap_type" in set_fields(station.node)
        if chosen and options.overlap_type == OverlapType.JACCARD:
            expected = f"{IOU.name}, for the IoU"
            yield Finding(station.node, "overlap_type", "JACCARD", expected)


@rule(
    "overlap-modified-jaccard",
    Severity.INFO,
    Ending.MISLEADS,
    effect="Overlap is measured over the area of the worse box with DEFAULT, of the best box with "
    "WEIGHTED.",
    cause="The two algorithms hand the boxes over in opposite order.",
    cure="Write INTERSECTION_OVER_UNION, which is the same both ways.",
    before="overlap_type: MODIFIED_JACCARD",
    after="overlap_type: INTERSECTION_OVER_UNION",
    calculator="NonMaxSuppressionCalculator",
)
def modified_jaccard_is_meant(subject: Subject) -> Iterator[Finding]:
    """What it means depends on the algorithm."""
    for station, options in nms_stations(subject):
        if options.overlap_type == OverlapType.MODIFIED_JACCARD:
            box = "the best box" if _is_weighted(options) else "the worse box"
            expected = f"{IOU.name}, unless {box} is to be covered"
            yield Finding(station.node, "overlap_type", options.overlap_type.name, expected)


@rule(
    "weighted-ignores-limit",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe puts out all detections: WEIGHTED passes over max_num_detections.",
    cause="The limit counts for DEFAULT, and with `multiclass_nms`.",
    cure="Limit the detections behind this node, with ClipDetectionVectorSizeCalculator, or use "
    "DEFAULT.",
    before="algorithm: WEIGHTED max_num_detections: 1",
    after="max_num_detections: 1",
    calculator="NonMaxSuppressionCalculator",
)
def weighted_has_no_limit(subject: Subject) -> Iterator[Finding]:
    """WEIGHTED keeps as many as there are."""
    for station, options in nms_stations(subject):
        limit = options.max_num_detections
        if _is_weighted(options) and limit > 0 and not options.multiclass_nms:
            fix = "limit them with ClipDetectionVectorSizeCalculator behind this node"
            expected = "no limit with WEIGHTED"
            yield Finding(station.node, "max_num_detections", limit, expected, fix)


@rule(
    "weighted-ignores-image",
    Severity.INFO,
    Ending.MISLEADS,
    effect="WEIGHTED does not look at the image; DEFAULT turns pixels into fractions with it.",
    cause="The input stream IMAGE is connected.",
    cure="Take the stream out.",
    before='input_stream: "IMAGE:image"\n# in the options\nalgorithm: WEIGHTED',
    after="# in the options\nalgorithm: WEIGHTED",
    calculator="NonMaxSuppressionCalculator",
)
def weighted_takes_no_image(subject: Subject) -> Iterator[Finding]:
    """The image counts for DEFAULT alone."""
    for station, options in nms_stations(subject):
        for entry in station.inputs_of("IMAGE") if _is_weighted(options) else ():
            expected = "no IMAGE with WEIGHTED"
            yield Finding(station.node, "input_stream", f"IMAGE:{entry.name}", expected)


@rule(
    "no-packet-when-empty",
    Severity.INFO,
    Ending.MISLEADS,
    effect="For an image without detections MediaPipe sends no packet at all, and what waits for "
    "one waits on.",
    cause="`return_empty_detections` is not set.",
    cure="Set `return_empty_detections: true` for an empty list.",
    before="min_suppression_threshold: 0.3",
    after="min_suppression_threshold: 0.3 return_empty_detections: true",
    calculator="NonMaxSuppressionCalculator",
)
def empty_lists_are_sent(subject: Subject) -> Iterator[Finding]:
    """Where nothing comes in, nothing goes out."""
    for station, options in nms_stations(subject):
        if not options.return_empty_detections:
            value, expected = options.return_empty_detections, "true, for an empty list"
            yield Finding(station.node, "return_empty_detections", value, expected)


@rule(
    "multiclass-order",
    Severity.INFO,
    Ending.MISLEADS,
    effect="Detections of equal scores and different classes come in another order from one "
    "process to the next.",
    cause="`multiclass_nms` keeps classes in a hash table, whose order is random.",
    cure="Sort the detections, if their order matters.",
    before="multiclass_nms: true",
    after="multiclass_nms: false",
    calculator="NonMaxSuppressionCalculator",
)
def order_is_the_same(subject: Subject) -> Iterator[Finding]:
    """Ties across classes are broken at random."""
    for station, options in nms_stations(subject):
        if options.multiclass_nms:
            expected = "an order that does not matter among equal scores"
            yield Finding(station.node, "multiclass_nms", True, expected)


NMS_OPTION_RULES: tuple[Rule, ...] = (
    something_is_suppressed,
    weighted_keeps_several,
    apart_boxes_stay,
    overlap_is_chosen,
    jaccard_is_meant,
    modified_jaccard_is_meant,
    weighted_has_no_limit,
    weighted_takes_no_image,
    empty_lists_are_sent,
    order_is_the_same,
)
