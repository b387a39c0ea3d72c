"""How boxes match anchor shapes, wherever either stands.

The measure is the shape IoU: the intersection over union of two boxes laid on the same centre, so
that width and height alone count, and not where a detector's anchors stand (for that see `grid`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.arrays import as_float64
from mediapipe_anchors.fit.sketch import check_sides

Floats = npt.NDArray[np.float64]


def shape_iou(wh: npt.ArrayLike, anchors: npt.ArrayLike) -> Floats:
    """IoU of every box with every anchor as if both lay on the same centre.

    Args:
        wh: [N, 2], width and height of the boxes, positive.
        anchors: [k, 2], width and height of the anchors in the same unit, positive.

    Returns:
        float64 [N, k], each in (0, 1].
    """
    box, anchor = np.asarray(wh, float)[:, None], np.asarray(anchors, float)[None]
    intersection = np.minimum(box, anchor).prod(axis=2)
    iou: Floats = intersection / (box.prod(axis=2) + anchor.prod(axis=2) - intersection)
    return iou


def best_anchor(wh: npt.ArrayLike, anchors: npt.ArrayLike) -> tuple[npt.NDArray[np.int32], Floats]:
    """For each box the anchor with the best shape IoU (the first of equals), and that IoU.

    Args:
        wh: [N, 2], width and height, positive.
        anchors: [k, 2], in the same unit.

    Returns:
        int32 [N], index into `anchors`, and float64 [N]; as `shape_iou` gives them, without its
        [N, k] in memory.

    Raises:
        TensorError: another shape, or a side that is not between 1e-9 and 1e9.
    """
    return _core.match_shapes(_sides("wh", wh), None, _sides("anchors", anchors), None)


def _sides(name: str, wh: Any) -> Floats:
    return np.ascontiguousarray(check_sides(name, as_float64(name, wh, (None, 2))).T)
