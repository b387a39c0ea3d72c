"""Where in a graph an image comes to."""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from image_graphs import (
    BACK_EDGE,
    OPTIONS,
    SIDE,
    TENSORS,
    TO_TENSOR,
    graph_of,
    image,
    stock,
    uses,
)
from mediapipe_graphs import plain_node

from mediapipe_anchors import GraphRunError, run_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.run.image_takers import image_takers, side_packet_key

WARP = OPTIONS.format("WarpAffineCalculator", "border_mode: BORDER_ZERO gpu_origin: TOP_LEFT")
RANGES = "element_only: true ranges { begin: 0 end: 1 }"
FIRST = OPTIONS.format("SplitVectorCalculator", RANGES)
BOTH = OPTIONS.format("SplitVectorCalculator", RANGES + " ranges { begin: 1 end: 2 }")
OUT = plain_node("PassThroughCalculator", "tensors", "out")


def takers_of(*nodes: str) -> dict[str, set[str]]:
    found = image_takers(Graph.read("\n".join(nodes)))
    return {stream: {taker.calculator for taker in takers} for stream, takers in found.items()}


# A node that hands the image on as "image": its graph, and what the image comes as.
HANDS_ON = {
    "PassThroughCalculator": (
        plain_node("PassThroughCalculator", "rgb in", "other image"),
        "Image",
    ),
    "GateCalculator": (plain_node("GateCalculator", "in ALLOW:allow", "image"), "Image"),
    "FlowLimiterCalculator": (
        plain_node(
            "FlowLimiterCalculator", "in FINISHED:out", "image", BACK_EDGE.format("FINISHED")
        ),
        "ImageFrame",
    ),
    "PreviousLoopbackCalculator": (
        plain_node(
            "PreviousLoopbackCalculator",
            "MAIN:rgb LOOP:in",
            "PREV_LOOP:image",
            BACK_EDGE.format("LOOP"),
        ),
        "Image",
    ),
    "MergeCalculator": (plain_node("MergeCalculator", "in rgb", "image"), "Image"),
    "PacketSequencerCalculator": (
        plain_node("PacketSequencerCalculator", "INPUT:in TICK:rgb", "OUTPUT:image"),
        "Image",
    ),
    "ToImageCalculator": (
        plain_node("ToImageCalculator", "IMAGE_CPU:in", "IMAGE:image"),
        "ImageFrame",
    ),
    "ImageTransformationCalculator": (
        plain_node("ImageTransformationCalculator", "IMAGE:in", "IMAGE:image"),
        "ImageFrame",
    ),
    "WarpAffineCalculator": (
        plain_node("ImageToTensorCalculator", "IMAGE:rgb", "TENSORS:t MATRIX:matrix", TO_TENSOR)
        + plain_node("ImagePropertiesCalculator", "IMAGE:rgb", "SIZE:size")
        + plain_node(
            "WarpAffineCalculator", "IMAGE:in MATRIX:matrix OUTPUT_SIZE:size", "IMAGE:image", WARP
        ),
        "Image",
    ),
    "BeginLoopImageCalculator": (
        plain_node("BeginLoopImageCalculator", "ITERABLE:in", "ITEM:image BATCH_END:end"),
        "vector<Image>",
    ),
    "BeginLoopImageCalculator, its clone": (
        plain_node("MergeImagesToVectorCalculator", "rgb", "images")
        + plain_node(
            "BeginLoopImageCalculator",
            "ITERABLE:images CLONE:in",
            "ITEM:item CLONE:image BATCH_END:end",
        ),
        "Image",
    ),
    "MergeImagesToVectorCalculator": (
        plain_node("MergeImagesToVectorCalculator", "rgb in", "images")
        + plain_node("BeginLoopImageCalculator", "ITERABLE:images", "ITEM:image BATCH_END:end"),
        "Image",
    ),
    "EndLoopImageCalculator": (
        plain_node("BeginLoopImageCalculator", "ITERABLE:in", "ITEM:item BATCH_END:end")
        + plain_node("EndLoopImageCalculator", "ITEM:item BATCH_END:end", "ITERABLE:images")
        + plain_node("BeginLoopImageCalculator", "ITERABLE:images", "ITEM:image BATCH_END:last"),
        "vector<Image>",
    ),
    "SplitImageVectorCalculator": (
        plain_node("SplitImageVectorCalculator", "in", "image", FIRST),
        "vector<Image>",
    ),
    "SplitImageVectorCalculator, its second": (
        plain_node("MergeImagesToVectorCalculator", "rgb in", "images")
        + plain_node("SplitImageVectorCalculator", "images", "first image", BOTH),
        "Image",
    ),
    "ConcatenateImageVectorCalculator": (
        plain_node("ConcatenateImageVectorCalculator", "rgb in", "images")
        + plain_node("BeginLoopImageCalculator", "ITERABLE:images", "ITEM:image BATCH_END:end"),
        "Image",
    ),
    "SidePacketToStreamCalculator": (
        plain_node("SidePacketToStreamCalculator", "", "AT_ZERO:image", SIDE),
        "Image",
    ),
}


