"""`explain_count` names the option that people get wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediapipe_anchors.anchors import count_anchors, generate_anchors
from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.explain_count import explain_count
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.presets import preset

FACE_192 = preset("face_detection_full_range").anchors
PALM = preset("palm_detection_full").anchors
POSE = preset("pose_detection").anchors
SSD_320 = preset("object_detection_mobile").anchors
SSD_300 = preset("object_detection_oid_v4").anchors
MULTISCALE = SsdAnchorsOptions(
    input_size_width=640,
    input_size_height=640,
    multiscale_anchor_generation=True,
    min_level=6,
    max_level=7,
    strides=[64, 128],
    aspect_ratios=[1.0, 2.0, 0.5],
    anchor_scale=3.0,
    scales_per_octave=3,
)


@pytest.mark.parametrize(
    ("right", "mistake", "named"),
    [
        # Left out, the interpolated anchor doubles the count: the classic.
        (FACE_192, {"interpolated_scale_aspect_ratio": None}, "interpolated_scale_aspect_ratio"),
        (PALM, {"interpolated_scale_aspect_ratio": 0.0}, "interpolated_scale_aspect_ratio"),
        (SSD_320, {"reduce_boxes_in_lowest_layer": False}, "reduce_boxes_in_lowest_layer"),
        (SSD_320, {"input_size_width": 300, "input_size_height": 300}, "input_size_width"),
        (PALM, {"input_size_width": 128, "input_size_height": 128}, "input_size_width"),
        (PALM, {"num_layers": 3, "strides": [8, 16, 32]}, "strides"),
        (SSD_300, {"aspect_ratios": [1.0, 2.0, 0.5]}, "aspect_ratios"),
        (MULTISCALE, {"scales_per_octave": None}, "scales_per_octave"),
        (MULTISCALE, {"aspect_ratios": [1.0]}, "aspect_ratios"),
        (
            replace(MULTISCALE, min_level=3, max_level=7, strides=[8, 16, 32, 64, 128]),
            {"min_level": 4, "strides": [16, 32, 64, 128]},
            "min_level",
        ),
    ],
)
def test_names_a_single_mistake(right, mistake, named):
    rows = count_anchors(right)
    wrong = replace(right, **mistake)
    explanation = explain_count(wrong, rows)
    assert explanation.count == count_anchors(wrong) != rows
    assert explanation.rows == rows
    assert any(named in change.values for change in explanation.changes)
    assert named in str(explanation)
    for change in explanation.changes:
        assert len(generate_anchors(replace(wrong, **change.values))) == rows


def test_puts_the_interpolated_anchor_first():
    wrong = replace(FACE_192, interpolated_scale_aspect_ratio=None)
    first = explain_count(wrong, 2304).changes[0]
    assert first.values == {"interpolated_scale_aspect_ratio": 0.0}
    assert "left out it is 1.0" in first.reason


def test_names_two_mistakes_together_where_one_does_not_do():
    wrong = replace(SSD_320, reduce_boxes_in_lowest_layer=False, interpolated_scale_aspect_ratio=0)
    changes = explain_count(wrong, 2034).changes
    assert [set(change.values) for change in changes] == [
        {"interpolated_scale_aspect_ratio", "reduce_boxes_in_lowest_layer"}
    ]


def test_says_so_when_the_counts_agree():
    explanation = explain_count(POSE, 2254)
    assert explanation.count == explanation.rows == 2254
    assert explanation.changes == ()
    assert "as the model needs" in str(explanation)


def test_claims_nothing_where_it_knows_nothing():
    explanation = explain_count(POSE, 12345)
    assert explanation.changes == ()
    assert str(explanation) == (
        "the anchor options give 2254 anchors, the model has 12345 rows; "
        "no usual mistake explains the difference"
    )


def test_fixed_anchors_have_no_option_to_blame():
    fixed = preset("object_detector").anchors
    explanation = explain_count(fixed, 2034)
    assert (explanation.count, explanation.changes) == (19206, ())


def test_options_that_hang_mediapipe_are_refused():
    with pytest.raises(OptionsError):
        explain_count(replace(PALM, strides=[8, 16]), 896)
