"""EfficientDet's anchors: their number, their order and their places."""

from __future__ import annotations

import numpy as np
import pytest

from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.presets.efficientdet import efficientdet_anchors


def test_lite0_has_nine_anchors_a_cell_on_grids_of_40_20_10_5_3():
    anchors = efficientdet_anchors()
    assert anchors.dtype == np.float32
    assert anchors.shape == (9 * (40**2 + 20**2 + 10**2 + 5**2 + 3**2), 4)


def test_first_cell_lists_octave_scales_outside_aspect_ratios():
    first = efficientdet_anchors()[:9]
    np.testing.assert_array_equal(first[:, :2], np.full((9, 2), np.float32(0.5 / 40)))
    areas, ratios = first[:, 2] * first[:, 3], first[:, 2] / first[:, 3]
    np.testing.assert_allclose(ratios, [1, 2, 0.5] * 3, rtol=1e-6)
    # Three strides of 8 pixels in 320 are 0.075; an octave scale is 2**(1/3) of the one before.
    expected = 0.075**2 * np.repeat([1, 2 ** (2 / 3), 2 ** (4 / 3)], 3)
    np.testing.assert_allclose(areas, expected, rtol=1e-6)


def test_cells_go_along_x_first():
    cells = efficientdet_anchors()[::9][: 40 * 40].reshape(40, 40, 4)
    np.testing.assert_array_equal(cells[0, :, 0], ((np.arange(40) + 0.5) / 40).astype(np.float32))
    np.testing.assert_array_equal(cells[:, 0, 1], ((np.arange(40) + 0.5) / 40).astype(np.float32))
    assert len(np.unique(cells[0, :, 1])) == 1


def test_last_level_has_the_stride_of_its_grid_not_a_power_of_two():
    # Level 7 of a 320 px input is a 3x3 grid: stride 320 / 3, not 128.
    last = efficientdet_anchors()[-81:]
    np.testing.assert_array_equal(last[0], np.float32([1 / 6, 1 / 6, 1, 1]))
    np.testing.assert_allclose(last[-9:, :2], 5 / 6, rtol=1e-6)


@pytest.mark.parametrize(("size", "rows"), [(320, 19206), (384, 27621), (448, 37629), (512, 49104)])
def test_number_of_anchors_of_the_lite_models(size, rows):
    grids = []
    grid = size
    for level in range(1, 8):
        grid = (grid + 1) // 2
        grids += [grid] if level >= 3 else []
    assert sum(9 * grid**2 for grid in grids) == len(efficientdet_anchors(size)) == rows


@pytest.mark.parametrize("size", [0, -1, 10**9])
def test_refuses_sizes_that_are_none(size):
    with pytest.raises(OptionsError, match="input_size"):
        efficientdet_anchors(size)
