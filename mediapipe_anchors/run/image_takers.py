"""Which images MediaPipe's calculators take, and which of them an image reaches in a graph.

An image in another format makes them abort or crash the process, or read out of bounds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from mediapipe_anchors.graph import Graph, stream_name, stream_tag
from mediapipe_anchors.graph.flow import handed_on

ImageFormat = tuple[str, int]  # dtype and channels

EIGHT_BITS = frozenset[ImageFormat]({("uint8", 1), ("uint8", 3), ("uint8", 4)})
FLOATS = frozenset[ImageFormat]({("float32", 1), ("float32", 2)})


class ImageTaker(NamedTuple):
    """A calculator, its inputs for images, and the formats that it takes there."""

    calculator: str
    tags: tuple[str, ...]
    formats: frozenset[ImageFormat]


IMAGE_TAKERS = (
    ImageTaker("FromImageCalculator", ("IMAGE",), EIGHT_BITS | FLOATS),
    ImageTaker("ImageCloneCalculator", ("",), EIGHT_BITS | FLOATS),
    ImageTaker("ImageToTensorCalculator", ("IMAGE",), EIGHT_BITS),
    ImageTaker(
        "SegmentationSmoothingCalculator",
        ("MASK", "MASK_PREVIOUS"),
        frozenset({("float32", 1)}),
    ),
    ImageTaker("SetAlphaCalculator", ("IMAGE",), frozenset({("uint8", 3), ("uint8", 4)})),
)

# They take images, and none comes out of them in the format in which it came in.
ENDS = (
    "AnnotationOverlayCalculator",
    "FlatColorImageCalculator",
    "ImagePropertiesCalculator",
    "ImageToTensorCalculator",
    "NonMaxSuppressionCalculator",
    "SetAlphaCalculator",
    "TensorConverterCalculator",
)


def image_takers(graph: Graph) -> dict[str, list[ImageTaker]]:
    """The takers that an image reaches from each stream and side packet.

    Args:
        graph: a graph without subgraphs.

    Returns:
        {stream, or "side_packet:" and a side packet: takers}; none for what reaches no taker.
    """
    sources = _sources(graph)
    takers: dict[str, list[ImageTaker]] = defaultdict(list)
    for taker in IMAGE_TAKERS:
        pending = [
            stream_name(entry)
            for node in graph.nodes
            if node.calculator == taker.calculator
            for entry in node.input_streams
            if stream_tag(entry) in taker.tags
        ]
        reaching = set(pending)
        while pending:
            new = sources[pending.pop()] - reaching
            reaching |= new
            pending += new
        for name in reaching:
            takers[name].append(taker)
    return dict(takers)


def side_packet_key(name: str) -> str:
    """How `image_takers` calls a side packet: a stream may have the same name."""
    return f"side_packet:{name}"


def _sources(graph: Graph) -> dict[str, set[str]]:
    """Where the images on each stream may come from, one node back."""
    sources: dict[str, set[str]] = defaultdict(set)
    for node in graph.nodes:
        if node.calculator in ENDS:
            continue
        for entry, output in handed_on(node):
            sources[stream_name(output)].add(stream_name(entry))
        if node.calculator == "SidePacketToStreamCalculator":
            sides = {side_packet_key(stream_name(entry)) for entry in node.input_side_packets}
            for output in node.output_streams:
                sources[stream_name(output)] |= sides
    return sources
