"""How many boxes have which width and height: what a picture of a million boxes needs."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_CELLS = 72  # a side of the picture
ROOM = 1.35  # between the outermost boxes or anchors and the edge of the picture


@dataclasses.dataclass(frozen=True, eq=False)
class Density:
    """Counts of boxes in cells of equal size in log width and log height.

    Attributes:
        low, high: the range of both sides in pixels of the model input.
        counts: float64 [n, n], by height, then width, the least first.
        outside: how many boxes are not in that range.
    """

    low: float
    high: float
    counts: Floats
    outside: int


def measure_density(pixels: Floats, anchors: Floats, weights: Floats | None = None) -> Density:
    """The density of boxes.

    Args:
        pixels: float64 [N, 2], w, h in pixels of the model input.
        anchors: float64 [k, 2], likewise; they are in the range, too.
        weights: how many boxes each row stands for; None is 1 each.
    """
    counts = np.ones(len(pixels)) if weights is None else weights
    low, high = np.quantile(pixels, [0.0005, 0.9995])  # one odd box shall not shrink the others
    low, high = min(low, anchors.min()) / ROOM, max(high, anchors.max()) * ROOM
    cells = int(np.clip(np.sqrt(counts.sum()), 24, MAX_CELLS))
    edges = np.linspace(np.log(low), np.log(high), cells + 1)
    logs = np.log(pixels)
    table = np.histogram2d(logs[:, 1], logs[:, 0], bins=(edges, edges), weights=counts)[0]
    return Density(float(low), float(high), table, round(counts.sum() - table.sum()))
