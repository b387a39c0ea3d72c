"""Reference of `top_score`: which of a detection's scores MediaPipe's suppression takes as best."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reference.introsort import order_by_score


def top_score(scores: Sequence[float]) -> int:
    """Index of the front of MediaPipe's sort.

    NaN has no place in an order, and leaves MediaPipe's result undefined: then the first of the
    largest numbers, or of all where there is no number.
    """
    numbers = [index for index, score in enumerate(scores) if not math.isnan(score)]
    if len(numbers) == len(scores):
        return order_by_score(scores)[0]
    return max(numbers, key=lambda index: float(scores[index]), default=0)
