"""Held-out boxes: folds that are split by group, normally the image, and never by box."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import KFold
from sklearn.utils import check_random_state, column_or_1d

from mediapipe_anchors.arrays import in_chunks
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]
Fold = tuple[Integers, Integers]  # rows to fit to, and rows held out


def group_numbers(groups: Any, rows: int) -> Integers | None:
    """Integers [rows], the groups numbered in the order of their names; None for None.

    Raises:
        TensorError: not one group a box.
    """
    if groups is None:
        return None
    labels = np.asarray(groups)
    if labels.shape != (rows,):
        raise TensorError(
            field="groups",
            value=f"shape {labels.shape}",
            expected=f"shape ({rows},): the group, normally the image, of each box",
        )
    if labels.dtype.kind in "iu" and rows and labels.min() >= 0 and labels.max() < rows:
        return _without_gaps(labels)
    numbers: Integers = np.unique(column_or_1d(labels), return_inverse=True)[1]
    return numbers


def steady_order(boxes: Floats, groups: Integers | None, weights: Floats | None = None) -> Integers:
    """Rows in an order that does not depend on that in which they came; group by group."""
    keys = [*boxes.T, *(each for each in (weights, groups) if each is not None)]
    order: Integers = np.lexsort(keys)
    return order


def deal_folds(
    groups: Integers | None,
    rows: int,
    folds: int,
    random_state: int | np.random.RandomState | None,
    weights: Floats | None = None,
) -> npt.NDArray[np.int32]:
    """The fold of each row, from 0; `folds` of them, or as many as there are groups if fewer.

    No group is in two folds, and they are of like size.

    Args:
        groups: as from `group_numbers`. None: each row is a group of its own, dealt at random.
        rows: number of boxes.
        folds: 2 or more.
        random_state: how rows without groups are dealt; groups are dealt by their weight.
        weights: float64 [rows], above 0; None is 1 each.

    Raises:
        MediaPipeAnchorsError: `folds` is out of range, or there is but one group.
    """
    if isinstance(folds, bool) or not hasattr(folds, "__index__") or folds < 2:
        raise MediaPipeAnchorsError(field="folds", value=folds, expected="an integer of 2 or more")
    sizes = None if groups is None else _sizes(groups, weights)
    count = rows if sizes is None else np.count_nonzero(sizes)
    if count < 2:
        raise MediaPipeAnchorsError(
            field="groups",
            value=f"{count} group of {rows:,} boxes",
            expected="boxes of 2 images or more, so that some can be held out",
            fix="pass boxes of more images; or groups=None, which holds out boxes one by one"
            if rows > 1
            else "pass more boxes",
        )
    count = min(int(folds), count)
    if groups is not None and sizes is not None:
        return _deal(sizes, count)[groups]
    fold_of = np.empty(rows, np.int32)
    splitter = KFold(count, shuffle=True, random_state=check_random_state(random_state))
    for fold, (_, held_out) in enumerate(splitter.split(fold_of)):
        fold_of[held_out] = fold
    return fold_of


def split_folds(
    groups: Integers | None,
    rows: int,
    folds: int,
    random_state: int | np.random.RandomState | None,
    weights: Floats | None = None,
) -> list[Fold]:
    """`deal_folds` as pairs of rows, each of which is held out once."""
    fold_of = deal_folds(groups, rows, folds, random_state, weights)
    return [
        (np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))
        for fold in range(fold_of.max() + 1)
    ]


def _deal(sizes: Integers, folds: int) -> npt.NDArray[np.int32]:
    """The fold of each group: the largest first, each to the fold that has least by then.

    As scikit-learn's `GroupKFold`, whose indices of all rows for each fold would not fit in memory.
    """
    fold_of = np.empty(len(sizes), np.int32)
    heap = [(0, fold) for fold in range(folds)]
    order = np.argsort(sizes, kind="stable")[::-1]
    for group, size in zip(order.tolist(), sizes[order].tolist(), strict=True):
        total, fold = heap[0]
        fold_of[group] = fold
        heapq.heapreplace(heap, (total + size, fold))
    return fold_of


def _sizes(groups: Integers, weights: Floats | None) -> Integers:
    """int64, the weight of the rows of each number: 1 a row, or `weights` in units of their own.

    Units are whole, so that the order of the rows does not matter; no weight is less than 1.
    """
    sizes = np.zeros(int(groups.max()) + 1 if len(groups) else 0, np.int64)
    for part in in_chunks(len(groups)):  # np.bincount would take 8 bytes a row
        np.add.at(sizes, groups[part], 1 if weights is None else _units(weights, part))
    return sizes


def _units(weights: Floats, part: slice) -> Integers:
    _, exponent = np.frexp(weights.max())
    room = 61 - int(exponent) - len(weights).bit_length()  # the sum of all is below 2**62
    units: Integers = np.maximum(np.rint(np.ldexp(weights[part], room)), 1).astype(np.int64)
    return units


def _without_gaps(numbers: Integers) -> npt.NDArray[np.int32]:
    """Numbers of 0 or more, which are not none, as numbers from 0 of which none is left out."""
    is_there = np.zeros(int(numbers.max()) + 1, bool)
    is_there[numbers] = True
    return (np.cumsum(is_there, dtype=np.int32) - 1)[numbers]


def spread(values: Floats) -> Floats:
    """Standard deviation over the folds, the last axis, as of a sample (n - 1)."""
    deviation: Floats = np.std(values, axis=-1, ddof=1)
    return deviation


def check_fraction(name: str, value: Any) -> float:
    """A number in [0, 1] as a float; or `MediaPipeAnchorsError`."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (is_number and 0 <= value <= 1):
        raise MediaPipeAnchorsError(field=name, value=value, expected="a number from 0 to 1")
    return float(value)
