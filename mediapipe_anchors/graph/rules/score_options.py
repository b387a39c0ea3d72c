"""Rules for the scores and classes that a decoder keeps."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mediapipe_anchors.graph.rules.decoders import decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.subject import Subject

IGNORE_PACKET = "IGNORE_CLASSES"
NO_CLASS = -1  # the class of a detection of which no score wins


@rule(
    "score-threshold-unreachable",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="No score reaches the threshold: MediaPipe drops every detection.",
    cause="A sigmoid puts out less than 1, and less still where scores are clipped before it.",
    cure="Write a threshold between 0 and 1.",
    before="sigmoid_score: true min_score_thresh: 50",
    after="sigmoid_score: true min_score_thresh: 0.5",
    calculator="TensorsToDetectionsCalculator",
)
def score_threshold_is_in_reach(subject: Subject) -> Iterator[Finding]:
    """Scores behind a sigmoid are at most 1, or sigmoid(score_clipping_thresh)."""
    for decoder in decoders(subject):
        threshold, highest = decoder.options.min_score_thresh, decoder.highest_score
        if threshold is not None and threshold > highest:
            fix = "raise score_clipping_thresh, or lower this" if highest < 1 else None
            expected = f"at most {highest:.4g}, the highest score behind the sigmoid"
            yield Finding(decoder.station.node, "min_score_thresh", threshold, expected, fix)


@rule(
    "scores-clipped-away",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="All scores are clipped to one value, 0.5 behind the sigmoid for 0.",
    cause="`score_clipping_thresh` is 0 or less; it clips scores to between its negative and "
    "itself.",
    cure="Write 100, as MediaPipe's graphs do, or leave it unset.",
    before="sigmoid_score: true score_clipping_thresh: 0",
    after="sigmoid_score: true score_clipping_thresh: 100",
    calculator="TensorsToDetectionsCalculator",
)
def clipping_leaves_scores(subject: Subject) -> Iterator[Finding]:
    """Clipping to nothing leaves nothing to tell detections apart."""
    for decoder in decoders(subject):
        clipped = decoder.options.score_clipping_thresh
        if decoder.options.sigmoid_score and clipped is not None and clipped <= 0:
            field = "score_clipping_thresh"
            yield Finding(decoder.station.node, field, clipped, "more than 0", "100 is usual")


@rule(
    "score-clipping-unused",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe clips no score: it does so before the sigmoid only.",
    cause="`score_clipping_thresh` is set, and `sigmoid_score` is not.",
    cure="Set `sigmoid_score: true` if the model puts out logits; else take the clipping out.",
    before="score_clipping_thresh: 100",
    after="score_clipping_thresh: 100 sigmoid_score: true",
    calculator="TensorsToDetectionsCalculator",
)
def clipping_goes_with_sigmoid(subject: Subject) -> Iterator[Finding]:
    """Without a sigmoid nothing is clipped."""
    for decoder in decoders(subject):
        clipped = decoder.options.score_clipping_thresh
        if clipped is not None and not decoder.options.sigmoid_score:
            expected = "sigmoid_score: true beside it"
            yield Finding(decoder.station.node, "score_clipping_thresh", clipped, expected)


@rule(
    "score-threshold-unset",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe keeps every row of the model; one whose scores are all ignored or no "
    "numbers becomes a detection of class -1 and score -3.4e38.",
    cause="`min_score_thresh` is not set, and no `allow_classes` are.",
    cure="Set `min_score_thresh`, or `min_score_threshold` of NonMaxSuppressionCalculator.",
    before="ignore_classes: 3 min_score_thresh: nan",
    after="ignore_classes: 3 min_score_thresh: 0.5",
    calculator="TensorsToDetectionsCalculator",
)
def rows_are_filtered(subject: Subject) -> Iterator[Finding]:
    """Where no class wins, class -1 does, unless a threshold or an allow list is there."""
    for decoder in decoders(subject):
        options = decoder.options
        threshold = options.min_score_thresh
        is_none = threshold is None or math.isnan(threshold)
        if is_none and not options.allow_classes and decoder.is_raw and decoder.num_classes_left:
            expected = "a threshold, so that rows without a class are dropped"
            yield Finding(decoder.station.node, "min_score_thresh", threshold, expected)


@rule(
    "no-class-left",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="No class is left: MediaPipe drops every detection, or gives each the class -1.",
    cause="`ignore_classes` holds all classes of the model, or `allow_classes` none of them.",
    cure="Classes are score columns, counted from 0; the background, if the model has one, is 0.",
    before="num_classes: 1 ignore_classes: 0",
    after="num_classes: 1",
    calculator="TensorsToDetectionsCalculator",
)
def some_class_is_left(subject: Subject) -> Iterator[Finding]:
    """A filter that lets no class pass."""
    for decoder in decoders(subject):
        options, left = decoder.options, decoder.num_classes_left
        filtered = options.allow_classes or options.ignore_classes
        if left == 0 and filtered and options.num_classes and not decoder.is_postprocessed:
            field = "allow_classes" if options.allow_classes else "ignore_classes"
            expected = f"a filter that leaves one of the classes 0 to {options.num_classes - 1}"
            value = list(getattr(options, field))
            yield Finding(decoder.station.node, field, value, expected)


@rule(
    "class-out-of-range",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="No score column has this number: the entry filters nothing.",
    cause="Entries are score columns, counted from 0, not lines of a label map that starts at 1.",
    cure="Write numbers below `num_classes`.",
    before="num_classes: 2 ignore_classes: [0, 2]",
    after="num_classes: 2 ignore_classes: 0",
    calculator="TensorsToDetectionsCalculator",
)
def filtered_classes_exist(subject: Subject) -> Iterator[Finding]:
    """Entries that name no class of a model that leaves the decoding to MediaPipe."""
    for decoder in decoders(subject):
        options = decoder.options
        if decoder.is_postprocessed or not options.num_classes or decoder.num_classes_left == 0:
            continue
        for field in ("ignore_classes", "allow_classes"):
            for index, number in enumerate(getattr(options, field)):
                if number != NO_CLASS and not 0 <= number < options.num_classes:
                    expected = f"0 to {options.num_classes - 1}, the columns of num_classes"
                    place = f"{field}[{index}]"
                    yield Finding(decoder.station.node, field, number, expected, place=place)
                    break


@rule(
    "ignored-classes-beside-allowed",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe refuses the graph when it starts.",
    cause="Classes to ignore come as a side packet, and `allow_classes` are in the options.",
    cure="Use one of them.",
    before='input_side_packet: "IGNORE_CLASSES:ignored"\n# in the options\nallow_classes: 1',
    after="# in the options\nallow_classes: 1",
    says=("allow_classes",),
    calculator="TensorsToDetectionsCalculator",
)
def ignored_packet_goes_without_allowed(subject: Subject) -> Iterator[Finding]:
    """The side packet of ignored classes needs `allow_classes` to be empty."""
    for decoder in decoders(subject):
        tags = [entry.tag for entry in decoder.station.side_inputs]
        if IGNORE_PACKET in tags and decoder.options.allow_classes:
            value, expected = list(decoder.options.allow_classes), f"none beside {IGNORE_PACKET}"
            yield Finding(decoder.station.node, "allow_classes", value, expected)


@rule(
    "ignored-classes-replaced",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe takes the classes of the side packet, and passes over those in the options.",
    cause="Classes to ignore are given twice.",
    cure="Take `ignore_classes` out, and put its entries into the side packet.",
    before='input_side_packet: "IGNORE_CLASSES:ignored"\n# in the options\nignore_classes: 0',
    after='input_side_packet: "IGNORE_CLASSES:ignored"',
    calculator="TensorsToDetectionsCalculator",
)
def ignored_classes_come_once(subject: Subject) -> Iterator[Finding]:
    """The side packet replaces `ignore_classes`."""
    for decoder in decoders(subject):
        tags = [entry.tag for entry in decoder.station.side_inputs]
        if IGNORE_PACKET in tags and decoder.options.ignore_classes:
            value, expected = list(decoder.options.ignore_classes), f"none beside {IGNORE_PACKET}"
            replace = (Replacement("ignore_classes", None),)
            node = decoder.station.node
            yield Finding(node, "ignore_classes", value, expected, replace=replace)


@rule(
    "class-filter-on-gpu",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="On a GPU MediaPipe ends the process: there it can ignore class 0, and no other.",
    cause="The tensors are decoded on the GPU, where the model runs there.",
    cure="Ignore class 0 alone, and filter other classes behind the decoder.",
    before="ignore_classes: [0, 3]",
    after="ignore_classes: 0",
    says=("Only ignore class 0 is allowed", "Only all classes >= class 0  or  >= class 1"),
    calculator="TensorsToDetectionsCalculator",
)
def class_filter_fits_gpu(subject: Subject) -> Iterator[Finding]:
    """A GPU decodes with no filter but that of the background."""
    for decoder in decoders(subject):
        options, count = decoder.options, decoder.options.num_classes or 0
        if decoder.is_postprocessed or not decoder.is_on_gpu:
            continue
        ignores = bool(set(options.ignore_classes) - {0})
        if options.allow_classes:  # all classes, or all but 0
            ignores = len({n for n in options.allow_classes if 1 <= n < count}) < count - 1
        if ignores:
            field = "allow_classes" if options.allow_classes else "ignore_classes"
            expected = "none but class 0 to be ignored, on a GPU"
            yield Finding(decoder.station.node, field, list(getattr(options, field)), expected)


SCORE_RULES: tuple[Rule, ...] = (
    score_threshold_is_in_reach,
    clipping_leaves_scores,
    clipping_goes_with_sigmoid,
    rows_are_filtered,
    some_class_is_left,
    filtered_classes_exist,
    ignored_packet_goes_without_allowed,
    ignored_classes_come_once,
    class_filter_fits_gpu,
)
