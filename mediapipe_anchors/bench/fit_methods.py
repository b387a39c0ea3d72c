"""The ways to fit shapes that `bench fit` compares; each takes boxes and gives anchors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.fit import AnchorFitter
from mediapipe_anchors.fit.shape_fit import distinct_shapes

Floats = npt.NDArray[np.float64]
Method = Callable[[Floats, int, int], Floats]

DE_TOLERANCE = 1e-5  # with SciPy's own, 0.01, it stops far from the optimum


def fit_ours(wh: Floats, count: int, seed: int) -> Floats:
    """`AnchorFitter` as it is called by default: mean best IoU."""
    return AnchorFitter(count, random_state=seed).fit(wh).anchors_


def fit_kmeans(wh: Floats, count: int, seed: int) -> Floats:
    """scikit-learn's k-means on width and height, ten starts: the usual way."""
    from sklearn.cluster import KMeans

    centres: Floats = KMeans(count, n_init=10, random_state=seed).fit(wh).cluster_centers_
    return centres


def fit_by_evolution(wh: Floats, count: int, seed: int) -> Floats:
    """SciPy's differential evolution on the mean best IoU, over logarithms of the sides.

    It gets the distinct shapes with their weights and the kernel of this package for the IoU, so
    that what is compared is the search and not the arithmetic.
    """
    from scipy.optimize import differential_evolution

    boxes = distinct_shapes(wh, None)

    def loss(logs: Floats) -> float:
        shapes = np.exp(logs.reshape(2, count))
        return -float(_core.match_shapes(boxes.sides, None, shapes, None)[1] @ boxes.weights)

    low, high = np.log(boxes.sides.min(axis=1)), np.log(boxes.sides.max(axis=1))
    bounds = [(low[side], high[side]) for side in (0, 1) for _ in range(count)]
    found = differential_evolution(loss, bounds, seed=seed, tol=DE_TOLERANCE, atol=DE_TOLERANCE)
    shapes: Floats = np.exp(found.x.reshape(2, count)).T
    return shapes


METHODS: dict[str, Method] = {
    "ours": fit_ours,
    "k-means": fit_kmeans,
    "differential evolution": fit_by_evolution,
}
