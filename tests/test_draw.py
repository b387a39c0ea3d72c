"""Detections drawn on images."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mediapipe_anchors import Detections, TensorError
from mediapipe_anchors.draw import class_colour, draw_detections

GREY = np.full((200, 300, 3), 90, np.uint8)


def one(box, *, score=0.5, class_id=0, keypoints=(), labels=None):
    points = np.array(keypoints, np.float32).reshape(1, -1, 2)
    return Detections([box], [score], [class_id], points, labels=labels)


def changed(image, drawn):
    """Rows and columns of the pixels that drawing has changed: top, bottom, left, right."""
    rows, columns = np.nonzero((image != drawn).any(axis=2))
    return rows.min(), rows.max(), columns.min(), columns.max()


def count(image, colour):
    return int((image == colour).all(axis=2).sum())


def test_the_image_itself_stays():
    image = GREY.copy()
    drawn = draw_detections(image, one([0.25, 0.5, 0.5, 0.25]))
    np.testing.assert_array_equal(image, GREY)
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8


def test_box_is_where_it_should_be():
    drawn = draw_detections(GREY, one([0.25, 0.5, 0.5, 0.25]))
    colour = class_colour(0)
    for row, column in ((100, 75), (100, 225), (150, 75), (150, 225), (125, 75), (150, 150)):
        assert tuple(drawn[row, column]) == colour
    assert tuple(drawn[125, 150]) == (90, 90, 90)  # not filled
    top, bottom, left, right = changed(GREY, drawn)
    assert (bottom, left, right) == (150, 75, 225)
    assert 100 - 40 < top < 100  # the label, above


def test_label_goes_inside_where_there_is_no_room_above():
    top, bottom, left, _ = changed(GREY, draw_detections(GREY, one([0, 0, 0.5, 0.5])))
    assert (top, left) == (0, 0)
    assert bottom == 100


def test_label_stays_within_the_image():
    drawn = draw_detections(GREY, one([0.95, 0.95, 0.5, 0.5], labels=["a rather long name"]))
    assert changed(GREY, drawn)[3] == 299
    assert count(drawn, class_colour(0)) > 1000  # the ground of the whole label


def test_names_and_scores_make_a_difference():
    box = [0.3, 0.3, 0.3, 0.3]
    pictures = [
        draw_detections(GREY, detections)
        for detections in (
            one(box),
            one(box, score=0.51),
            one(box, labels=["cat"]),
            one(box, labels=["", "cat"]),
            one(box, labels=["dog"]),
        )
    ]
    same = [[np.array_equal(first, second) for second in pictures] for first in pictures]
    expected = np.eye(5, dtype=bool)
    expected[0, 3] = expected[3, 0] = True  # without a name, the class id
    np.testing.assert_array_equal(same, expected)


def test_keypoints():
    drawn = draw_detections(GREY, one([0.5, 0.5, 0.1, 0.1], keypoints=[(0.1, 0.2), (0.9, 0.9)]))
    assert tuple(drawn[40, 30]) == class_colour(0)
    assert tuple(drawn[180, 270]) == class_colour(0)
    assert tuple(drawn[40, 60]) == (90, 90, 90)


def test_colours_follow_the_class():
    colours = [class_colour(class_id) for class_id in range(8)]
    assert len(set(colours)) == 8
    apart = [
        np.abs(np.subtract(first, second)).sum() for first, second in itertools.pairwise(colours)
    ]
    assert min(apart) > 150
    assert class_colour(-1) != class_colour(0)
    drawn = draw_detections(GREY, one([0.1, 0.5, 0.2, 0.2], class_id=3))
    assert count(drawn, class_colour(3)) > 0
    assert count(drawn, class_colour(0)) == 0


def test_the_best_is_on_top():
    both = Detections([[0.2, 0.4, 0.4, 0.4]] * 2, [0.9, 0.2], [0, 1])
    drawn = draw_detections(GREY, both)
    assert count(drawn, class_colour(0)) > 0
    assert tuple(drawn[80, 100]) == class_colour(0)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (16, 16), (2000, 3000)])
def test_any_size_of_image(size):
    image = np.full((*size, 3), 90, np.uint8)
    drawn = draw_detections(image, one([0.25, 0.25, 0.5, 0.5], keypoints=[(0.5, 0.5)]))
    assert drawn.shape == image.shape
    assert (drawn != image).any()


def test_lines_grow_with_the_image():
    def thickness(size):
        image = np.full((size, size, 3), 90, np.uint8)
        drawn = draw_detections(image, one([0.25, 0.25, 0.5, 0.5]))
        return count(drawn[size // 2 : size // 2 + 1, : size // 2], class_colour(0))

    assert thickness(100) == 1
    assert thickness(2000) == 8


@pytest.mark.parametrize(
    "box",
    [
        [np.nan] * 4,
        [np.inf, 0, 1, 1],
        [0, 0, np.inf, 1],
        [3e38, 3e38, 3e38, 3e38],
        [-5, -5, 1, 1],
        [0.5, 0.5, 0, 0],
        [0.5, 0.5, -0.2, -0.2],
    ],
)
def test_boxes_that_are_no_boxes(box):
    drawn = draw_detections(GREY, one(box, keypoints=[(np.nan, 0.5), (np.inf, 1e30)]))
    assert drawn.shape == GREY.shape


def test_scores_and_classes_that_are_odd():
    odd = Detections([[0.2, 0.2, 0.5, 0.5]] * 3, [np.nan, -3e38, np.inf], [-1, 2**31 - 1, 0])
    assert (draw_detections(GREY, odd) != GREY).any()


def test_nothing_found():
    np.testing.assert_array_equal(draw_detections(GREY, Detections.empty()), GREY)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((5, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5, 3), np.float32),
        np.zeros((0, 5, 3), np.uint8),
    ],
)
def test_what_is_no_rgb_image(image):
    with pytest.raises(TensorError, match=r"image: got .*expected uint8"):
        draw_detections(image, Detections.empty())
