"""Choosing among output tensors, and the inverse: what is encoded decodes to itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mediapipe_anchors import (
    BoxBoundariesIndices,
    MediaPipeAnchorsError,
    OptionsError,
    TensorError,
    TensorMapping,
    TensorsToDetectionsOptions,
    decode,
    decode_postprocessed,
    decode_tensors,
)

RNG = np.random.default_rng(7)
RAW = TensorsToDetectionsOptions(
    num_classes=3, num_boxes=20, num_coords=4, x_scale=10, y_scale=10, w_scale=5, h_scale=5
)
POSTPROCESSED = TensorsToDetectionsOptions(num_classes=3, num_coords=4)
ANCHORS = RNG.uniform(0.1, 0.9, (20, 4)).astype(np.float32)
BOXES = RNG.uniform(0, 1, (1, 20, 4)).astype(np.float32)
SCORES = RNG.uniform(0, 1, (1, 20, 3)).astype(np.float32)


def test_encoded_boxes_decode_to_themselves() -> None:
    centers, sizes = RNG.uniform(0.2, 0.8, (20, 2)), RNG.uniform(0.1, 0.3, (20, 2))
    offsets = (centers - ANCHORS[:, :2]) / ANCHORS[:, 2:] * 10
    logs = np.log(sizes / ANCHORS[:, 2:]) * 5
    raw = np.concatenate([offsets[:, ::-1], logs[:, ::-1]], axis=1)
    options = dataclasses.replace(RAW, apply_exponential_on_box_size=True)
    detections = decode(raw, SCORES, ANCHORS, options)
    np.testing.assert_allclose(detections.boxes[:, 2:], sizes, rtol=1e-5)
    np.testing.assert_allclose(
        detections.boxes[:, :2] + detections.boxes[:, 2:] / 2, centers, rtol=1e-5
    )


@pytest.mark.parametrize("leading", [(), (1,), (1, 1)])
def test_leading_dimensions_of_one_are_equal(leading: tuple[int, ...]) -> None:
    boxes, scores = BOXES.reshape(*leading, 20, 4), SCORES.reshape(*leading, 20, 3)
    assert decode(boxes, scores, ANCHORS, RAW) == decode(BOXES, SCORES, ANCHORS, RAW)


def test_two_tensors_need_anchors() -> None:
    assert decode_tensors([BOXES, SCORES], RAW, ANCHORS) == decode(BOXES, SCORES, ANCHORS, RAW)
    with pytest.raises(TensorError, match="anchors"):
        decode_tensors([BOXES, SCORES], RAW)


def test_a_third_tensor_holds_the_anchors_y_first() -> None:
    tensor = ANCHORS[:, [1, 0, 3, 2]]
    expected = decode(BOXES, SCORES, ANCHORS, RAW)
    assert decode_tensors([BOXES, SCORES, tensor], RAW) == expected
    assert decode_tensors([BOXES, SCORES, tensor], RAW, np.zeros((20, 4))) == expected


def test_mapping_reorders_two_tensors() -> None:
    mapping = TensorMapping(detections_tensor_index=1, scores_tensor_index=0)
    options = dataclasses.replace(RAW, tensor_mapping=mapping)
    assert decode_tensors([SCORES, BOXES], options, ANCHORS) == decode(BOXES, SCORES, ANCHORS, RAW)


def test_mapping_reorders_four_tensors() -> None:
    boxes, classes, scores = BOXES, np.arange(20.0)[None], SCORES[:, :, 0]
    expected = decode_postprocessed(boxes, classes, scores, [20], POSTPROCESSED)
    assert decode_tensors([boxes, classes, scores, np.float32([20])], POSTPROCESSED) == expected
    mapping = TensorMapping(
        detections_tensor_index=1,
        classes_tensor_index=3,
        scores_tensor_index=0,
        num_detections_tensor_index=2,
    )
    options = dataclasses.replace(POSTPROCESSED, tensor_mapping=mapping)
    assert decode_tensors([scores, boxes, np.float32([20]), classes], options) == expected


def test_a_mapping_for_another_number_of_tensors_is_refused() -> None:
    mapping = TensorMapping(detections_tensor_index=0, scores_tensor_index=1)
    options = dataclasses.replace(POSTPROCESSED, tensor_mapping=mapping)
    with pytest.raises(TensorError, match="tensor_mapping"):
        decode_tensors([BOXES, BOXES, SCORES, [20]], options)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_other_numbers_of_tensors_are_refused(count: int) -> None:
    with pytest.raises(TensorError, match="2, 3 or 4"):
        decode_tensors([BOXES] * count, RAW, ANCHORS)


def test_custom_columns_belong_to_four_tensors() -> None:
    columns = BoxBoundariesIndices()
    options = dataclasses.replace(RAW, box_boundaries_indices=columns)
    with pytest.raises(OptionsError) as caught:
        decode(BOXES, SCORES, ANCHORS, options)
    assert (caught.value.field, caught.value.value) == ("box_boundaries_indices", columns)


def test_custom_columns_that_are_no_four_columns_are_named() -> None:
    columns = BoxBoundariesIndices(ymin=1)
    options = dataclasses.replace(POSTPROCESSED, box_boundaries_indices=columns)
    with pytest.raises(OptionsError, match=r"got BoxBoundariesIndices\(ymin=1, xmin=1") as caught:
        decode_postprocessed(BOXES, np.zeros(20), np.zeros(20), 20, options)
    assert (caught.value.field, caught.value.value) == ("box_boundaries_indices", columns)


def test_options_of_another_kind_are_refused() -> None:
    with pytest.raises(MediaPipeAnchorsError, match="TensorsToDetectionsOptions"):
        decode(BOXES, SCORES, ANCHORS, None)  # type: ignore[arg-type]


def test_a_quantised_tensor_is_refused() -> None:
    with pytest.raises(TensorError, match="dequantised"):
        decode((BOXES * 255).astype(np.uint8), SCORES, ANCHORS, RAW)


def test_a_contiguous_array_is_not_copied_and_not_changed() -> None:
    boxes = BOXES.copy()
    boxes.flags.writeable = False
    decode(boxes, SCORES, ANCHORS, RAW)
    np.testing.assert_array_equal(boxes, BOXES)
