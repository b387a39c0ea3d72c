"""Held-out boxes: folds that are split by group, normally the image, and never by box."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils import check_random_state, column_or_1d

from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Fold = tuple[Integers, Integers]  # rows to fit to, and rows held out


def group_numbers(groups: Any, rows: int) -> Integers | None:
    """int64 [rows], the groups numbered in the order of their names; None for None.

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
    numbers: Integers = np.unique(column_or_1d(labels), return_inverse=True)[1].astype(np.int64)
    return numbers


def steady_order(boxes: Floats, groups: Integers | None, weights: Floats | None = None) -> Integers:
    """Rows in an order that does not depend on that in which they came; group by group."""
    keys = [*boxes.T, *(each for each in (weights, groups) if each is not None)]
    order: Integers = np.lexsort(keys)
    return order


def split_folds(
    groups: Integers | None, rows: int, folds: int, random_state: int | np.random.RandomState | None
) -> list[Fold]:
    """`folds` pairs of rows, or as many as there are groups where these are fewer.

    No group is in both parts of a pair, and each box is held out once.

    Args:
        groups: as from `group_numbers`. None: each row is a group of its own, dealt at random.
        rows: number of boxes.
        folds: 2 or more.
        random_state: how rows without groups are dealt; groups are dealt by their size.

    Raises:
        MediaPipeAnchorsError: `folds` is out of range, or there is but one group.
    """
    if isinstance(folds, bool) or not hasattr(folds, "__index__") or folds < 2:
        raise MediaPipeAnchorsError(field="folds", value=folds, expected="an integer of 2 or more")
    count = rows if groups is None else len(np.unique(groups))
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
    if groups is None:
        splitter = KFold(count, shuffle=True, random_state=check_random_state(random_state))
        return list(splitter.split(np.zeros(rows)))
    return list(GroupKFold(count).split(np.zeros(rows), groups=groups))


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
