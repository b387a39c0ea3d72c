"""Brings arbitrary detections into a graph.

MediaPipe's Python has no packet of a vector of detections, but it has packets of one `Detection`:
an `EndLoopDetectionCalculator` collects them, and a `BeginLoopIntCalculator` over as many integers
tells it when the vector is complete.
"""

from __future__ import annotations

from typing import Any

from mediapipe.python import packet_creator

from mediapipe_anchors.detections import Detections
from oracle.graphs import GraphBuilder
from oracle.messages import detection_messages


def add_detections(
    graph: GraphBuilder, detections: Detections, stream: str
) -> list[tuple[str, Any]]:
    """Add nodes that put `detections` on `stream`; returns the packets to feed.

    No detections means no packet on `stream`, as when an upstream calculator had nothing to send.
    """
    item, counter = graph.input_stream(f"{stream}_item"), graph.input_stream(f"{stream}_counter")
    graph.node(
        "BeginLoopIntCalculator",
        inputs=[f"ITERABLE:{counter}"],
        outputs=[f"ITEM:{stream}_number", f"BATCH_END:{stream}_end"],
    )
    graph.node(
        "EndLoopDetectionCalculator",
        inputs=[f"ITEM:{item}", f"BATCH_END:{stream}_end"],
        outputs=[f"ITERABLE:{stream}"],
    )
    messages = detection_messages(detections)
    packets = [
        (item, packet_creator.create_proto(message).at(index))
        for index, message in enumerate(messages)
    ]
    if messages:
        packets.append((counter, packet_creator.create_int_vector([0] * len(messages)).at(0)))
    return packets
