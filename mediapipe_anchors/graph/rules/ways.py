"""From which inputs of a node the packets of an output come, and on what conditions."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from mediapipe_anchors.graph import Node, stream_name, stream_tag
from mediapipe_anchors.graph.rules.forwarding import (
    DEPENDS,
    FORWARDS,
    FORWARDS_SIDE_PACKETS,
    Entry,
)

GATE = "GateCalculator"
SWITCHES = ("SwitchDemuxCalculator", "SwitchMuxCalculator")


class Condition(NamedTuple):
    """What a stream or side packet must say for packets to come a way.

    `empty` tells whether they also come at times when the stream says nothing.
    """

    control: str
    is_stream: bool
    value: int
    empty: bool = False


NEVER = Condition("", False, 0)  # the condition of a way that is closed for good

Conditions = frozenset[Condition]


def possible(conditions: Conditions) -> bool:
    """Whether all can hold at once."""
    return NEVER not in conditions and not any(
        (one.control, one.is_stream) == (two.control, two.is_stream)
        and one.value != two.value
        and not (one.empty and two.empty)
        for one, two in itertools.combinations(conditions, 2)
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Station:
    """A node, with its streams and side packets read."""

    node: Node
    inputs: tuple[Entry, ...]
    outputs: tuple[Entry, ...]
    side_inputs: tuple[Entry, ...]
    side_outputs: tuple[Entry, ...]

    @classmethod
    def of(cls, node: Node) -> Station:
        """The station of a node."""
        return cls(
            node,
            _entries(node.input_streams),
            _entries(node.output_streams),
            _entries(node.input_side_packets),
            _entries(node.output_side_packets),
        )

    def inputs_of(self, tag: str) -> list[Entry]:
        """Its input streams of a tag, or those without one."""
        return [entry for entry in self.inputs if entry.tag == tag]


def _entries(texts: list[str]) -> tuple[Entry, ...]:
    """From "TAG:index:name", "TAG:name" (which has index 0) and "name" (which is counted)."""
    untagged = itertools.count()
    entries = []
    for text in texts:
        indexed = re.fullmatch(r"[^:]*:(\d+):[^:]*", text)
        index = int(indexed[1]) if indexed else 0
        tag = stream_tag(text)
        entries.append(Entry(tag, index if tag else next(untagged), stream_name(text)))
    return tuple(entries)


def ways_to(
    station: Station, output: Entry, *, side_packet: bool, depends: bool
) -> Iterator[tuple[Entry, Condition | None]]:
    """The inputs that come out at an output; with `depends`, those without which nothing does."""
    calculator = station.node.calculator
    if calculator in SWITCHES:
        yield from _switched(station, output, side_packet)
        return
    if calculator == GATE:
        yield from [] if side_packet else _gated(station, output)
        return
    routes = (FORWARDS_SIDE_PACKETS if side_packet else FORWARDS).get(calculator, ())
    if depends and not side_packet:
        routes += DEPENDS.get(calculator, ())
    for source in station.side_inputs if side_packet else station.inputs:
        if any(route.joins(source, output) for route in routes):
            yield source, None


def _gated(station: Station, output: Entry) -> Iterator[tuple[Entry, Condition | None]]:
    options = station.node.message("mediapipe.GateCalculatorOptions")
    opens = options is not None and options.allow
    empty = options is not None and options.empty_packets_as_allow
    condition = None if opens else NEVER
    for entry, is_stream in _controls(station, ("ALLOW", "DISALLOW")):
        value = int(entry.tag == "ALLOW")
        condition = Condition(entry.name, is_stream, value, empty and is_stream)
    for source in station.inputs:
        if source.tag == output.tag == "" and source.index == output.index:
            yield source, condition


def _switched(
    station: Station, output: Entry, side_packet: bool
) -> Iterator[tuple[Entry, Condition | None]]:
    demux = station.node.calculator == "SwitchDemuxCalculator"
    for source in station.side_inputs if side_packet else station.inputs:
        of_channel, plain = (output, source) if demux else (source, output)
        match = re.fullmatch(r"C(\d+)__(.*)", of_channel.tag)
        if match and (match[2], source.index) == (plain.tag, output.index):
            to_all = demux and side_packet
            yield source, None if to_all else _channel_condition(station, int(match[1]))


def _channel_condition(station: Station, channel: int) -> Condition | None:
    """When a switch chooses a channel: by a stream or side packet, else by its options."""
    for entry, is_stream in _controls(station, ("SELECT", "ENABLE")):
        return Condition(entry.name, is_stream, channel)
    chosen = chosen_channel(station.node)
    return None if chosen in (None, channel) else NEVER


def chosen_channel(node: Node) -> int | None:
    """The channel that a switch's options choose, if they do."""
    options = node.message("mediapipe.SwitchContainerOptions")
    if options is not None and options.HasField("select"):
        return int(options.select)
    if options is not None and options.HasField("enable"):
        return int(options.enable)
    return None


def _controls(station: Station, tags: tuple[str, ...]) -> Iterator[tuple[Entry, bool]]:
    """What controls a node: its streams and then its side packets of those tags."""
    for entries, is_stream in ((station.inputs, True), (station.side_inputs, False)):
        yield from ((entry, is_stream) for entry in entries if entry.tag in tags)
