"""Rules for the channels of a SwitchContainer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.walk import Wiring
from mediapipe_anchors.graph.rules.ways import Station, chosen_channel

MUX = "SwitchMuxCalculator"
CONTROLS = ("SELECT", "ENABLE")


@rule(
    "switch-channel-missing",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process when the graph starts.",
    calculator="SwitchContainer",
    cause="`select` (or `enable`) of a SwitchContainer chooses among fewer `contained_node` "
    "entries, where side packets pass through it.",
    cure="Write an index from 0 to the number of contained nodes less 1.",
    before="select: 2  # of two contained nodes",
    after="select: 1  # of two contained nodes",
)
def chosen_channels_exist(subject: Subject) -> Iterator[Finding]:
    """MediaPipe aborts where a switch is to pass on side packets of a channel that it lacks."""
    for station in subject.wiring.stations:
        count = _channel_count(station)
        chosen = chosen_channel(station.node) if count else None
        selects = any(entry.tag in CONTROLS for entry in station.side_inputs)
        if chosen is not None and not selects and not 0 <= chosen < count:
            yield Finding(station.node, "select", chosen, f"0 or more, and below {count}")


def channels_offered(graph: Graph) -> dict[str, int]:
    """How many channels each side packet from outside chooses from; MediaPipe does not look."""
    wiring = Wiring(graph)
    offered: dict[str, int] = {}
    for station in wiring.stations:
        count = _channel_count(station)
        for entry in station.side_inputs if count else ():
            if entry.tag not in CONTROLS:
                continue
            for arrival in wiring.sources(entry.name, side_packet=True):
                if arrival.station is None:
                    offered[arrival.name] = min(count, offered.get(arrival.name, count))
    return offered


def _channel_count(station: Station) -> int:
    """The channels from which a switch passes on side packets; 0 for any other node."""
    if station.node.calculator != MUX or not station.side_outputs:
        return 0
    matches = (re.match(r"C(\d+)__", entry.tag) for entry in station.side_inputs)
    return 1 + max((int(match[1]) for match in matches if match), default=-1)
