"""Stock `NonMaxSuppressionCalculator`."""

from __future__ import annotations

from typing import Any

from mediapipe.python import packet_getter

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.options import NonMaxSuppressionOptions
from oracle.detection_source import add_detections
from oracle.graphs import GraphBuilder
from oracle.messages import detections_from, options_message


def stock_non_max_suppression(
    streams: Detections | list[Detections], options: NonMaxSuppressionOptions
) -> Detections | None:
    """Suppress the detections of one stream or several; None where no packet is sent."""
    streams = [streams] if isinstance(streams, Detections) else streams
    graph = GraphBuilder()
    names = [f"detections_{index}" for index in range(len(streams))]
    packets: list[tuple[str, Any]] = []
    for name, detections in zip(names, streams, strict=True):
        packets += add_detections(graph, detections, name)
    graph.node(
        "NonMaxSuppressionCalculator",
        inputs=names,
        outputs=["retained"],
        options=options_message(options),
    )
    retained = graph.run(packets, ["retained"])["retained"]
    if not retained:
        return None
    return detections_from(
        packet_getter.get_proto_list(retained[0]), num_keypoints=streams[0].keypoints.shape[1]
    )
