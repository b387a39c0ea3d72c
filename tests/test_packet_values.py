"""What comes out of a packet."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import has_graph_api, needs_graph_api
from mediapipe_graphs import image_to_tensor_node
from packet_samples import IMAGES, through_mediapipe

from mediapipe_anchors import run_graph
from mediapipe_anchors.run.packet_values import (
    Classification,
    Landmarks,
    Rect,
    plain_type,
    read_packet,
    type_name,
)

pytestmark = needs_graph_api

if has_graph_api():
    from mediapipe.framework.formats import classification_pb2, landmark_pb2, rect_pb2
    from mediapipe.python import packet_creator


def test_unreadable_packets_come_back_themselves():
    graph = 'input_stream: "image" output_stream: "tensors"' + image_to_tensor_node(8)
    packet = run_graph(graph, {"image": IMAGES["rgb"]})["tensors"]
    assert type_name(packet) == "std::vector<mediapipe::Tensor>"
    assert type_name(read_packet(packet_creator.create_int_array([1]))) == "int []"


def test_packets_inside_packets():
    inner = [packet_creator.create_int(1), packet_creator.create_string("a")]
    assert read_packet(packet_creator.create_packet_vector(inner)) == [1, "a"]
    mapping = packet_creator.create_string_to_packet_map({"n": inner[0]})
    assert read_packet(mapping) == {"n": 1}


def test_strings_that_are_not_utf8():
    packet = packet_creator.create_string_vector([b"\xff"])
    assert read_packet(packet) is packet


@pytest.mark.parametrize(
    ("kind", "value"),
    [("int8", -5), ("int16", -500), ("uint8", 5), ("uint16", 500), ("uint32", 2**32 - 1)],
)
def test_every_integer_is_read(kind, value):
    assert read_packet(getattr(packet_creator, f"create_{kind}")(value)) == value


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("::std::vector<::mediapipe::Detection>", "std::vector<mediapipe::Detection>"),
        (
            "std::vector<mediapipe::Anchor, std::allocator<mediapipe::Anchor> >",
            "std::vector<mediapipe::Anchor>",
        ),
        ("std::array<float, 16ul>", "std::array<float, 16>"),
        ("::mediapipe::Image", "mediapipe::Image"),
        ("int", "int"),
    ],
)
def test_plain_type(name, plain):
    assert plain_type(name) == plain


def test_rects():
    message = rect_pb2.NormalizedRect(
        x_center=0.5, y_center=0.25, width=0.125, height=1, rotation=0.75
    )
    assert through_mediapipe(message) == Rect(0.5, 0.25, 0.125, 1.0, 0.75, normalized=True)
    message = rect_pb2.Rect(x_center=5, y_center=6, width=7, height=8)
    assert through_mediapipe(message) == Rect(5, 6, 7, 8, 0.0, normalized=False)


def test_landmarks():
    point = landmark_pb2.NormalizedLandmark(x=0.5, y=0.25, z=0.125, visibility=0.75)
    result = through_mediapipe(landmark_pb2.NormalizedLandmarkList(landmark=[point, point]))
    assert isinstance(result, Landmarks)
    assert result.normalized
    np.testing.assert_array_equal(result.points, [[0.5, 0.25, 0.125]] * 2)
    np.testing.assert_array_equal(result.visibility, [0.75, 0.75])
    assert np.isnan(result.presence).all()
    world = through_mediapipe(landmark_pb2.LandmarkList())
    assert world.points.shape == (0, 3)
    assert not world.normalized


def test_classifications():
    entry = classification_pb2.Classification(index=3, score=0.5, label="cat")
    expected = Classification(3, 0.5, "cat", "")
    both = classification_pb2.ClassificationList(classification=[entry, entry])
    assert through_mediapipe(both) == [expected, expected]


def test_other_messages_come_back_themselves():
    message = landmark_pb2.NormalizedLandmark(x=0.5)
    assert through_mediapipe(message) == message
