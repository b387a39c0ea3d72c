"""Random lists of a detection's scores: ties, NaN, and lengths beside 16."""

from __future__ import annotations

import numpy as np

from differential.cases.values import Floats, chance, floats, pick


def top_score_case(seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    size = int(pick(rng, [1, 2, 3, 15, 16, 17, 18, 33, 90, int(rng.integers(1, 400))]))
    if chance(rng, 0.7):
        scores = (rng.integers(0, pick(rng, [1, 2, 6]), size) / 5).astype(np.float32)
    else:
        scores = np.nan_to_num(floats(rng, (size,)), nan=0.25)
    if chance(rng, 0.3):
        scores[rng.random(size) < pick(rng, [0.1, 0.5, 1.0])] = np.nan
    return scores
