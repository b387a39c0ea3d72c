"""EfficientDet's anchors, which MediaPipe's generator cannot make and therefore takes as a list.

`SsdAnchorsCalculator` in multiscale mode differs twice: it lists octave scales inside aspect
ratios, and it takes a power of two for a stride even where the grid of a level does not divide the
input (128 px on level 7 of EfficientDet-Lite0, which has 320 / 3). So MediaPipe Tasks ships such
models with `fixed_anchors`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import OptionsError

_LEVELS = range(3, 8)
_OCTAVE_SCALES = 2.0 ** (np.arange(3) / 3)
_ASPECT_RATIOS = np.array([1.0, 2.0, 0.5])  # w / h


def efficientdet_anchors(
    input_size: int = 320, anchor_scale: float = 3.0
) -> npt.NDArray[np.float32]:
    """The anchors of an EfficientDet with a square input; the defaults are EfficientDet-Lite0's.

    A level's grid is the one below it halved and rounded up, so its stride is input_size / grid and
    need not be whole. Rows go level, y, x, octave scale, aspect ratio, the last fastest.

    Args:
        input_size: side of the input, in pixels.
        anchor_scale: side of a square anchor at octave scale 1, in strides.

    Returns:
        float32 [N, 4]: x_center, y_center, w, h as fractions of the input.

    Raises:
        OptionsError: `input_size` is not between 1 and 4096.
    """
    if not 1 <= input_size <= 4096:
        raise OptionsError(field="input_size", value=input_size, expected="from 1 to 4096 pixels")
    grids = [-(-input_size // 2**level) for level in _LEVELS]
    return np.concatenate([_level(grid, anchor_scale) for grid in grids]).astype(np.float32)


def _level(grid: int, anchor_scale: float) -> npt.NDArray[np.float64]:
    """The anchors of a `grid` x `grid` map, every cell with every size."""
    sides = anchor_scale / grid * _OCTAVE_SCALES[:, None]
    cells = (np.arange(grid) + 0.5) / grid
    anchors = np.empty((grid, grid, sides.size, _ASPECT_RATIOS.size, 4))
    anchors[..., 0] = cells[None, :, None, None]
    anchors[..., 1] = cells[:, None, None, None]
    anchors[..., 2] = sides * np.sqrt(_ASPECT_RATIOS)
    anchors[..., 3] = sides / np.sqrt(_ASPECT_RATIOS)
    return anchors.reshape(-1, 4)
