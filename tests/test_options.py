"""Options as dataclasses: defaults, presence, and what they refuse."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mediapipe_anchors import (
    BoxFormat,
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    OptionsError,
    OverlapType,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)


def test_defaults_are_those_of_the_protos() -> None:
    anchors = SsdAnchorsOptions()
    assert anchors.anchor_offset_x == 0.5
    assert anchors.interpolated_scale_aspect_ratio == 1.0
    assert (anchors.min_level, anchors.max_level) == (3, 7)
    assert anchors.normalize_coordinates is True
    assert NonMaxSuppressionOptions().overlap_type is OverlapType.JACCARD
    assert TensorsToDetectionsOptions().max_results == -1


def test_a_field_without_a_default_is_none_until_set() -> None:
    assert SsdAnchorsOptions().min_scale is None
    assert SsdAnchorsOptions(min_scale=0).min_scale == 0.0
    assert TensorsToDetectionsOptions().score_clipping_thresh is None


def test_none_stands_for_the_default() -> None:
    options = SsdAnchorsOptions(anchor_offset_x=None)  # type: ignore[arg-type]
    assert options == SsdAnchorsOptions()


def test_sequences_become_tuples_and_numbers_plain() -> None:
    options = SsdAnchorsOptions(strides=np.array([8, 16]), aspect_ratios=[np.float64(0.1)])
    assert options.strides == (8, 16)
    assert options.aspect_ratios == (0.1,)


def test_floats_that_round_to_the_same_float32_are_equal() -> None:
    assert SsdAnchorsOptions(min_scale=0.1) == SsdAnchorsOptions(min_scale=float(np.float32(0.1)))
    assert SsdAnchorsOptions(min_scale=0.1) != SsdAnchorsOptions(min_scale=0.2)


NAN = float("nan")


@pytest.mark.parametrize(
    "options",
    [
        SsdAnchorsOptions(min_scale=NAN),
        SsdAnchorsOptions(aspect_ratios=[1.0, NAN]),
        SsdAnchorsOptions(fixed_anchors=[[NAN, 0, 1, 1]]),
        TensorsToDetectionsOptions(min_score_thresh=NAN),
    ],
)
def test_nan_equals_nan(options) -> None:
    field = next(
        f.name for f in dataclasses.fields(options) if "nan" in repr(getattr(options, f.name))
    )
    assert options == dataclasses.replace(options)
    assert options != dataclasses.replace(options, **{field: None})
    number = np.nan_to_num(getattr(options, field))
    assert options != dataclasses.replace(options, **{field: number})


def test_sequences_of_different_lengths_differ() -> None:
    longer = SsdAnchorsOptions(aspect_ratios=[NAN, NAN])
    assert longer != SsdAnchorsOptions(aspect_ratios=[NAN])
    assert SsdAnchorsOptions(aspect_ratios=[NAN]) != longer


def test_enums_take_names_numbers_and_members() -> None:
    for value in ("XYWH", 2, BoxFormat.XYWH):
        assert TensorsToDetectionsOptions(box_format=value).box_format is BoxFormat.XYWH  # type: ignore[arg-type]
    assert NonMaxSuppressionOptions(algorithm="WEIGHTED").algorithm is NmsAlgorithm.WEIGHTED  # type: ignore[arg-type]


def test_fixed_anchors_are_a_read_only_copy() -> None:
    given = np.ones((2, 4), np.float32)
    options = SsdAnchorsOptions(fixed_anchors=given)
    given[0] = 5
    assert isinstance(options.fixed_anchors, np.ndarray)
    assert options.fixed_anchors.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        options.fixed_anchors[0] = 5
    assert options == SsdAnchorsOptions(fixed_anchors=np.ones((2, 4)))


def test_replace_changes_one_field() -> None:
    options = dataclasses.replace(TensorsToDetectionsOptions(num_classes=1), min_score_thresh=0.5)
    assert (options.num_classes, options.min_score_thresh) == (1, 0.5)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: SsdAnchorsOptions(num_layers=1.5), "num_layers"),
        (lambda: SsdAnchorsOptions(num_layers=True), "num_layers"),
        (lambda: SsdAnchorsOptions(num_layers=2**31), "num_layers"),
        (lambda: SsdAnchorsOptions(strides=[8, "16"]), "strides[1]"),
        (lambda: SsdAnchorsOptions(strides="8"), "strides"),
        (lambda: SsdAnchorsOptions(strides=8), "strides"),
        (lambda: SsdAnchorsOptions(min_scale="0.1"), "min_scale"),
        (lambda: SsdAnchorsOptions(min_scale=[0.1]), "min_scale"),
        (lambda: SsdAnchorsOptions(fixed_anchor_size=1), "fixed_anchor_size"),
        (lambda: NonMaxSuppressionOptions(overlap_type="IOU"), "overlap_type"),
        (lambda: NonMaxSuppressionOptions(overlap_type=7), "overlap_type"),
        (lambda: TensorsToDetectionsOptions(tensor_mapping={"a": 1}), "tensor_mapping"),
    ],
)
def test_wrong_values_name_the_field(make, field: str) -> None:
    with pytest.raises(OptionsError) as caught:
        make()
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (SsdAnchorsOptions(num_layers=1, strides=[0]), "strides"),
        (SsdAnchorsOptions(), "strides"),
        (TensorsToDetectionsOptions(num_coords=4), "num_classes"),
        (TensorsToDetectionsOptions(num_classes=1, num_coords=4, max_results=0), "max_results"),
        (
            TensorsToDetectionsOptions(
                num_classes=1, num_coords=4, tensor_mapping=TensorMapping(scores_tensor_index=1)
            ),
            "tensor_mapping",
        ),
        (NonMaxSuppressionOptions(max_num_detections=0), "max_num_detections"),
        (NonMaxSuppressionOptions(overlap_type="UNSPECIFIED_OVERLAP_TYPE"), "overlap_type"),  # type: ignore[arg-type]
    ],
)
def test_validate_refuses_what_mediapipe_dies_on(options, field: str) -> None:
    with pytest.raises(OptionsError) as caught:
        options.validate()
    assert caught.value.field == field