@needs_graph_api
@pytest.mark.parametrize("name", HANDS_ON)
def test_nodes_that_hand_an_image_on(name):
    nodes, kind = HANDS_ON[name]
    text = graph_of(nodes, TENSORS, OUT)
    source = side_packet_key("side") if SIDE in text else "in"
    assert takers_of(text)[source] == {"ImageToTensorCalculator"}  # else MediaPipe aborts below
    assert stock(text, image("uint8", 1), kind).kind == "ok"
    outcome = stock(text, image("uint16", 1), kind)
    assert outcome.kind == "abort"
    assert "UNKNOWN" in outcome.text or outcome.text == "SIGABRT"
    pixels = image("uint16", 1)
    value = [pixels] if kind == "vector<Image>" else pixels
    inputs = {n: v for n, v in {"rgb": image("uint8", 3), "allow": True}.items() if uses(text, n)}
    call = {"inputs": inputs | {"in": value}, "packet_types": {"in": kind}}
    if SIDE in text:
        call = {"inputs": inputs, "side_packets": {"side": value}, "packet_types": {"side": kind}}
    with pytest.raises(GraphRunError, match=r"got 'an image of uint16.*all that ImageToTensor"):
        run_graph(text, **call)


def test_takers_of_a_graph():
    assert takers_of(
        plain_node("ToImageCalculator", "IMAGE_CPU:a", "IMAGE:b"),
        plain_node("ImageCloneCalculator", "b", "c"),
        plain_node("ImageToTensorCalculator", "IMAGE:c NORM_RECT:rect", "TENSORS:t"),
        plain_node("Other", "depth t", "NORM_RECT:rect"),
        plain_node("SetAlphaCalculator", "IMAGE:e ALPHA:a", "IMAGE:f"),
        plain_node("AnnotationOverlayCalculator", "IMAGE:grey", "IMAGE:e"),
        plain_node("ImageToTensorCalculator", "IMAGE:f", "TENSORS:t2"),
    ) == {
        "a": {"ImageToTensorCalculator", "ImageCloneCalculator"},
        "b": {"ImageToTensorCalculator", "ImageCloneCalculator"},
        "c": {"ImageToTensorCalculator"},
        "e": {"SetAlphaCalculator"},
        "f": {"ImageToTensorCalculator"},
    }


def test_streams_and_side_packets_of_one_name_are_apart():
    found = takers_of(
        plain_node("SidePacketToStreamCalculator", "", "AT_ZERO:b", 'input_side_packet: "a"'),
        plain_node("ImageCloneCalculator", "b", "c"),
        plain_node("PassThroughCalculator", "a", "d"),
    )
    assert set(found) == {side_packet_key("a"), "b"}


def test_long_graphs_are_read_in_time():
    chain = [plain_node("PassThroughCalculator", f"i{n}", f"i{n + 1}") for n in range(500)]
    found = takers_of(*reversed(chain), plain_node("ImageCloneCalculator", "i500", "out"))
    assert set(found) == {f"i{n}" for n in range(501)}


@needs_graph_api
def test_clocks_hand_nothing_on():
    """An image of 16 bits may be what a loopback or a gate looks at only for its time."""
    text = graph_of(
        plain_node(
            "PreviousLoopbackCalculator",
            "MAIN:in LOOP:rgb",
            "PREV_LOOP:image",
            BACK_EDGE.format("LOOP"),
        ),
        TENSORS,
        plain_node("PassThroughCalculator", "in", "out"),
    )
    frame = {"in": image("uint16", 1), "rgb": image("uint8", 3)}
    assert len(run_graph(text, [frame, frame])) == 2
