"""Reference of `match_shapes`: the best shape of each box, float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.shape_similarity import iou_with


def match_shapes(sides: Any, distances: Any, shapes: Any, map: Any) -> tuple[Any, Any]:
    """int32 [N], the first of the shapes with the best IoU, or 0; float64 [N], that IoU, or -1."""
    index = np.zeros(sides.shape[1], np.int32)
    best = np.full(sides.shape[1], -1.0)
    with np.errstate(all="ignore"):
        for j in range(shapes.shape[1]):
            iou = iou_with(sides, distances, shapes[:, j], 0 if map is None else map[j])
            better = iou > best
            index[better], best[better] = j, iou[better]
    return index, best
