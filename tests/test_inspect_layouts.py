"""`inspect_model` finds the feature maps of detectors, however their heads reach the outputs."""

from __future__ import annotations

import math

import detector_models as made
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tflite_builder import ModelBuilder, ssd_model

from mediapipe_anchors.anchors import count_anchors, generate_anchors
from mediapipe_anchors.inspection import ModelKind, ModelReport, inspect_model
from mediapipe_anchors.inspection.layouts import layout_of_options
from mediapipe_anchors.presets.table import PRESETS

LAYOUT = tuple(
    ((math.ceil(made.SIZE[0] / stride), math.ceil(made.SIZE[1] / stride)), count)
    for stride, count in zip(made.STRIDES, made.ANCHORS, strict=True)
)
ROWS = sum(columns * rows * count for (columns, rows), count in LAYOUT)


def check(report: ModelReport, order: str = "y, x, anchor") -> None:
    assert report.kind is ModelKind.RAW_DETECTOR, report.summary
    heads = report.heads
    assert heads is not None
    assert heads.layout == LAYOUT, heads.why_no_maps
    assert [each.stride for each in heads.maps] == list(made.STRIDES)
    assert [each.order for each in heads.maps] == [order] * 3
    assert (heads.num_boxes, heads.num_coords, heads.num_classes) == (ROWS, 4, made.CLASSES)
    assert sum(each.num_rows for each in heads.maps) == ROWS


@pytest.mark.parametrize(
    "way",
    [
        made.plain_rows,
        made.squeezed_rows,
        made.channels_first_rows,
        made.padded_rows,
        made.strided_rows,
        made.packed_rows,
        made.scaled_rows,
        made.dequantised_rows,
    ],
    ids=lambda way: way.__name__,
)
def test_each_way_to_the_rows(way):
    report = inspect_model(made.simple(way))
    check(report)
    assert report.notes == ()
    assert report.candidates
    for each in report.candidates:
        assert count_anchors(each.options) == ROWS
        assert layout_of_options(each.options) == LAYOUT


