"""What anchors reach on boxes where they stand: the objective of a fit on a grid, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.fit.sketch import LARGEST, SMALLEST
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.options import SsdAnchorsOptions

Floats = npt.NDArray[np.float64]

# Sides that anchors may have: rounded to four digits, they are still within the package's limits.
LOWEST, HIGHEST = SMALLEST * 1.001, LARGEST / 1.001


def value_of_shapes(
    boxes: Population, shapes: Floats, counts: Sequence[int], objective: Objective
) -> float:
    """The objective of shapes [k, 2], `counts[m]` of them on each feature map m, in that order."""
    maps = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    iou = _core.match_shapes(boxes.sides, boxes.distances, np.ascontiguousarray(shapes.T), maps)[1]
    # Not by BLAS, whose order of sums depends on the number of threads.
    return float((objective.of_iou(iou) * boxes.weights).sum())


def shapes_of_options(options: SsdAnchorsOptions, layout: GridLayout) -> Floats | None:
    """The shapes [k, 2] in a cell of each feature map, as MediaPipe rounds them, map by map.

    None where one is beyond `LOWEST` and `HIGHEST`, or none: of a negative aspect ratio.

    Args:
        options: as they are generated on the grids of `layout`.
        layout: `GridLayout.of_options(options)`, or that of the `options` it makes.
    """
    anchors, first, found = generate_anchors(options), 0, []
    for (columns, rows), number in zip(layout.feature_maps, layout.anchors_per_cell, strict=True):
        found.append(anchors[first : first + number, 2:])
        first += columns * rows * number
    shapes = np.concatenate(found).astype(np.float64)
    return shapes if ((shapes >= LOWEST) & (shapes <= HIGHEST)).all() else None
