"""Anchors into models that end in TFLite_Detection_PostProcess, and out again."""

from __future__ import annotations

import dataclasses

import numpy as np
from embed_models import (
    POSTPROCESS_OPTIONS,
    add_postprocess,
    decoding,
    heads_of_pixels,
)
from embed_samples import (
    ANCHORS,
    NORMALIZATION,
    postprocess_model,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from mediapipe_anchors import (
    embed_anchors,
    extract_anchors,
)
from mediapipe_anchors.tflite import read_model
from mediapipe_anchors.tflite.metadata import ENTRY, read_metadata

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
SCALES = st.floats(2**-20, 2**20, width=32)


@given(
    anchors=npst.arrays(np.float32, (12, 4), elements=FLOAT32),
    scales=st.tuples(SCALES, SCALES, SCALES, SCALES),
    rows=st.integers(1, 20),
)
def test_four_outputs_give_back_what_was_embedded(anchors, scales, rows):
    x_scale, y_scale, w_scale, h_scale = scales
    decode = decoding(12, 4, 4, sigmoid_score=False, ignore_classes=[0])
    decode = dataclasses.replace(
        decode, x_scale=x_scale, y_scale=y_scale, w_scale=w_scale, h_scale=h_scale
    )
    data = postprocess_model(np.ones((rows, 4), np.float32))
    written = embed_anchors(data, anchors, decode)
    found = extract_anchors(written)
    assert np.array_equal(found.anchors.view(np.uint32), anchors.view(np.uint32))
    assert found.decode == decode
    scales_of = {"x_scale": x_scale, "y_scale": y_scale, "w_scale": w_scale, "h_scale": h_scale}
    assert found.postprocess == POSTPROCESS_OPTIONS | scales_of
    assert embed_anchors(written, found.anchors, found.decode) == written
    assert embed_anchors(written, found.anchors) == written  # the scales stay


@given(
    anchors=npst.arrays(np.float32, (12, 4), elements=st.floats(-2, 2, width=32)),
    dtype=st.sampled_from(["uint8", "int8"]),
    scale=st.floats(2**-10, 2**-4, width=32),
    offset=st.integers(0, 255),
)
def test_quantised_anchors_come_back_on_their_grid(anchors, dtype, scale, offset):
    zero_point = offset + np.iinfo(dtype).min
    data = postprocess_model(np.zeros((12, 4), dtype), scale=scale, zero_point=int(zero_point))
    written = embed_anchors(data, anchors)
    found = extract_anchors(written).anchors
    used = read_model(written).tensors
    quantization = next(tensor.quantization for tensor in used if tensor.name == "anchors")
    assert np.abs(found - anchors).max() <= quantization.scale[0] * 0.5001
    if quantization.scale[0] != scale:  # the old one did not reach so far
        spread = max(anchors.max(), 0) - min(anchors.min(), 0)
        assert np.isclose(quantization.scale[0], spread / 255)
    else:
        assert quantization.zero_point == (zero_point,)
    assert embed_anchors(written, found) == written
    assert np.array_equal(extract_anchors(embed_anchors(written, found)).anchors, found)


def test_anchors_of_half_precision_behind_a_dequantize():
    model, image, boxes, scores = heads_of_pixels((8, 8), 12, 4, 4)
    outputs = add_postprocess(model, boxes, scores, np.zeros((12, 4), np.float32))
    half = model.constant(np.zeros((12, 4)), "float16")
    step = model.operators[-1]
    constant = step.inputs[2]
    model.tensors[constant].data = b""
    model.operator("DEQUANTIZE", [half], [constant])
    model.operators.insert(0, model.operators.pop())
    written = embed_anchors(model.build([image], outputs), ANCHORS)
    found = extract_anchors(written).anchors
    assert np.array_equal(found, ANCHORS.astype(np.float16).astype(np.float32))
    assert embed_anchors(written, found) == written


def test_constant_that_other_tensors_have_too():
    """Converters store equal constants once: the anchors get a buffer of their own."""
    data = bytearray(postprocess_model())
    model = read_model(data)
    constant = next(tensor for tensor in model.tensors if tensor.name == "anchors")
    other = next(t for t in model.tensors if t.buffer and t.index != constant.index)
    place = other.table.place(2)
    data[place : place + 4] = constant.buffer.to_bytes(4, "little")
    before = read_model(data)
    written = read_model(embed_anchors(bytes(data), ANCHORS))
    assert np.array_equal(extract_anchors(bytes(written.file.data)).anchors, ANCHORS)
    assert bytes(written.data_of(written.tensors[other.index])) == bytes(
        before.data_of(before.tensors[other.index])
    )


def test_options_of_the_operator_that_are_whole_numbers():
    """Some converters write 10 for 10.0; the map is then written anew, with all else in it."""
    options = POSTPROCESS_OPTIONS | {"x_scale": 10, "y_scale": 10, "w_scale": 5, "h_scale": 5}
    small = {name: value for name, value in options.items() if isinstance(value, int)}
    data = postprocess_model(options=small)
    decode = decoding(12, 4, 4, x_scale=0.1, sigmoid_score=False, ignore_classes=[0])
    found = extract_anchors(embed_anchors(data, ANCHORS, decode))
    assert found.decode == decode
    assert found.postprocess == small | {"x_scale": float(np.float32(0.1))}


def test_metadata_for_four_outputs():
    data = postprocess_model()
    assert ENTRY not in read_model(embed_anchors(data, ANCHORS)).metadata
    written = embed_anchors(data, ANCHORS, labels=["a", "b", "c"], **NORMALIZATION)
    metadata = read_metadata(read_model(written))
    names = [tensor.name for tensor in metadata.outputs]
    assert names == ["location", "category", "score", "number of detections"]
    assert metadata.outputs[0].properties == {"type": 1, "index": [1, 0, 3, 2]}
    assert metadata.outputs[1].labels == ("a", "b", "c")
    again = embed_anchors(written, ANCHORS)  # what is there stays
    assert again == written
