"""Runs seeded configurations through two sides and shows the first that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from mediapipe_anchors.detections import Detections

BLOCK = 50


def blocks(configurations: int) -> list[range]:
    """Seeds 0 to `configurations` in ranges, one test each."""
    return [range(start, start + BLOCK) for start in range(0, configurations, BLOCK)]


def assert_same(ours: Any, theirs: Any, *, seed: int, options: Any) -> None:
    """Equal bit for bit, NaN to NaN: arrays or `Detections`."""
    same = ours == theirs if isinstance(ours, Detections) else same_floats(ours, theirs)
    assert same, f"seed {seed}: {_first_difference(ours, theirs)}\n{options}"


def same_floats(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape or a.dtype != np.float32 or b.dtype != np.float32:
        return False
    return bool(((a.view(np.int32) == b.view(np.int32)) | (np.isnan(a) & np.isnan(b))).all())


def same_rows(a: Detections, b: Detections) -> bool:
    """The same detections of one class each, in whatever order."""

    def bits(array: np.ndarray) -> bytes:
        return np.where(np.isnan(array), np.float32(np.nan), array).tobytes()

    def rows(detections: Detections) -> Counter[tuple[bytes, ...]]:
        return Counter(
            (bits(d.boxes), bits(d.scores), d.class_ids.tobytes(), bits(d.keypoints))
            for d in detections
        )

    return rows(a) == rows(b)


def assert_mostly_filled(results: list[Any], share: float = 0.5) -> None:
    """The configurations are not so odd that hardly anything is left to compare."""
    filled = sum(len(result) > 0 for result in results)
    assert filled >= share * len(results), f"{filled} of {len(results)} results hold anything"


def _first_difference(ours: Any, theirs: Any) -> str:
    if len(ours) != len(theirs):
        return f"{len(ours)} rows and not {len(theirs)}"
    for index in range(len(ours)):
        mine, other = ours[index], theirs[index]
        equal: Callable[[Any, Any], bool] = (
            same_floats if isinstance(mine, np.ndarray) else Detections.__eq__
        )
        if not equal(mine, other):
            return f"row {index}: {mine} and not {other}"
    return "the arrays around the rows"
