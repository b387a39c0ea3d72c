"""Rules for the anchors that come to a decoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.model_tensors import tensors_on
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
    before="num_boxes: 2016  # of the decoder, beside anchors of\ninput_size_width: 128 "
    "input_size_height: 128",
    after="num_boxes: 2016  # of the decoder, beside anchors of\ninput_size_width: 192 "
    "input_size_height: 192",
)
def enough_anchors(subject: Subject) -> Iterator[Finding]:
    """A decoder reads past the end of anchors that are fewer than its `num_boxes`."""
    for decoder, num_boxes, arrival in _supplies(subject):
        if arrival.station is None or arrival.calculator != "SsdAnchorsCalculator":
            continue
        source = arrival.station.node
        count = _count_anchors(source)
        if count is not None and count < num_boxes:
            place = "" if source.line is None else f" (line {source.line})"
            yield Finding(
                decoder,
                "num_boxes",
                num_boxes,
                f"at most {count}, the anchors that {source.calculator}{place} makes",
                "num_boxes is the model's number of rows; correct the options of the anchors",
            )


def anchors_wanted(graph: Graph) -> dict[str, tuple[int, Node]]:
    """How many anchors a side packet from outside must hold at least, and which node reads them."""
    wanted: dict[str, tuple[int, Node]] = {}
    for decoder, num_boxes, arrival in _supplies(Subject(graph)):
        known = wanted.get(arrival.name)
        if arrival.station is None and (known is None or num_boxes > known[0]):
            wanted[arrival.name] = num_boxes, decoder
    return wanted


def _supplies(subject: Subject) -> Iterator[_Supply]:
    wiring = subject.wiring
    for station in wiring.stations:
        options = station.node.options()
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


def _count_anchors(node: Node) -> int | None:
    """How many anchors a node makes; None where its options are wrong, as another rule finds."""
    options = node.options()
    assert isinstance(options, SsdAnchorsOptions)
    try:
        return count_anchors(options)
    except OptionsError:
        return None
