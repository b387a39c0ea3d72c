"""Any graph of one image, for what stock MediaPipe makes of the image's format."""

from __future__ import annotations

import re
from typing import Any

import mediapipe
import numpy as np
import numpy.typing as npt
from mediapipe.python import packet_creator, packet_getter
from mediapipe.python._framework_bindings import calculator_graph

from oracle.graphs import status_errors

TIMES = (0, 1)  # a loopback sends the image of the time before


def stock_image_graph(
    text: str, pixels: npt.NDArray[Any], image_format: str, kind: str
) -> list[Any]:
    """What a graph sends on "out" for an image on "in", and for its twin at the next time.

    Graphs may take three streams more: "rgb" and "mask" (of floats) are an `Image` of the same
    size, "allow" is True. Where a graph has a side packet "side", that is the image.

    Args:
        text: the graph.
        pixels: an image array.
        image_format: its format, by mediapipe's name.
        kind: "Image", "ImageFrame" or "vector<Image>".

    Returns:
        Arrays for images, C++ type names for anything else.
    """
    colour = np.zeros((*pixels.shape[:2], 3), np.uint8)
    packets = {
        "in": _packet(pixels, image_format, kind),
        "rgb": _packet(colour, "SRGB", "Image"),
        "mask": _packet(np.zeros(pixels.shape[:2], np.float32), "VEC32F1", "Image"),
        "allow": packet_creator.create_bool(True),
    }
    sent: list[Any] = []
    with status_errors():
        graph = calculator_graph.CalculatorGraph(graph_config=text)
        graph.observe_output_stream("out", lambda _, packet: sent.append(packet))
        graph.start_run({"side": packets["in"]} if 'input_side_packet: "side"' in text else {})
        for time in TIMES:
            for stream, packet in packets.items():
                if f'input_stream: "{stream}"' in text:
                    graph.add_packet_to_input_stream(stream, packet.at(time))
        graph.close_all_packet_sources()
        graph.wait_until_done()
    return [_content(packet) for packet in sent]


def _packet(pixels: npt.NDArray[Any], image_format: str, kind: str) -> Any:
    kinds = {"ImageFrame": packet_creator.create_image_frame, "Image": packet_creator.create_image}
    create = kinds.get(kind, packet_creator.create_image)
    packet = create(pixels, image_format=getattr(mediapipe.ImageFormat, image_format))
    if kind == "vector<Image>":
        return packet_creator.create_image_vector([packet_getter.get_image(packet)])
    return packet


def _content(packet: Any) -> Any:
    cpp_type = re.findall(r"C\+\+ type: (?:::)?(.*)>$", repr(packet))[0]
    if cpp_type == "mediapipe::Image":
        return np.array(packet_getter.get_image(packet).numpy_view())
    if cpp_type == "mediapipe::ImageFrame":
        return np.array(packet_getter.get_image_frame(packet).numpy_view())
    return cpp_type
