"""Images that MediaPipe must not be given."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import has_graph_api, needs_graph_api
from image_graphs import ALPHA, graph_of
from mediapipe_graphs import image_to_tensor_node, plain_node
from packet_samples import IMAGES, through_mediapipe

from mediapipe_anchors import GraphRunError, run_graph

pytestmark = needs_graph_api

if has_graph_api():
    from mediapipe.python import packet_creator


@pytest.mark.parametrize("size", [(1, 40000), (40000, 1)])
def test_images_too_long_for_opencv(size):
    with pytest.raises(GraphRunError, match="sides of 1 to 32766 pixels"):
        through_mediapipe(np.zeros((*size, 3), np.uint8))


def test_empty_image_in_a_packet():
    import mediapipe

    empty = packet_creator.create_image_frame(
        np.zeros((0, 5, 3), np.uint8), image_format=mediapipe.ImageFormat.SRGB
    )
    with pytest.raises(GraphRunError, match="an image of 5 x 0 pixels"):
        through_mediapipe(empty)


@pytest.mark.parametrize("packet_type", ["Image", "ImageFrame"])
def test_16_bits_where_only_8_are_taken(packet_type):
    graph = 'input_stream: "image" output_stream: "tensors"' + image_to_tensor_node(8)
    with pytest.raises(GraphRunError, match=r"uint16 \[H, W\].*ImageToTensorCalculator.*>> 8"):
        run_graph(graph, {"image": IMAGES["grey of 16 bits"]}, packet_types={"image": packet_type})


def test_grey_where_only_colour_is_taken():
    graph = graph_of(plain_node("SetAlphaCalculator", "IMAGE:in", "IMAGE:out", ALPHA))
    with pytest.raises(GraphRunError, match=r"uint8 \[H, W\].*SetAlphaCalculator.*dstack"):
        run_graph(graph, {"in": IMAGES["grey"]})
