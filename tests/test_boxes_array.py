"""Arrays of widths and heights, and of corners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError


def test_corners_in_pixels_of_a_stated_image_size() -> None:
    boxes = read_boxes(np.array([[10, 20, 30, 40], [600, 0, 700, 480]]), image_size=(640, 480))
    report = boxes.report
    assert (report.path, report.format, report.detected) == ("<ndarray>", "array", True)
    np.testing.assert_array_equal(boxes.xyxy, [[10, 20, 30, 40], [600, 0, 640, 480]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480]] * 2)
    assert (report.noted, report.images) == ({"clipped to the image": 1}, 0)
    np.testing.assert_array_equal(boxes.image_ids, [-1, -1])
    np.testing.assert_array_equal(boxes.class_ids, [-1, -1])
    assert (boxes.sizes_known, boxes.places_known) == (True, True)


def test_corners_in_fractions() -> None:
    boxes = read_boxes([[0.25, 0, 0.5, 1], [0, 0, 0.0000005, 1]])
    np.testing.assert_array_equal(boxes.wh(), [[0.25, 1]])
    assert (boxes.sizes_known, boxes.places_known) == (False, True)
    assert boxes.report.dropped == {"no area": 1}


def test_widths_and_heights() -> None:
    wh = np.array([[20, 30], [200, 240], [-3, 5], [np.nan, 5]], np.float32)
    boxes = read_boxes(wh, image_size=(400, 300))
    np.testing.assert_array_equal(boxes.wh(), [[0.05, 0.1], [0.5, 0.8]])
    assert boxes.report.dropped == {"no area": 1, "not a number": 1}
    assert (boxes.sizes_known, boxes.places_known) == (True, False)
    np.testing.assert_array_equal(read_boxes([[0.5, 0.25]]).wh(), [[0.5, 0.25]])


def test_equal_boxes_are_no_duplicates_as_their_images_are_not_known() -> None:
    for array in ([[0.5, 0.25]] * 3, [[0, 0, 0.5, 0.25]] * 3):
        boxes = read_boxes(np.array(array), drop=["duplicate"])
        assert (len(boxes), boxes.report.noted) == (3, {})


@pytest.mark.parametrize(
    ("array", "image_size", "message"),
    [
        ([[20, 30]], None, "the largest number is 30, so these are no fractions.*image_size"),
        ([[0.1, 0.2]], (640, 480), "no number is above 1: these look like fractions"),
        (np.zeros(4), None, r"got shape \(4,\), expected \[N, 2\]"),
        (np.zeros((4, 3)), None, r"got shape \(4, 3\)"),
        (np.zeros((2, 2, 2)), None, r"got shape \(2, 2, 2\)"),
        ([[1, 2], [3]], None, "not an array of numbers"),
        ([["wide", 2]], None, "not an array of numbers"),
        ([[10**400, 2]], None, "not an array of numbers"),
        (np.zeros((0, 2)), None, "no box found, reading it as array"),
        (np.zeros((3, 2)), None, "no usable box among 3, reading it as array: 3 no area"),
    ],
)
def test_what_cannot_be_read(array: Any, image_size: Any, message: str) -> None:
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(array, image_size=image_size)
    assert caught.value.path == f"<{type(array).__name__}>"


@pytest.mark.parametrize("source", [3, None, {"a": 1}, b"boxes.csv"])
def test_other_objects_are_not_recognised(source: Any) -> None:
    with pytest.raises(BoxesError, match="format not recognised; choose with format: globox"):
        read_boxes(source)
