"""How many boxes have which width and height: what a picture of a million boxes needs."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import in_chunks

Floats = npt.NDArray[np.float64]

MAX_CELLS = 72  # a side of the picture
ROOM = 1.35  # between the outermost boxes or anchors and the edge of the picture

_ENOUGH = 2**20  # boxes that tell the range of all


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


def measure_density(
    wh: Floats, anchors: Floats, input_size: tuple[int, int], weights: Floats | None = None
) -> Density:
    """The density of boxes.

    Args:
        wh: float64 [N, 2], as fractions of the model input.
        anchors: float64 [k, 2], likewise; they are in the range, too.
        input_size: (width, height) of the model input in pixels.
        weights: how many boxes each row stands for; None is 1 each.
    """
    total = len(wh) if weights is None else weights.sum()
    some = wh[:: 1 + len(wh) // _ENOUGH] * input_size
    low, high = np.quantile(some, [0.0005, 0.9995])  # one odd box shall not shrink the others
    anchors = anchors * input_size
    low, high = min(low, anchors.min()) / ROOM, max(high, anchors.max()) * ROOM
    cells = int(np.clip(np.sqrt(total), 24, MAX_CELLS))
    edges = np.linspace(np.log(low), np.log(high), cells + 1)
    table = np.zeros((cells, cells))
    for part in in_chunks(len(wh)):
        x, y = np.log(wh[part] * input_size).T
        counts = None if weights is None else weights[part]
        table += np.histogram2d(y, x, bins=(edges, edges), weights=counts)[0]
    return Density(float(low), float(high), table, round(total - table.sum()))
