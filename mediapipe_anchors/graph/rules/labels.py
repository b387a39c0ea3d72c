"""Rules for the labels that DetectionLabelIdToTextCalculator gives to detections."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mediapipe_anchors.graph.rules.decoders import Decoder, decoders_before
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity, rule
from mediapipe_anchors.graph.rules.nms_options import nms_stations
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.walk import Arrival
from mediapipe_anchors.graph.rules.ways import Station

LABELLER = "DetectionLabelIdToTextCalculator"
MERGER = "DetectionsDeduplicateCalculator"  # gives one box the classes of all that equal it
MAX_LABEL_BYTES = 2**20
MOST_NAMED = 5  # classes that are listed


def labels_of(subject: Subject, station: Station) -> frozenset[int] | None:
    """The class numbers that a labeller has names for; None where its file is not at hand."""
    message = _options(station)
    if message is None:
        return frozenset()
    if not message.label_map_path:
        return frozenset(range(len(message.label))) | frozenset(message.label_items)
    for path in subject.paths(message.label_map_path):
        text = _read(path)
        if text is not None:
            return frozenset(range(len(text.splitlines())))
    return None


@rule(
    "labels-missing",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Detections of these classes get no name; those of the others lose their number.",
    cause="The label map has fewer entries than the model has classes.",
    cure="List a label for each class, the background included if the model has one.",
    before='# of the decoder\nnum_classes: 2\n# of the labeller\nlabel: "cat"',
    after='# of the decoder\nnum_classes: 2\n# of the labeller\nlabel: ["cat", "dog"]',
    calculator="DetectionLabelIdToTextCalculator",
)
def classes_have_labels(subject: Subject) -> Iterator[Finding]:
    """Each class that a decoder may put out has a label."""
    for station in _labellers(subject):
        labels = labels_of(subject, station)
        for decoder, _ in decoders_before(subject, station) if labels else ():
            missing = _unlabelled(decoder, labels or frozenset())
            if missing:
                expected = f"labels for the classes {missing}, too"
                yield Finding(station.node, _field(station), len(labels or ()), expected)


@rule(
    "labels-misaligned",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process at a detection of two classes of which one has no label.",
    cause="DetectionLabelIdToTextCalculator leaves out classes without a label, but not their "
    "scores, and NonMaxSuppressionCalculator wants as many of one as of the other.",
    cure="List a label for each class, set `keep_label_id: true`, or label behind the suppression.",
    before="# of the decoder\nmax_classes_per_detection: 2 num_classes: 2\n# of the labeller\n"
    'label: "cat"',
    after="# of the decoder\nmax_classes_per_detection: 2 num_classes: 2\n# of the labeller\n"
    'label: "cat" keep_label_id: true',
    says=("Number of scores must be equal to number of detections.",),
    calculator="DetectionLabelIdToTextCalculator",
)
def labels_match_scores(subject: Subject) -> Iterator[Finding]:
    """As many labels as scores come to the suppression."""
    for _, station in _labellers_before_nms(subject):
        labels, message = labels_of(subject, station), _options(station)
        if not labels or message is None or message.keep_label_id:
            continue
        for decoder in _with_several_classes(subject, station):
            missing = _unlabelled(decoder, labels)
            if missing:
                expected = f"labels for the classes {missing}, too"
                fix = "or keep_label_id: true"
                yield Finding(station.node, _field(station), len(labels), expected, fix)


@rule(
    "multiclass-needs-ids",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="All labelled detections vanish: labels have replaced the class numbers that "
    "multiclass_nms looks for.",
    cause="DetectionLabelIdToTextCalculator stands before the suppression.",
    cure="Set `keep_label_id: true` there, or label behind the suppression.",
    before='label: "cat"',
    after='label: "cat" keep_label_id: true',
    calculator="DetectionLabelIdToTextCalculator",
)
def classes_keep_their_ids(subject: Subject) -> Iterator[Finding]:
    """Detections with labels alone are in no class for the suppression."""
    for nms, station in _labellers_before_nms(subject):
        message = _options(station)
        if not nms.multiclass_nms or message is None or message.keep_label_id:
            continue
        if labels_of(subject, station) != frozenset():
            expected = "true, since NonMaxSuppressionCalculator has multiclass_nms"
            yield Finding(station.node, "keep_label_id", False, expected)


def _options(station: Station) -> Any | None:
    return station.node.message(f"mediapipe.{LABELLER}Options")


def _field(station: Station) -> str:
    message = _options(station)
    names = ("label_map_path", "label_items")
    return next((n for n in names if message is not None and getattr(message, n)), "label")


def _labellers(subject: Subject) -> list[Station]:
    return [s for s in subject.wiring.stations if s.node.calculator == LABELLER]


def _labellers_before_nms(subject: Subject) -> Iterator[tuple[Any, Station]]:
    """The labellers whose detections come to a suppression, with its options."""
    for station, options in nms_stations(subject):
        found: dict[Station, None] = {}
        for entry in station.inputs_of(""):
            for arrival in subject.wiring.sources(entry.name):
                if arrival.station is not None and arrival.calculator == LABELLER:
                    found[arrival.station] = None
        yield from ((options, labeller) for labeller in found)


def _unlabelled(decoder: Decoder, labels: frozenset[int]) -> str:
    """The first of the classes that a decoder may put out and that have no label; "" for none."""
    options = decoder.options
    ignored, count = frozenset(options.ignore_classes), options.num_classes or 0
    classes: Iterable[int] = range(count)
    if options.allow_classes:
        classes = (number for number in options.allow_classes if 0 <= number < count)
    missing = (number for number in classes if number not in ignored and number not in labels)
    first = [str(number) for number in itertools.islice(missing, MOST_NAMED + 1)]
    return ", ".join([*first[:MOST_NAMED], *(["..."] if len(first) > MOST_NAMED else [])])


def _with_several_classes(subject: Subject, station: Station) -> list[Decoder]:
    """The decoders before a labeller that give one detection several classes."""
    before: list[tuple[Decoder, Arrival]] = list(decoders_before(subject, station))
    merged = any(
        arrival.calculator == MERGER
        for entry in station.inputs
        for arrival in subject.wiring.sources(entry.name)
    )
    found = {
        decoder.station.node: decoder
        for decoder, _ in before
        if merged or (decoder.options.max_classes_per_detection > 1 and not decoder.is_raw)
    }
    return list(found.values())


def _read(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_LABEL_BYTES:
            return None
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


LABEL_RULES: tuple[Rule, ...] = (
    classes_have_labels,
    labels_match_scores,
    classes_keep_their_ids,
)
