"""Damaged models: each is read or refused, by whatever reads models."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

import embed_samples
import numpy as np
import pytest

from mediapipe_anchors import (
    MediaPipeAnchorsError,
    ModelError,
    OptionsError,
    embed_anchors,
    extract_anchors,
    inspect_model,
)
from mediapipe_anchors.tflite import read_model
from mediapipe_anchors.tflite.metadata import read_metadata


def put_in(data: bytes) -> bytes:
    try:
        return embed_samples.embedded(data, labels=["a", "b", "c"])
    except OptionsError:  # the model is another kind of detector, and takes no decoding
        return embed_anchors(data, embed_samples.ANCHORS)


READERS: dict[str, Callable[[bytes], object]] = {
    "read": lambda data: read_metadata(read_model(data)),
    "inspect": inspect_model,
    "extract": extract_anchors,
    "embed": put_in,
}
GOOD = {
    "metadata": lambda: embed_samples.embedded(labels=["a", "b", "c"]),
    "postprocess": lambda: put_in(embed_samples.postprocess_model()),
}
VALUES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

by_reader = pytest.mark.parametrize("reader", READERS)


@by_reader
@pytest.mark.parametrize("name", GOOD)
def test_every_beginning(name, reader):
    data = GOOD[name]()
    READERS[reader](data)  # the whole is fine
    refused = 0
    for length in range(len(data)):
        try:
            READERS[reader](data[:length])
        except MediaPipeAnchorsError:
            refused += 1
    assert refused > len(data) / 2


@pytest.mark.slow
@by_reader
@pytest.mark.parametrize("name", GOOD)
def test_every_offset(name, reader):
    data = bytearray(GOOD[name]())
    refused = 0
    for place in range(0, len(data) - 3, 4):
        before = data[place : place + 4]
        for value in VALUES:
            struct.pack_into("<I", data, place, value)
            try:
                READERS[reader](bytes(data))
            except MediaPipeAnchorsError:
                refused += 1
        data[place : place + 4] = before
    assert refused > len(data) / 8


def test_constants_of_open_sizes():
    """Of two open sizes none can be told; NumPy would say so in words of its own."""
    model = embed_samples.postprocess_model()
    place = model.index(struct.pack("<3i", 2, 12, 4))  # the shape of the anchors
    damaged = bytearray(model)
    struct.pack_into("<2i", damaged, place + 4, -1, -48)
    with pytest.raises(ModelError):
        extract_anchors(bytes(damaged))
    struct.pack_into("<2i", damaged, place + 4, -1, -1)
    with contextlib.suppress(ModelError):
        for tensor in read_model(bytes(damaged)).tensors:
            constant = read_model(bytes(damaged)).constant(tensor.index)
            assert constant is None or isinstance(constant, np.ndarray)
