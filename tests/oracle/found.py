"""What comes out of whole graphs of text, many in one process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mediapipe
import numpy as np
from mediapipe.python import packet_creator, packet_getter
from mediapipe.python._framework_bindings import calculator_graph, resource_util

from oracle.graphs import StockError, sample_packets, status_errors

Row = tuple[Any, ...]


def stock_found(texts: Sequence[str]) -> list[str | list[Row]]:
    """The detections on the stream "detections" of each graph for one image; or its error's text.

    A row is a detection: class ids, labels, scores, box and keypoints.
    """
    resource_util.set_resource_dir(str(Path(mediapipe.__file__).parents[1]))
    return [_found(text) for text in texts]


def _found(text: str) -> str | list[Row]:
    packets: list[Any] = []
    try:
        with status_errors():
            graph = calculator_graph.CalculatorGraph(graph_config=text)
            graph.observe_output_stream("detections", lambda _, packet: packets.append(packet))
            graph.start_run(_side_packets(text))
            for name, packet in sample_packets(text):
                given = _oblong_image() if name == "image" else packet
                graph.add_packet_to_input_stream(name, given.at(0))
            graph.close_all_packet_sources()
            graph.wait_until_done()
    except StockError as error:
        return str(error)
    return [_row(message) for packet in packets for message in packet_getter.get_proto_list(packet)]


def _oblong_image() -> Any:
    """Twice as wide as high, so that margins matter."""
    pixels = np.full((64, 128, 3), 99, np.uint8)
    return packet_creator.create_image_frame(pixels, image_format=mediapipe.ImageFormat.SRGB)


def _side_packets(text: str) -> dict[str, Any]:
    """Class 0 to be ignored, for a graph that asks for it."""
    asked = 'input_side_packet: "ignored"' in text
    return {"ignored": packet_creator.create_int_vector([0])} if asked else {}


def _row(message: Any) -> Row:
    location = message.location_data
    box = location.relative_bounding_box
    if location.HasField("bounding_box"):
        box = location.bounding_box
    points = [(point.x, point.y) for point in location.relative_keypoints]
    sides = (box.xmin, box.ymin, box.width, box.height)
    return (list(message.label_id), list(message.label), list(message.score), sides, points)
