"""Rules for the anchors that come to a decoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.explain_count import explain_count
from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.model_tensors import tensors_on
from mediapipe_anchors.graph.rules.nodes import options_of
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.walk import Arrival
from mediapipe_anchors.graph.rules.ways import Station, possible
from mediapipe_anchors.options import SsdAnchorsOptions, TensorsToDetectionsOptions


class _Supply(NamedTuple):
    """Anchors that come to a decoder which reads `num_boxes` of them."""

    decoder: Node
    num_boxes: int
    arrival: Arrival


@rule(
    "too-few-anchors",
    Severity.ERROR,
    Ending.STRAYS,
    effect="MediaPipe reads past the end of the anchors: boxes come from whatever lies there.",
    calculator="TensorsToDetectionsCalculator",
    cause="`num_boxes` is more than the anchors that come in by the side packet ANCHORS. "
    "MediaPipe does not compare them.",
    cure="`num_boxes` is the number of rows of the model. Correct the options of the anchors "
    "until they make as many: input size, `strides`, `aspect_ratios`, and "
    "`interpolated_scale_aspect_ratio`, whose extra anchor is there by default. "
    "`mediapipe-anchors generate` counts them.",
    before="num_boxes: 2016  # of the decoder, beside anchors of\n"
    "input_size_width: 128 input_size_height: 128",
    after="num_boxes: 2016  # of the decoder, beside anchors of\n"
    "input_size_width: 192 input_size_height: 192",
)
def enough_anchors(subject: Subject) -> Iterator[Finding]:
    """A decoder reads past the end of anchors that are fewer than its `num_boxes`."""
    for decoder, num_boxes, source, count in _counted(subject):
        if count < num_boxes:
            place = "" if source.line is None else f" (line {source.line})"
            yield Finding(
                decoder,
                "num_boxes",
                num_boxes,
                f"at most {count}, the anchors that {source.calculator}{place} makes",
                "num_boxes is the model's number of rows; correct the options of the anchors"
                + _advice(subject, source, num_boxes),
            )


@rule(
    "anchors-left-over",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe takes the first anchors, and passes over the rest: most boxes lie where "
    "they should not. On a GPU it ends the process.",
    cause="The options of the anchors are not those that the model was trained with.",
    cure="Correct the options of the anchors until they make as many as the model has rows.",
    before="# of SsdAnchorsCalculator\ninput_size_width: 192 input_size_height: 192\n"
    "# of the decoder\nnum_boxes: 896",
    after="# of SsdAnchorsCalculator\ninput_size_width: 128 input_size_height: 128\n"
    "# of the decoder\nnum_boxes: 896",
    calculator="SsdAnchorsCalculator",
)
def no_anchors_are_left(subject: Subject) -> Iterator[Finding]:
    """More anchors than boxes are taken without a word."""
    for decoder, num_boxes, source, count in _counted(subject):
        if count > num_boxes > 0:
            place = "" if decoder.line is None else f" (line {decoder.line})"
            yield Finding(
                source,
                "anchors",
                count,
                f"{num_boxes}, the num_boxes of the {decoder.calculator}{place}",
                "correct the options of the anchors" + _advice(subject, source, num_boxes),
                place="calculator",
            )


def anchors_wanted(graph: Graph) -> dict[str, tuple[int, Node]]:
    """How many anchors a side packet from outside must hold at least, and which node reads them."""
    wanted: dict[str, tuple[int, Node]] = {}
    for decoder, num_boxes, arrival in _supplies(Subject(graph)):
        known = wanted.get(arrival.name)
        if arrival.station is None and (known is None or num_boxes > known[0]):
            wanted[arrival.name] = num_boxes, decoder
    return wanted


def anchors_before(subject: Subject, station: Station) -> list[Node]:
    """The nodes whose anchors come to a decoder."""
    return [
        arrival.station.node
        for entry in station.side_inputs
        if entry.tag == "ANCHORS"
        for arrival in subject.wiring.sources(entry.name, side_packet=True)
        if arrival.station is not None and arrival.calculator == "SsdAnchorsCalculator"
    ]


def _supplies(subject: Subject) -> Iterator[_Supply]:
    wiring = subject.wiring
    for station in wiring.stations:
        options = options_of(subject, station.node)
        if not isinstance(options, TensorsToDetectionsOptions):
            continue
        if not _reads_side_packet(subject, station):
            continue
        starts = [
            start for entry in station.inputs_of("TENSORS") for start in wiring.starts(entry.name)
        ]
        for entry in station.side_inputs:
            if entry.tag != "ANCHORS":
                continue
            for arrival in wiring.sources(entry.name, side_packet=True):
                if any(possible(arrival.conditions | start) for start in starts):
                    yield _Supply(station.node, options.num_boxes, arrival)


def _reads_side_packet(subject: Subject, station: Station) -> bool:
    """Whether a decoder may get two tensors; with more it takes no anchors from a side packet."""
    found = [
        tensors for entry in station.inputs_of("TENSORS") for tensors in tensors_on(subject, entry)
    ]
    return not found or any(tensors is None or len(tensors.shapes) == 2 for tensors in found)


class _Counted(NamedTuple):
    """A decoder and a node that makes `made` anchors for it."""

    decoder: Node
    num_boxes: int
    source: Node
    made: int


def _counted(subject: Subject) -> Iterator[_Counted]:
    for decoder, num_boxes, arrival in _supplies(subject):
        if arrival.station is None or arrival.calculator != "SsdAnchorsCalculator":
            continue
        source = arrival.station.node
        count = _count_anchors(subject, source)
        if count is not None and not source.option_values and not decoder.option_values:
            yield _Counted(decoder, num_boxes, source, count)


def _count_anchors(subject: Subject, node: Node) -> int | None:
    """How many anchors a node makes; None where its options are wrong, as another rule finds."""
    options = subject.options(node)
    assert isinstance(options, SsdAnchorsOptions)
    try:
        return count_anchors(options)
    except OptionsError:
        return None


def _advice(subject: Subject, node: Node, rows: int) -> str:
    """Which of a node's options would make so many anchors, as far as a usual mistake tells."""
    options = subject.options(node)
    assert isinstance(options, SsdAnchorsOptions)
    changes = explain_count(options, rows).changes
    return f": set {', or '.join(map(str, changes))}" if changes else ""
