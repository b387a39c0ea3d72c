"""Anchor shapes laid over feature maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.options import SsdAnchorsOptions


def test_the_order_of_a_small_grid_by_hand() -> None:
    layout = GridLayout((96, 64), strides=(32, 64), anchors_per_cell=(2, 1))
    shapes = [[0.1, 0.2], [0.3, 0.2], [0.9, 0.8]]
    assert layout.feature_maps == ((3, 2), (2, 1))
    assert layout.num_anchors == 14
    expected = [
        (x, y, w, h) for y in (0.25, 0.75) for x in (1 / 6, 0.5, 5 / 6) for w, h in shapes[:2]
    ]
    expected += [(x, 0.5, 0.9, 0.8) for x in (0.25, 0.75)]
    anchors = layout.place(shapes)
    assert anchors.dtype == np.float32
    np.testing.assert_array_equal(anchors, np.float32(expected))


def test_the_smallest_shapes_stand_on_the_finest_stride_wherever_it_is_listed() -> None:
    layout = GridLayout.even((64, 64), strides=(64, 16, 32), n_anchors=5)
    assert layout.anchors_per_cell == (1, 2, 2)
    assert layout.shape_ranges == (range(4, 5), range(2), range(2, 4))
    shapes = np.repeat(np.arange(1, 6)[:, None] / 10, 2, axis=1)
    anchors = layout.place(shapes)
    np.testing.assert_array_equal(anchors[0, 2:], np.float32([0.5, 0.5]))
    np.testing.assert_array_equal(anchors[1:3, 2], np.float32([0.1, 0.2]))
    np.testing.assert_array_equal(anchors[-2:, 2], np.float32([0.3, 0.4]))


@given(
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.lists(st.integers(1, 300), min_size=1, max_size=4),
    st.integers(0, 3),
)
def test_row_of_each_anchor_against_the_formula(
    input_size: tuple[int, int], strides: list[int], extra: int
) -> None:
    strides = [max(stride, 16) for stride in strides]
    layout = GridLayout.even(input_size, strides, len(strides) + extra)
    assert sum(layout.anchors_per_cell) == len(strides) + extra
    shapes = np.linspace(0.1, 0.9, 2 * (len(strides) + extra)).reshape(-1, 2)
    anchors = layout.place(shapes)
    assert len(anchors) == layout.num_anchors
    before = 0
    for stride, count, on_map in zip(
        strides, layout.anchors_per_cell, layout.shape_ranges, strict=True
    ):
        columns, rows = (int(np.ceil(side / stride)) for side in input_size)
        for y in range(rows):
            for x in range(columns):
                for a in range(count):
                    row = before + (y * columns + x) * count + a
                    centre = (x + 0.5) / columns, (y + 0.5) / rows
                    np.testing.assert_allclose(anchors[row, :2], centre, rtol=2e-7)
                    np.testing.assert_array_equal(anchors[row, 2:], np.float32(shapes[on_map[a]]))
        before += columns * rows * count


@given(
    st.tuples(st.integers(1, 500), st.integers(1, 500)),
    st.lists(st.integers(8, 600), min_size=1, max_size=4, unique=True),
)
def test_centres_equal_those_that_mediapipe_generates(
    input_size: tuple[int, int], strides: list[int]
) -> None:
    from mediapipe_anchors import generate_anchors

    options = SsdAnchorsOptions(
        input_size_width=input_size[0],
        input_size_height=input_size[1],
        min_scale=0.5,
        max_scale=0.5,
        num_layers=len(strides),
        strides=strides,
        aspect_ratios=[1.0],
        interpolated_scale_aspect_ratio=0.0,
    )
    ours = GridLayout.even(input_size, strides, len(strides)).place([[0.5, 0.5]] * len(strides))
    np.testing.assert_array_equal(ours[:, :2], generate_anchors(options)[:, :2])


def test_options_hold_the_anchors_and_nothing_else() -> None:
    layout = GridLayout.even((64, 64), (32,), 1)
    options = layout.options([[0.25, 0.5]])
    assert options == SsdAnchorsOptions(fixed_anchors=layout.place([[0.25, 0.5]]))


def test_the_order_in_words() -> None:
    layout = GridLayout((96, 64), strides=(32, 64), anchors_per_cell=(2, 1))
    text = "\n".join(layout.describe_order())
    assert "14 anchors; anchor r decodes row r" in text
    assert "anchors 0 to 11: stride 32, 3 columns x 2 rows, shapes 1 to 2" in text
    assert "anchors 12 to 13: stride 64, 2 columns x 1 rows, shapes 3 to 3" in text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (((0, 64), (16,), (1,)), r"input_size: got \(0, 64\), expected whole numbers of 1 or more"),
        (((64,), (16,), (1,)), r"input_size: got \(64,\), expected \(width, height\)"),
        (((64, 64), (), ()), r"strides: got \(\), expected whole numbers"),
        (((64, 64), (16.5,), (1,)), r"strides: got \(16.5,\), expected whole numbers"),
        (((64, 64), "16", (1,)), "strides: got '16', expected whole numbers"),
        (((64, 64), (16, 32), (1,)), r"anchors_per_cell: got \(1,\), expected 2 numbers"),
        (((64, 64), (16,), (0,)), r"anchors_per_cell: got \(0,\), expected whole numbers"),
        (((2**31, 2**31), (1,), (9,)), "strides: got .*at most 1,000,000 anchors"),
    ],
)
def test_a_layout_that_cannot_be(fields: Any, message: str) -> None:
    with pytest.raises(MediaPipeAnchorsError, match=message):
        GridLayout(*fields)


def test_more_strides_than_shapes() -> None:
    with pytest.raises(MediaPipeAnchorsError, match=r"strides: got \(8, 16\), expected at most 1"):
        GridLayout.even((64, 64), (8, 16), 1)


@pytest.mark.parametrize(
    "shapes", [[[0.1, 0.2]], [[0.1, 0.2], [0.1, 0]], [[0.1, 0.2], [0.1, np.nan]], [0.1, 0.2]]
)
def test_shapes_that_do_not_fit(shapes: Any) -> None:
    with pytest.raises(MediaPipeAnchorsError, match="shapes: got"):
        GridLayout.even((64, 64), (32,), 2).place(shapes)
