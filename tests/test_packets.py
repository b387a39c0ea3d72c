"""What a value becomes as a packet, and which values become none."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import has_graph_api, needs_graph_api
from hypothesis import given, settings
from hypothesis import strategies as st
from mediapipe_graphs import pass_through_graph
from packet_samples import IMAGES, pixels, through_mediapipe

from mediapipe_anchors import GraphRunError, run_graph
from mediapipe_anchors.run.packet_values import read_packet, type_name
from mediapipe_anchors.run.packets import PACKET_TYPES, check_packet_types, make_packet

pytestmark = needs_graph_api

if has_graph_api():
    from mediapipe.framework.formats import rect_pb2
    from mediapipe.python import packet_creator

rng = np.random.default_rng(7)

# value, type in MediaPipe, what comes back (where it is not the value itself)
ROUND_TRIPS = [
    (True, "bool", None),
    (False, "bool", None),
    (np.True_, "bool", True),
    (7, "int", None),
    (-(2**31), "int", None),
    (np.int64(7), "int", 7),
    (np.uint8(7), "int", 7),
    (0.5, "float", None),
    (np.float64(0.1), "float", float(np.float32(0.1))),
    (float("inf"), "float", None),
    ("text with ü", "string", None),
    ("", "string", None),
    (b"bytes", "string", "bytes"),
    (b"\xff\x00", "string", b"\xff\x00"),
    ([True, False], "std::vector<bool>", None),
    ([1, 2, 3], "std::vector<int>", None),
    (["a", "b"], "std::vector<std::string>", None),
]


ARRAY_ROUND_TRIPS = [
    ([1.5, 2.5], "std::vector<float>", np.array([1.5, 2.5], np.float32)),
    ([1, 2.5], "std::vector<float>", np.array([1, 2.5], np.float32)),
    ([], "std::vector<float>", np.zeros(0, np.float32)),
    ((1.5,), "std::vector<float>", np.array([1.5], np.float32)),
    (np.array([1.5, 2]), "std::vector<float>", np.array([1.5, 2], np.float32)),
    (np.arange(3), "std::vector<int>", np.arange(3)),
    (np.arange(6.0).reshape(2, 3), "Eigen::Matrix<float, -1, -1, 0, -1, -1>", None),
    (np.zeros((0, 3), np.float32), "Eigen::Matrix<float, -1, -1, 0, -1, -1>", None),
    *[(image, "mediapipe::ImageFrame", None) for image in IMAGES.values()],
]


@pytest.mark.parametrize(("value", "cpp_type", "expected"), ROUND_TRIPS)
def test_scalars_and_lists_come_back(value, cpp_type, expected):
    expected = value if expected is None else expected
    assert type_name(make_packet("value", value)) == cpp_type
    result = through_mediapipe(value)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(("value", "cpp_type", "expected"), ARRAY_ROUND_TRIPS)
def test_arrays_come_back(value, cpp_type, expected):
    expected = value if expected is None else expected
    assert type_name(make_packet("value", value)) == cpp_type
    np.testing.assert_array_equal(through_mediapipe(value), expected)


def test_float_arrays_come_back_as_float32():
    assert through_mediapipe([0.1]).dtype == np.float32
    assert through_mediapipe(np.ones((2, 3))).dtype == np.float32


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
@pytest.mark.parametrize("packet_type", ["Image", "ImageFrame"])
def test_images_come_back_whole(image, packet_type):
    result = through_mediapipe(image, packet_type)
    assert result.dtype == image.dtype
    np.testing.assert_array_equal(result, image)
    result[:] = 0  # a copy of its own


def test_trailing_axis_of_one_is_grey():
    np.testing.assert_array_equal(through_mediapipe(IMAGES["grey"][:, :, None]), IMAGES["grey"])


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::2, ::3],
        lambda a: a[::-1, ::-1],
        lambda a: a[:, :, ::-1],
        np.asfortranarray,
        lambda a: a.transpose(1, 0, 2),
    ],
)
def test_any_memory_order(view):
    image = view(pixels(np.uint8, 12, 15, 3))
    np.testing.assert_array_equal(through_mediapipe(image), image)
    matrix = view(rng.random((12, 15, 3)))[:, :, 0]
    np.testing.assert_array_equal(through_mediapipe(matrix), matrix.astype(np.float32))


def test_read_only_memory_and_later_writes():
    image = pixels(np.uint8, 4, 4, 3)
    copy = image.copy()
    image.flags.writeable = False
    packet = make_packet("value", image)
    image.flags.writeable = True
    image[:] = 0
    np.testing.assert_array_equal(read_packet(packet), copy)


def test_rows_and_columns_of_a_matrix():
    matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert "Matrix" in repr(packet_creator.create_matrix(matrix))
    np.testing.assert_array_equal(read_packet(packet_creator.create_matrix(matrix)), matrix)
    np.testing.assert_array_equal(through_mediapipe(matrix), matrix)


def test_packets_go_as_they_are():
    assert through_mediapipe(packet_creator.create_int64(2**40)) == 2**40
    packet = packet_creator.create_int(1)
    assert make_packet("value", packet) is packet


@pytest.mark.parametrize(
    ("value", "packet_type", "cpp_type"),
    [
        (3, "int64", "int64_t"),
        (3, "uint64", "uint64_t"),
        (3, "float", "float"),
        (3, "double", "double"),
        (0.5, "double", "double"),
        ([1, 2], "vector<float>", "std::vector<float>"),
        ([], "vector<int>", "std::vector<int>"),
        ([], "vector<string>", "std::vector<std::string>"),
        (IMAGES["rgb"], "Image", "mediapipe::Image"),
        (rng.random((3, 4)), "ImageFrame", "mediapipe::ImageFrame"),
        ([IMAGES["rgb"], IMAGES["grey"]], "vector<Image>", "std::vector<mediapipe::Image>"),
    ],
)
def test_override(value, packet_type, cpp_type):
    assert type_name(make_packet("value", value, packet_type=packet_type)) == cpp_type
    result = through_mediapipe(value, packet_type)
    if packet_type == "vector<Image>":
        for mine, theirs in zip(result, value, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    else:
        np.testing.assert_allclose(result, value, rtol=1e-6)


def test_every_packet_type_round_trips_somewhere():
    tried = {"proto", "Matrix", "vector<bool>", "bool", "int", "string"}
    tried |= {mark.args[1][i][1] for mark in test_override.pytestmark for i in range(11)}
    assert tried == set(PACKET_TYPES)


@pytest.mark.parametrize(
    ("value", "registered", "cpp_type"),
    [
        (IMAGES["rgb"], "::mediapipe::Image", "mediapipe::Image"),
        (
            IMAGES["rgb"],
            "OneOf<::mediapipe::Image, ::mediapipe::ImageFrame>",
            "mediapipe::ImageFrame",
        ),
        (IMAGES["rgb"], "::mediapipe::Detection", "mediapipe::ImageFrame"),
        (1, "float", "float"),
        (1, "int64_t", "int64_t"),
        (1, "OneOf<float, int>", "int"),
        ([1, 2], "::std::vector<float>", "std::vector<float>"),
        (0.5, None, "float"),
    ],
)
def test_the_consumer_decides(value, registered, cpp_type):
    assert type_name(make_packet("value", value, registered=registered)) == cpp_type


def test_image_where_only_that_is_taken():
    graph = """
    input_stream: "in"
    output_stream: "out"
    node { calculator: "PassThroughCalculator" input_stream: "in" output_stream: "mid" }
    node {
      calculator: "FromImageCalculator"
      input_stream: "IMAGE:mid"
      output_stream: "IMAGE_CPU:out"
    }
    """
    result = run_graph(graph, {"in": IMAGES["rgb"]})
    np.testing.assert_array_equal(result["out"], IMAGES["rgb"])


@pytest.mark.parametrize(
    ("value", "packet_type", "text"),
    [
        (None, None, "an image, a number"),
        (object(), None, "an image, a number"),
        ({}, None, "an image, a number"),
        (1j, None, "an image, a number"),
        (np.zeros((2, 2, 2), np.uint8), None, "an image, a number"),
        (np.zeros((2, 2, 3), np.int32), None, "array of int32 with shape"),
        (np.zeros((2, 2, 3)), None, "array of float64 with shape"),
        (np.zeros((1, 2, 3, 4), np.uint8), None, "an image, a number"),
        (np.zeros((2, 2), bool), None, "an image, a number"),
        (np.array(["a"]), None, "an image, a number"),
        (np.zeros((0, 4, 3), np.uint8), None, "at least one pixel"),
        (np.zeros((4, 0, 3), np.uint8), None, "at least one pixel"),
        (["a", 1], None, "an image, a number"),
        ([[1.5]], None, "an image, a number"),
        ([None], None, "several frames pass inputs="),
        (iter([1]), None, "several frames pass inputs="),
        (2**31, None, "an integer from -2147483648"),
        (-(2**31) - 1, None, "an integer from"),
        (-1, "uint64", "from 0 to 18446744073709551615"),
        (2**64, "uint64", "from 0 to"),
        (2**63, "int64", "an integer from"),
        (10**400, "float", "a number"),
        (1.5, "int", "an integer"),
        (True, "int", "an integer"),
        ("1", "float", "a number"),
        (1, "bool", "True or False"),
        (1, "string", "a text"),
        ("\ud800", None, "lone surrogates"),
        ([1, "a"], "vector<float>", "a number"),
        ([1, 2.5], "vector<int>", r"value\[1\]"),
        (3, "vector<int>", "a list"),
        (3, "vector<Image>", "a list"),
        (np.float32(3), "vector<float>", "a list"),
        ([3], "vector<Image>", r"value\[0\]"),
        (np.zeros((2, 2)), "vector<float>", "a list"),
        (3, "Image", "an image"),
        ([IMAGES["rgb"]], "ImageFrame", "several frames pass inputs="),
        (3, "Matrix", r"\[rows, columns\]"),
        (np.zeros(3), "Matrix", r"\[rows, columns\]"),
        (3, "proto", "message of mediapipe"),
    ],
)
def test_values_that_fit_no_packet(value, packet_type, text):
    with pytest.raises(GraphRunError, match=text) as caught:
        make_packet("value", value, packet_type=packet_type)
    assert caught.value.field.startswith("value")


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.binary(max_size=9)
)


arrays = st.builds(
    np.ones,
    st.lists(st.integers(0, 5), max_size=4).map(tuple),
    st.sampled_from(["u1", "u2", "i4", "i8", "f2", "f4", "f8", "c8", "?", "U3", "O"]),
)


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(scalars | arrays, lambda inner: st.lists(inner, max_size=4), max_leaves=8),
    st.sampled_from([None, *PACKET_TYPES]),
)
def test_any_value_makes_a_packet_or_the_error(value, packet_type):
    try:
        packet = make_packet("value", value, packet_type=packet_type)
    except GraphRunError:
        return
    read_packet(packet)


def test_messages_that_make_no_packet():
    with pytest.raises(GraphRunError, match="missing required fields"):
        make_packet("value", rect_pb2.NormalizedRect())
    from google.protobuf import timestamp_pb2

    with pytest.raises(GraphRunError, match="Unregistered proto message type"):
        make_packet("value", timestamp_pb2.Timestamp())


def test_overrides_are_checked():
    with pytest.raises(GraphRunError, match="packet_types: got 'x', expected one of a, b"):
        check_packet_types({"x": "Image"}, {"a", "b"})
    with pytest.raises(GraphRunError) as caught:
        check_packet_types({"a": "Picture"}, {"a"})
    assert all(name in str(caught.value) for name in PACKET_TYPES)
    with pytest.raises(GraphRunError, match="expected one of in0, out0"):
        run_graph(pass_through_graph(), {"in0": 1}, packet_types={"other": "int"})
