"""Options of custom operators: read as flatbuffers' own reader does, and changed."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from flatbuffers import flexbuffers
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.flexbuffer import MAX_ENTRIES, read_map, with_numbers

POSTPROCESS = {
    "max_detections": 10,
    "max_classes_per_detection": 1,
    "use_regular_nms": False,
    "nms_iou_threshold": 0.6000000238418579,
    "y_scale": 10.0,
    "x_scale": 10.0,
    "h_scale": 5.0,
    "w_scale": 5.0,
}
NAMES = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=8)
NUMBERS = st.floats(width=32, allow_nan=False)
VALUES = st.one_of(
    NUMBERS,
    st.floats(-1e38, 1e38),  # flatbuffers cannot write others
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.none(),
    st.text(max_size=300),
)


def packed(values):
    builder = flexbuffers.Builder()
    builder.MapFromElements(values)
    return bytes(builder.Finish())


@given(st.dictionaries(NAMES, VALUES, max_size=40))
def test_what_flatbuffers_writes(values):
    data = packed(values)
    assert read_map(data) == values
    assert flexbuffers.Loads(data) == values


def test_numbers_that_stand_elsewhere_and_values_that_are_no_numbers():
    builder = flexbuffers.Builder()
    with builder.Map():
        builder.IndirectFloat("far", 0.25)
        builder.IndirectInt("far_int", -5)
        builder.Key("key")
        builder.Key("text")
        builder.Blob("blob", b"123")
        builder.Key("vector")
        builder.TypedVectorFromElements([1, 2])
    assert read_map(builder.Finish()) == {"far": 0.25, "far_int": -5, "key": "text"}
    half = struct.pack("<4sHHHeB3B", b"a\0\1\3", 1, 1, 1, 1.5, 13, 3, 37, 1)
    assert read_map(half) == {"a": 1.5}
    assert read_map(with_numbers(half, {"a": 0.1})) == {"a": 0.1}


@given(
    st.dictionaries(st.sampled_from(list("abcdef")), st.one_of(NUMBERS, VALUES)),
    st.dictionaries(st.sampled_from(list("abcdefg")), NUMBERS),
)
def test_other_numbers(values, numbers):
    data = packed(values)
    changed = with_numbers(data, numbers)
    assert read_map(changed) == flexbuffers.Loads(changed) == values | numbers
    assert with_numbers(changed, numbers) == changed
    same = all(isinstance(values.get(name), float) for name in numbers)
    if same and all(math.isfinite(value) for value in values.values() if isinstance(value, float)):
        assert len(changed) == len(data)


def test_numbers_in_place():
    data = packed(POSTPROCESS)
    changed = with_numbers(data, {"x_scale": 2.5, "y_scale": float(np.float32(0.1))})
    assert len(changed) == len(data)
    assert sum(a != b for a, b in zip(data, changed, strict=True)) <= 8
    whole = packed(POSTPROCESS | {"x_scale": 10})  # a whole number gives way to one with a fraction
    assert read_map(with_numbers(whole, {"x_scale": 2.5}))["x_scale"] == 2.5
    assert with_numbers(whole, {"x_scale": 10.0}) == whole


def test_map_that_cannot_be_written_anew():
    builder = flexbuffers.Builder()
    with builder.Map():
        builder.Int("a", 1)
        builder.Key("vector")
        builder.TypedVectorFromElements([1, 2])
    data = bytes(builder.Finish())
    with pytest.raises(ModelError, match="'vector' is neither a number nor a text"):
        with_numbers(data, {"a": 0.5})
    assert with_numbers(data, {"a": 1.0}) == data


@given(data=st.data())
def test_damage_gives_a_map_or_a_typed_error(data):
    damaged = bytearray(packed(POSTPROCESS | {"text": "some", "null": None}))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert len(read_map(damaged)) <= MAX_ENTRIES
        with_numbers(damaged, {"x_scale": 2.5})
    except ModelError:
        pass


@given(st.binary(max_size=40))
def test_no_map_at_all(data):
    for ending in (b"", struct.pack("BBB", 0, 36, 1), struct.pack("BBB", 1, 36, 1)):
        try:
            read_map(data + ending)
        except ModelError as error:
            assert "no FlexBuffers map, or a damaged one" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "0 bytes"),
        (packed(POSTPROCESS)[:-1] + b"\x03", "does not end as a map"),
        (b"\x00\xff\x24\x01", "offset to byte -254 of 4"),
        (packed({f"n{number}": number for number in range(MAX_ENTRIES + 1)}), "1001 entries"),
    ],
)
def test_damage_is_named(data, message):
    with pytest.raises(ModelError, match=message):
        read_map(data)
