"""Anchors and decoding in a model's metadata: as mediapipe's own modules have them."""

from __future__ import annotations

import contextlib
import dataclasses
import struct

import flatbuffers
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from mediapipe_schemas import fields, needs_mediapipe, schema_module
from tflite_builder import write_table

from mediapipe_anchors import TensorsToDetectionsOptions, generate_anchors, preset
from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.options import BoxFormat
from mediapipe_anchors.tflite.detector_metadata import (
    FACE_DETECTOR,
    read_detector_metadata,
    read_face_detector_metadata,
    write_detector_metadata,
)

DECODE = TensorsToDetectionsOptions(
    num_classes=3,
    num_boxes=5,
    num_coords=8,
    keypoint_coord_offset=4,
    num_keypoints=2,
    x_scale=10.0,
    y_scale=20.0,
    w_scale=0.1,
    h_scale=5.0,
    apply_exponential_on_box_size=True,
    sigmoid_score=True,
    box_format=BoxFormat.YXHW,
)


ANCHORS = npst.arrays(
    np.float32, st.tuples(st.integers(0, 6), st.just(4)), elements=st.floats(width=32)
)


@given(ANCHORS)
def test_anchors_come_back_bit_for_bit(anchors):
    read = read_detector_metadata(write_detector_metadata(anchors, DECODE))
    assert np.array_equal(read.anchors.fixed_anchors.view(np.uint32), anchors.view(np.uint32))
    assert read.decode == DECODE


@needs_mediapipe
def test_detector_metadata_are_what_mediapipe_reads():
    module = schema_module("object_detector_metadata_schema")
    anchors = generate_anchors(preset("object_detector").anchors)
    data = write_detector_metadata(anchors, DECODE)
    assert module.ObjectDetectorOptions.ObjectDetectorOptionsBufferHasIdentifier(data, 0)
    theirs = module.ObjectDetectorOptionsT.InitFromPackedBuf(data, 0)
    found = [fields(anchor) for anchor in theirs.ssdAnchorsOptions.fixedAnchorsSchema.anchors]
    assert np.array_equal(np.float32(found), anchors)
    assert fields(theirs.tensorsDecodingOptions) == [
        *(3, 5, 8, 4, 2, 2, 10.0, 20.0, np.float32(0.1), 5.0, True, True)
    ]
    builder = flatbuffers.Builder(0)
    builder.Finish(theirs.Pack(builder), b"V001")
    read = read_detector_metadata(bytes(builder.Output()))
    assert np.array_equal(read.anchors.fixed_anchors, anchors)
    assert read.decode == DECODE


def test_fields_that_detector_metadata_leave_out_are_zero():
    builder = flatbuffers.Builder(0)
    anchors = [write_table(builder, entry) for entry in ({}, {1: ("float32", 0.5)})]
    schema = write_table(builder, {0: ("offsets", anchors)})
    options = write_table(builder, {0: ("offset", schema)})
    decoding = write_table(builder, {0: ("int32", 7)})
    root = {1: ("offset", options), 2: ("offset", decoding)}
    builder.Finish(write_table(builder, root), b"V001")
    read = read_detector_metadata(bytes(builder.Output()))
    assert read.anchors.fixed_anchors.tolist() == [[0, 0, 0, 0], [0, 0.5, 0, 0]]
    assert read.decode.num_classes == 7
    assert (read.decode.num_values_per_keypoint, read.decode.x_scale) == (0, 0.0)


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [(1, "ssd_anchors_options"), (2, "tensors_decoding_options"), (0, "fixed_anchors_schema")],
)
def test_missing_tables_are_named(left_out, missing):
    builder = flatbuffers.Builder(0)
    empty = write_table(builder, {})
    root = {1: ("offset", empty), 2: ("offset", empty)}
    root.pop(left_out, None)
    builder.Finish(write_table(builder, root), b"V001")
    with pytest.raises(ModelError, match=f"no {missing}, on which MediaPipe Tasks crashes"):
        read_detector_metadata(bytes(builder.Output()))


@given(draw=st.data())
def test_damaged_detector_metadata_give_anchors_or_a_typed_error(draw):
    data = bytearray(write_detector_metadata(np.ones((3, 4), np.float32), DECODE))
    for _ in range(draw.draw(st.integers(1, 4))):
        position = draw.draw(st.integers(0, len(data) - 4))
        struct.pack_into("<I", data, position, draw.draw(st.integers(0, 2**32 - 1)))
    with contextlib.suppress(ModelError):
        assert read_detector_metadata(data).anchors.fixed_anchors.shape[1] == 4


def test_metadata_of_a_face_detector():
    wanted = preset("face_detection_short_range")
    anchors, decode = wanted.anchors, wanted.decode
    assert anchors is not None
    builder = flatbuffers.Builder(0)
    config = {
        0: ("int32", anchors.num_layers),
        1: ("float32s", [9.0]),  # Tasks does not look at the scales
        2: ("float32", anchors.min_scale),
        3: ("float32", anchors.max_scale),
        4: ("float32", 0.5),
        5: ("float32", 0.5),
        6: ("int32s", anchors.strides),
        7: ("float32s", anchors.aspect_ratios),
        8: ("bool", True),
        9: ("float32", 1.0),
    }
    numbers = (1, 896, 16, 0, 4, 6, 2)
    decoding = {
        **{slot: ("int32", number) for slot, number in enumerate(numbers)},
        **dict.fromkeys(range(7, 11), ("float32", 128.0)),
        11: ("float32", 100.0),
        12: ("bool", True),
        13: ("bool", True),
    }
    tables = [write_table(builder, table) for table in (config, decoding)]
    root = write_table(builder, {1: ("offset", tables[0]), 2: ("offset", tables[1])})
    builder.Finish(root, b"FD01")
    read = read_face_detector_metadata(bytes(builder.Output()), (128, 128))
    assert read.entry == FACE_DETECTOR
    assert read.anchors == anchors
    assert read.decode == dataclasses.replace(decode, min_score_thresh=None)
    assert len(generate_anchors(read.anchors)) == 896
