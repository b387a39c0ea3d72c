"""Boxes that count, each once: so that k equal boxes are one of weight k, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]


def distinct_boxes(
    xywh: Floats, weights: Floats, groups: Integers | None = None
) -> tuple[Floats, Floats, Integers | None]:
    """The distinct boxes of positive weight, with the sum of their weights.

    The result does not depend on the order of the boxes; samples drawn from it do not, either.

    Args:
        xywh: float64 [N, 4].
        weights: float64 [N], 0 or more.
        groups: integers [N]; equal boxes of two groups remain two. None is one group.

    Returns:
        Boxes [M, 4], weights [M] and groups [M] (None for None), group by group.
    """
    keys = [weights, *xywh.T] if groups is None else [weights, *xywh.T, groups]
    order = np.lexsort(keys)  # by weight last, so that sums do not depend on the order, either
    order = order[weights[order] > 0]
    rows = xywh[order]
    is_new = np.ones(len(rows), bool)
    is_new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    if groups is not None:
        is_new[1:] |= np.diff(groups[order]) != 0
    first = np.flatnonzero(is_new)
    merged = np.add.reduceat(weights[order], first) if len(first) else np.zeros(0)
    return rows[first], merged, None if groups is None else groups[order][first]