@pytest.mark.parametrize(
    ("way", "order"),
    [(made.anchor_outer_rows, "anchor, y, x"), (made.column_first_rows, "x, y, anchor")],
)
def test_other_orders_are_told(way, order):
    report = inspect_model(made.simple(way))
    check(report, order)
    assert report.candidates == ()
    assert "fixed_anchors, in the order of the rows" in report.notes[0]
    cells = {report.row(row).cell for row in range(made.SIZE[0] // 8 * made.SIZE[1] // 8 * 3)}
    assert cells == {(x, y) for x in range(12) for y in range(8)}
    second = report.row(1)
    assert second.cell == ((1, 0) if order.endswith("x") else (0, 0))


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_quantised_outputs(dtype):
    report = inspect_model(made.simple(made.plain_rows, made.quantised(dtype)))
    check(report)
    assert {each.dtype for each in report.outputs} == {dtype}
    assert report.outputs[0].scale == pytest.approx(0.05)
    assert report.outputs[0].zero_point == 3
    assert any("TensorsDequantizationCalculator" in note for note in report.notes)


def test_float16_outputs():
    report = inspect_model(made.simple(made.plain_rows, made.half))
    check(report)
    assert any("float16" in note for note in report.notes)


@pytest.mark.parametrize(("name", "word"), [("LOGISTIC", "sigmoid"), ("SOFTMAX", "softmax")])
def test_probabilities_in_the_model(name, word):
    report = inspect_model(made.simple(made.plain_rows, made.with_activation(name)))
    check(report)
    assert report.heads is not None
    assert report.heads.activation == word
    assert report.decode is not None
    assert report.decode.sigmoid_score is False
    assert ("probably is" in report.heads.background) == (word == "softmax")
    plain = inspect_model(made.simple(made.plain_rows))
    assert plain.heads is not None
    assert plain.heads.activation is None
    assert plain.decode is not None
    assert plain.decode.sigmoid_score is True


def test_outputs_with_one_more_axis():
    check(inspect_model(made.simple(made.plain_rows, made.with_extra_axis)))


def test_boxes_and_scores_of_one_convolution():
    check(inspect_model(made.one_head()))


@pytest.mark.parametrize("grids", [False, True])
@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("scores_first", [False, True])
def test_an_output_a_feature_map(grids, interleaved, scores_first):
    report = inspect_model(
        made.apart(grids=grids, interleaved=interleaved, scores_first=scores_first)
    )
    check(report)
    roles = ["scores", "boxes"] if scores_first else ["boxes", "scores"]
    wanted = roles * 3 if interleaved else [role for role in roles for _ in range(3)]
    assert [each.role for each in report.outputs] == wanted
    assert any("one for each feature map" in note for note in report.notes)


@pytest.mark.parametrize("batch", [-1, 4])
def test_a_batch(batch):
    report = inspect_model(made.batched(batch))
    check(report)
    assert report.inputs[0].shape[0] == report.outputs[0].shape[0] == batch
    assert any("one image at a time" in note for note in report.notes)


def test_anchors_as_the_third_output():
    anchors = np.random.default_rng(0).random((ROWS, 4), np.float32)
    report = inspect_model(made.with_anchors_output(anchors))
    check(report)
    assert [each.role for each in report.outputs] == ["boxes", "scores", "anchors"]
    np.testing.assert_array_equal(report.anchors, anchors)
    assert report.anchors_source == "the model's output anchors"


def test_boxes_and_scores_that_disagree():
    model = ModelBuilder()
    image = made.image_of(model)
    boxes, _ = made.heads(model, image, made.plain_rows)
    _, scores = made.heads(model, image, made.anchor_outer_rows)
    outputs = [made.joined(model, boxes, "boxes"), made.joined(model, scores, "scores")]
    report = inspect_model(model.build([image], outputs))
    check(report)
    assert "boxes and scores do not agree on what a row is" in report.notes[0]


@pytest.mark.parametrize("scores_first", [False, True])
@pytest.mark.parametrize(
    ("names", "certain"), [(("boxes", "classes"), True), (("one", "other"), False)]
)
def test_as_many_columns_of_both(names, certain, scores_first):
    """Only names tell them apart; without any a guess is called one."""
    model = ModelBuilder()
    image = made.image_of(model)
    parts = made.heads(model, image, made.plain_rows, columns=(4, 4))
    boxes, scores = (made.joined(model, p, name) for p, name in zip(parts, names, strict=True))
    outputs = [scores, boxes] if scores_first else [boxes, scores]
    report = inspect_model(model.build([image], outputs))
    assert report.heads is not None
    assert report.heads.order_is_certain == certain
    swapped = scores_first and certain
    assert report.heads.output_order == ("scores, boxes" if swapped else "boxes, scores")
    assert any("is a guess" in note for note in report.notes) != certain


def test_the_order_of_outputs_becomes_the_mapping():
    report = inspect_model(ssd_model(scores_first=True, num_classes=5))
    assert report.decode is not None
    mapping = report.decode.tensor_mapping
    assert mapping is not None
    assert (mapping.detections_tensor_index, mapping.scores_tensor_index) == (1, 0)
    assert report.heads is not None
    assert report.heads.output_order == "scores, boxes"
    plain = inspect_model(ssd_model(num_classes=5))
    assert plain.decode is not None
    assert plain.decode.tensor_mapping is None


@st.composite
def detectors(draw):
    """A detector: its size, strides of which no two neighbours are equal, and anchors."""
    size = draw(st.tuples(st.integers(8, 150), st.integers(8, 150)))
    count = draw(st.integers(1, 5))
    strides = [draw(st.integers(2, 40))]
    while len(strides) < count:
        strides.append(draw(st.integers(2, 40).filter(lambda stride: stride != strides[-1])))
    anchors = [draw(st.integers(1, 7)) for _ in strides]
    keypoints = draw(st.integers(0, 7))
    classes = draw(st.sampled_from([1, 2, 3, 5, 20, 91]))
    return size, strides, anchors, keypoints, classes, draw(st.booleans()), draw(st.booleans())


@given(detectors())
@settings(max_examples=60, deadline=None)
def test_finds_exactly_what_was_built(detector):
    size, strides, anchors, keypoints, classes, sigmoid, scores_first = detector
    layout = tuple(
        ((math.ceil(size[0] / stride), math.ceil(size[1] / stride)), count)
        for stride, count in zip(strides, anchors, strict=True)
    )
    rows = sum(w * h * n for (w, h), n in layout)
    if rows < 2:
        return
    report = inspect_model(
        ssd_model(
            size,
            strides,
            anchors,
            num_coords=4 + 2 * keypoints,
            num_classes=classes,
            sigmoid=sigmoid,
            scores_first=scores_first,
        )
    )
    heads = report.heads
    assert heads is not None
    assert heads.layout == layout
    assert [each.stride for each in heads.maps] == strides
    assert (heads.num_boxes, heads.num_classes) == (rows, classes)
    assert heads.num_keypoints == keypoints
    assert heads.activation == ("sigmoid" if sigmoid else None)
    assert heads.output_order == ("scores, boxes" if scores_first else "boxes, scores")
    assert report.input_size == size
    for each in report.candidates:
        each.options.validate()
        assert len(generate_anchors(each.options)) == rows
        if each.options.fixed_anchors is None:
            assert layout_of_options(each.options) == layout
    check_places(report)


def check_places(report: ModelReport) -> None:
    """Each row's place is the one in MediaPipe's order."""
    assert report.heads is not None
    row = 0
    for number, each in enumerate(report.heads.maps):
        for cell in (0, each.grid[0] * each.grid[1] - 1):
            for anchor in (0, each.anchors_per_cell - 1):
                found = report.row(row + cell * each.anchors_per_cell + anchor)
                assert found.feature_map == number
                assert found.cell == (cell % each.grid[0], cell // each.grid[0])
                assert found.anchor_in_cell == anchor
        row += each.num_rows


WITH_ANCHORS = [row for row in PRESETS if row.anchors is not None]


@pytest.mark.parametrize("row", WITH_ANCHORS, ids=lambda row: row.name)
def test_layouts_of_presets(row):
    layout = layout_of_options(row.anchors)
    assert sum(w * h * n for (w, h), n in layout) == row.decode.num_boxes


def test_rows_of_several_images_are_no_feature_maps():
    """The images of a batch one below the other: a list of rows belongs to two images."""
    model = ModelBuilder()
    image = model.tensor((2, made.SIZE[1], made.SIZE[0], 3), name="image")

    def rows_of_both(model: ModelBuilder, head: int, count: int, columns: int) -> int:
        _, height, width, _ = model.shape(head)
        return model.reshape(head, (1, 2 * height * width * count, columns))

    parts = made.heads(model, image, rows_of_both)
    outputs = [made.joined(model, p, name) for p, name in zip(parts, "ab", strict=True)]
    heads = inspect_model(model.build([image], outputs)).heads
    assert heads is not None
    assert heads.maps == ()
    assert heads.why_no_maps == "the rows come from several images of the batch"


def test_a_batch_that_the_shape_itself_leaves_open():
    model = ModelBuilder()
    image = model.tensor((-1, 64, 96, 3), name="image")
    outputs = [model.tensor((-1, 30, columns)) for columns in (4, 3)]
    model.operator("MY_OPERATOR", [image], outputs)
    report = inspect_model(model.build([image], outputs))
    assert report.input_size == (96, 64)
    assert report.heads is not None
    assert report.heads.num_boxes == 30


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point", "told"),
    [
        ("uint8", 1 / 256, 0, True),
        ("int8", 1 / 255, -128, True),
        ("uint8", 1 / 256, 1, False),
        ("uint8", 0.1, 0, False),
    ],
)
def test_scores_that_may_be_probabilities(dtype, scale, zero_point, told):
    def finish(model: ModelBuilder, rows: int, count: int, columns: int) -> int:
        return model.quantize(rows, dtype, scale, zero_point)

    report = inspect_model(made.simple(made.plain_rows, finish))
    assert any("may be probabilities already" in note for note in report.notes) == told
