"""Anchors into models with two outputs, and out again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from embed_models import (
    decoding,
)
from embed_samples import (
    ANCHORS,
    DECODE,
    OPTIONS,
    SHAPE,
    embedded,
    raw_model,
    stretching_graph,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from tflite_builder import ModelBuilder

from mediapipe_anchors import (
    GridAnchorFitter,
    GridLayout,
    TensorMapping,
    embed_anchors,
    extract_anchors,
    generate_anchors,
    preset,
    write_anchors,
)
from mediapipe_anchors.embed.output_roles import RawOutputs, raw_outputs
from mediapipe_anchors.options import BoxFormat
from mediapipe_anchors.tflite import read_model

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
SCALES = st.floats(2**-20, 2**20, width=32)


@given(
    anchors=npst.arrays(np.float32, (12, 4), elements=FLOAT32),
    scales=st.tuples(SCALES, SCALES, SCALES, SCALES),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    labels=st.none() | st.lists(st.text("abc é", min_size=1), min_size=3, max_size=3),
    normalization=st.tuples(FLOAT32, SCALES),
)
def test_two_outputs_give_back_what_was_embedded(anchors, scales, flags, labels, normalization):
    exponential, sigmoid, scores_first = flags
    x_scale, y_scale, w_scale, h_scale = scales
    decode = decoding(
        *SHAPE,
        x_scale=x_scale,
        y_scale=y_scale,
        w_scale=w_scale,
        h_scale=h_scale,
        apply_exponential_on_box_size=exponential,
        sigmoid_score=sigmoid,
        box_format=BoxFormat.YXHW,
    )
    mean, std = normalization
    data = raw_model(scores_first=scores_first)
    written = embed_anchors(data, anchors, decode, labels=labels, mean=mean, std=std)
    found = extract_anchors(written)
    assert np.array_equal(found.anchors.view(np.uint32), anchors.view(np.uint32))
    assert np.array_equal(generate_anchors(found.options), anchors)
    mapping = found.decode.tensor_mapping
    order = (mapping.detections_tensor_index, mapping.scores_tensor_index) if mapping else (0, 1)
    assert order == ((1, 0) if scores_first else (0, 1))
    assert dataclasses.replace(found.decode, tensor_mapping=None) == decode
    assert found.labels == (None if labels is None else tuple(labels))
    assert (found.mean, found.std, found.postprocess) == (mean, std, None)
    assert embed_anchors(written, found.anchors, found.decode) == written  # and so on
    assert embed_anchors(written, ANCHORS, DECODE) == embed_anchors(
        embed_anchors(data, ANCHORS, DECODE, labels=labels, mean=mean, std=std), ANCHORS, DECODE
    )


def test_where_anchors_come_from(tmp_path):
    anchors = generate_anchors(OPTIONS)
    wanted = embedded(anchors=anchors)
    assert embedded(anchors=OPTIONS) == wanted
    assert embedded(anchors=anchors.tolist()) == wanted
    assert embedded(anchors=anchors.astype(np.float64)) == wanted
    for name in ("a.csv", "a.npy", "a.json"):
        write_anchors(tmp_path / name, anchors)
        assert embedded(anchors=tmp_path / name) == wanted
    (tmp_path / "a.pbtxt").write_text(OPTIONS.to_pbtxt())
    assert embedded(anchors=str(tmp_path / "a.pbtxt")) == wanted


def test_anchors_of_a_fit(tmp_path):
    layout = GridLayout(input_size=(16, 16), strides=[8], anchors_per_cell=[3])
    boxes = np.random.default_rng(0).uniform(0.1, 0.6, (30, 4))
    fitter = GridAnchorFitter(layout).fit(boxes)
    wanted = embedded(anchors=fitter.anchors_)
    assert embedded(anchors=fitter) == wanted
    (tmp_path / "fit.pbtxt").write_text(layout.to_graph(fitter.shapes_))
    assert embedded(anchors=tmp_path / "fit.pbtxt") == wanted


def test_everything_from_a_graph(tmp_path):
    path = stretching_graph(tmp_path, DECODE)
    wanted = embedded(anchors=OPTIONS)
    assert embed_anchors(raw_model(), graph=path) == wanted
    assert embed_anchors(raw_model(), graph=path.read_text()) == wanted
    assert embed_anchors(raw_model(), ANCHORS, graph=path) == embedded()
    path = stretching_graph(tmp_path, DECODE, (0.0, 1.0))
    found = extract_anchors(embed_anchors(raw_model(), graph=path))
    assert (found.mean, found.std) == (0.0, 255.0)
    assert embed_anchors(raw_model(), graph=path, mean=127.5, std=127.5) == wanted


def test_everything_from_a_preset():
    row = preset("object_detector")
    model = ModelBuilder()
    image = model.tensor((1, 320, 320, 3), name="image")
    flat = model.reshape(image, (1, 307200))
    parts = model.split(flat, [19206 * 4, 307200 - 19206 * 4], 1)
    scores = model.tensor((1, 19206, 90), name="scores")
    model.operator("TILE", [parts[1]], [scores])
    boxes = model.reshape(parts[0], (1, 19206, 4), "boxes")
    data = model.build([image], [scores, boxes])
    written = embed_anchors(data, preset="object_detector")
    assert embed_anchors(data, preset=row) == written
    found = extract_anchors(written)
    assert np.array_equal(found.anchors, generate_anchors(row.anchors))
    assert found.decode.tensor_mapping == TensorMapping(
        detections_tensor_index=1, scores_tensor_index=0
    )
    assert (found.mean, found.std) == (127.5, 127.5)


def test_number_of_boxes_may_be_left_open():
    assert embedded(decode=dataclasses.replace(DECODE, num_boxes=0)) == embedded()


def test_clipping_that_changes_nothing():
    """Beyond 89 a sigmoid is 0 or 1 whether clipped or not, in float32."""
    assert embedded(decode=dataclasses.replace(DECODE, score_clipping_thresh=100.0)) == embedded()
    quiet = dataclasses.replace(DECODE, score_clipping_thresh=1.0, sigmoid_score=False)
    assert embedded(decode=quiet) == embedded(
        decode=dataclasses.replace(DECODE, sigmoid_score=False)
    )


@pytest.mark.parametrize(
    ("names", "scores_first"),
    [(("boxes", "scores"), False), (("raw_locations", "x"), True), (("y", "class_prob"), True)],
)
def test_outputs_of_one_shape_are_told_by_their_names(names, scores_first):
    shape = (12, 4, 4)
    data = raw_model(shape, scores_first=scores_first, names=names)
    found = extract_anchors(embedded(data, decode=decoding(*shape)))
    assert found.decode.tensor_mapping == TensorMapping(
        detections_tensor_index=int(scores_first), scores_tensor_index=1 - scores_first
    )


def test_outputs_of_one_shape_are_told_by_signatures_and_metadata():
    shape = (12, 4, 4)
    outputs = [{"name": "scores"}, {"name": "boxes"}]
    record = {"subgraph_metadata": [{"output_tensor_metadata": outputs}]}
    data = raw_model(shape, names=("b", "a"), scores_first=True, record=record)
    found = extract_anchors(embedded(data, decode=decoding(*shape)))
    assert found.decode.tensor_mapping.detections_tensor_index == 1
    model = read_model(raw_model(shape, names=("b", "a"), scores_first=True))
    names = {model.outputs[0].index: "confidence", model.outputs[1].index: "regressor"}
    signed = dataclasses.replace(model, output_names=names)
    assert raw_outputs(signed, decoding(*shape), None) == RawOutputs(boxes=1, scores=0)
