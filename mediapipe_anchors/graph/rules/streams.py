"""Rules for the streams and side packets between nodes."""

from __future__ import annotations

import collections
import difflib
import graphlib
from collections.abc import Iterator

from mediapipe_anchors.graph import stream_name
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity, rule
from mediapipe_anchors.graph.rules.forwarding import Entry
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.graph.rules.whole_graph import config_of

MOST_NAMES = 500  # that are compared with one that is not known


@rule(
    "stream-without-source",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe refuses the graph.",
    cause="A name is misspelt, or the node that makes the stream is missing.",
    cure="Write the name of an output stream of another node, or of an input stream of the graph.",
    before='input_stream: "TENSORS:tensor"',
    after='input_stream: "TENSORS:tensors"',
    says=("does not have a corresponding output stream.",),
)
def streams_have_sources(subject: Subject) -> Iterator[Finding]:
    """Every stream that a node takes is made by a node, or comes into the graph."""
    made = _streams_made(subject)
    for node in subject.graph.nodes:
        for index, entry in enumerate(node.input_streams):
            if stream_name(entry) not in made:
                expected = "an output stream of a node, or an input stream of the graph"
                place, fix = f"input_stream[{index}]", _similar(stream_name(entry), made)
                yield Finding(node, "input_stream", entry, expected, fix, place=place)


@rule(
    "stream-made-twice",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe refuses the graph.",
    cause="Two nodes, or a node and the graph's input, give their streams one name.",
    cure="Give them names of their own.",
    before='output_stream: "detections"\n# of another node\noutput_stream: "detections"',
    after='output_stream: "detections"\n# of another node\noutput_stream: "filtered_detections"',
    says=("defined twice.",),
)
def streams_are_made_once(subject: Subject) -> Iterator[Finding]:
    """The names of streams and side packets are unique among those that make them."""
    graph = subject.graph
    streams = collections.Counter(map(stream_name, graph.input_streams))
    side_packets: collections.Counter[str] = collections.Counter()
    for name in (name for name, count in streams.items() if count > 1):
        yield Finding(None, "input_stream", name, "a name of its own")
    for node in graph.nodes:
        made = (
            ("output_stream", node.output_streams, streams),
            ("output_side_packet", node.output_side_packets, side_packets),
        )
        for field, entries, known in made:
            for index, entry in enumerate(entries):
                name = stream_name(entry)
                known[name] += 1
                if known[name] > 1:
                    place = f"{field}[{index}]"
                    yield Finding(node, field, entry, "a name of its own", place=place)


@rule(
    "stream-in-circle",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe refuses the graph.",
    cause="A node waits for a stream that is made of its own output.",
    cure='Mark the input that closes the circle: `input_stream_info { tag_index: "LOOP" '
    "back_edge: true }`.",
    before='input_stream: "LOOP:tracked"',
    after='input_stream: "LOOP:tracked"\ninput_stream_info { tag_index: "LOOP" back_edge: true }',
    says=("Generator side packet cycle or calculator stream cycle detected in graph",),
)
def circles_are_marked(subject: Subject) -> Iterator[Finding]:
    """Streams that go in a circle go back at a marked input."""
    makers = {entry.name: s for s in subject.wiring.stations for entry in s.outputs}
    sorter: graphlib.TopologicalSorter[Station] = graphlib.TopologicalSorter()
    for station, inputs in _waited_for(subject):
        before = (makers[entry.name] for entry in inputs if entry.name in makers)
        sorter.add(station, *(maker for maker in before if _is_calculator(maker)))
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle: list[Station] = error.args[1]
        names = " -> ".join(station.node.calculator for station in circle)
        expected = "a circle to have an input marked as back_edge"
        node = circle[-1].node
        yield Finding(node, "input_stream", names, expected, place="input_stream[0]")


@rule(
    "output-without-source",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The output stream does not exist: MediaPipe runs the graph, and refuses whoever asks "
    "for it.",
    cause="A name is misspelt, or the node that makes the stream is missing.",
    cure="Write the name of an output stream of a node.",
    before='output_stream: "detection"',
    after='output_stream: "detections"',
    says=("Unable to attach observer to output stream", "because it doesn't exist."),
)
def outputs_have_sources(subject: Subject) -> Iterator[Finding]:
    """Every output stream of the graph is made."""
    made = _streams_made(subject)
    for index, entry in enumerate(subject.graph.output_streams):
        if stream_name(entry) not in made:
            place, fix = f"output_stream[{index}]", _similar(stream_name(entry), made)
            yield Finding(None, "output_stream", entry, "a stream of a node", fix, place=place)


@rule(
    "side-packet-from-outside",
    Severity.INFO,
    Ending.MISLEADS,
    effect="No node makes this side packet: unless the caller hands it in, MediaPipe refuses to "
    "start, and a decoder ends the graph for want of anchors.",
    cause="The node that makes it is missing, or it is to come from the caller.",
    cure="Name it as an `input_side_packet` of the graph, or add the node.",
    before='input_side_packet: "ANCHORS:anchor"',
    after='input_side_packet: "ANCHORS:anchors"',
    says=("is required but was not provided.", "No anchor data available."),
)
def side_packets_have_sources(subject: Subject) -> Iterator[Finding]:
    """Side packets that neither a node makes nor the graph asks for."""
    graph, config = subject.graph, subject.once(config_of)
    if config is None:
        return
    made = {stream_name(entry) for entry in graph.input_side_packets}
    made |= {stream_name(entry) for node in graph.nodes for entry in node.output_side_packets}
    made |= {stream_name(made_by.output_side_packet) for made_by in config.packet_factory}
    made |= {stream_name(e) for maker in config.packet_generator for e in maker.output_side_packet}
    for node in graph.nodes:
        for index, entry in enumerate(node.input_side_packets):
            if stream_name(entry) not in made:
                expected = "an output side packet of a node, or an input side packet of the graph"
                place, fix = f"input_side_packet[{index}]", _similar(stream_name(entry), made)
                yield Finding(node, "input_side_packet", entry, expected, fix, place=place)


def _streams_made(subject: Subject) -> set[str]:
    """The streams that nodes make or that come into the graph."""
    made = {stream_name(entry) for entry in subject.graph.input_streams}
    return made | {stream_name(e) for node in subject.graph.nodes for e in node.output_streams}


def _waited_for(subject: Subject) -> Iterator[tuple[Station, list[Entry]]]:
    """The calculators, each with the inputs that have to come before it runs.

    What a subgraph waits for is not known before it is expanded.
    """
    config = subject.once(config_of)
    if config is None:
        return
    for station, node in zip(subject.wiring.stations, config.node, strict=True):
        back = {
            (tag, int(index or 0) if (index or "0").isdecimal() else 0)
            for info in node.input_stream_info
            for tag, _, index in [info.tag_index.partition(":")]
            if info.back_edge
        }
        if _is_calculator(station):
            yield station, [e for e in station.inputs if (e.tag, e.index) not in back]


def _is_calculator(station: Station) -> bool:
    return station.node.calculator.endswith("Calculator")


def _similar(name: str, names: set[str]) -> str | None:
    """Advice to write a name that is much like this one, if there is one."""
    if len(names) > MOST_NAMES:
        return None
    found = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.7)
    return f'perhaps "{found[0]}"' if found else None


STREAM_RULES: tuple[Rule, ...] = (
    streams_have_sources,
    streams_are_made_once,
    circles_are_marked,
    outputs_have_sources,
    side_packets_have_sources,
)
