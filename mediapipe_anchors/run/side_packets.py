"""What a graph asks of the side packets it is given, where MediaPipe would not look before use."""

from __future__ import annotations

from typing import Any

from mediapipe_anchors.errors import GraphRunError
from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules.anchor_count import anchors_wanted
from mediapipe_anchors.graph.rules.switches import channels_offered
from mediapipe_anchors.run.mediapipe_api import load_mediapipe
from mediapipe_anchors.run.packet_values import type_name

ANCHORS_TYPE = "std::vector<mediapipe::Anchor>"


class SidePacketNeeds:
    """How many anchors a graph reads from a side packet, and among how many channels one chooses.

    Args:
        graph: a graph without subgraphs.
    """

    def __init__(self, graph: Graph) -> None:
        self._anchors = anchors_wanted(graph)
        self._channels = channels_offered(graph)

    def check(self, label: str, name: str, packet: Any) -> None:
        """Raise `GraphRunError` for a packet on which MediaPipe aborts or reads out of bounds.

        Args:
            label: what the error calls it.
            name: of the side packet.
            packet: mediapipe's packet. One of another type than the graph takes is MediaPipe's to
                refuse.
        """
        kind = type_name(packet)
        if name in self._anchors and kind == ANCHORS_TYPE:
            _check_anchors(label, packet, *self._anchors[name])
        if name in self._channels and kind in ("int", "bool"):
            _check_channel(label, packet, kind, self._channels[name])


def _check_anchors(label: str, packet: Any, wanted: int, decoder: Node) -> None:
    count = len(load_mediapipe().get.get_proto_list(packet))
    if count < wanted:
        raise GraphRunError(
            field=label,
            value=count,
            expected=f"at least {wanted} anchors, the num_boxes of {decoder.calculator}",
        )


def _check_channel(label: str, packet: Any, kind: str, channels: int) -> None:
    read = load_mediapipe().get
    chosen = read.get_int(packet) if kind == "int" else int(read.get_bool(packet))
    if not 0 <= chosen < channels:
        raise GraphRunError(
            field=label,
            value=chosen,
            expected=f"0 to {channels - 1}, the channels of the graph that it chooses from",
        )
