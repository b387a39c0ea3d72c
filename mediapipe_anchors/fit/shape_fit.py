"""From weighted boxes to shapes that fit them; shared by `AnchorFitter` and the curve over k."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.utils import check_consistent_length, check_random_state, column_or_1d
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from mediapipe_anchors.arrays import in_chunks
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.fit.search import ANYWHERE, Effort, search_shapes
from mediapipe_anchors.fit.sketch import MAX_UNITS, UNITS, ShapeSketch

Floats = npt.NDArray[np.float64]
Algorithm = Literal["search", "kmeans"]


def distinct_shapes(wh: Floats, weights: Floats | None) -> Population:
    """The distinct shapes of boxes with their weights, or those of a sketch, if there are many."""
    return Population.of_sketch(sketch_shapes(wh, weights))


def sketch_shapes(wh: Floats, weights: Floats | None) -> ShapeSketch:
    """The sketch of boxes with weights of any sum.

    Args:
        wh: float64 [N, 2], width and height, within the limits of `ShapeSketch`.
        weights: float64 [N], 0 or more; None is 1 each.
    """
    sketch = ShapeSketch()
    scale = 0 if weights is None else weight_scale(weights)
    for part in in_chunks(len(wh)):
        sketch.add(wh[part], None if weights is None else np.ldexp(weights[part], scale))
    return sketch


def fit_shapes(
    boxes: Population,
    n_anchors: int,
    objective: Objective,
    algorithm: Algorithm,
    random: np.random.RandomState,
    effort: Effort = ANYWHERE,
) -> Floats:
    """`n_anchors` shapes, float64 [n_anchors, 2], sorted by area; `boxes` holds as many or more."""
    if algorithm == "search":
        shapes = search_shapes(boxes, n_anchors, objective.blurred(boxes.blur), random, effort)
    elif algorithm == "kmeans":
        shapes = _kmeans(boxes, n_anchors, random)
    else:
        raise MediaPipeAnchorsError(
            field="algorithm", value=algorithm, expected="'search' or 'kmeans'"
        )
    ordered: Floats = shapes[np.lexsort((shapes[:, 0], shapes.prod(axis=1)))]
    return ordered


def random_of(random_state: Any) -> np.random.RandomState:
    """What `random_state` stands for, as in scikit-learn; or `MediaPipeAnchorsError`."""
    try:
        random: np.random.RandomState = check_random_state(random_state)
    except (TypeError, ValueError):
        raise MediaPipeAnchorsError(
            field="random_state",
            value=random_state,
            expected="None, an integer from 0 to 2**32 - 1, or a numpy.random.RandomState",
        ) from None
    return random


def check_weights(sample_weight: Any, boxes: Floats) -> Floats:
    """float64 [N], one weight a box; or `TensorError`."""
    weights: Floats = column_or_1d(sample_weight, dtype=np.float64)
    check_consistent_length(boxes, weights)
    if not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise TensorError(
            field="sample_weight",
            value=weights,
            expected="finite weights of 0 or more, not all zero",
        )
    return weights


def _kmeans(boxes: Population, n_anchors: int, random: np.random.RandomState) -> Floats:
    kmeans = KMeans(n_anchors, n_init=10, random_state=random)
    with threadpool_limits(limits=1):  # sums in a fixed order: same bits
        fitted = kmeans.fit(boxes.sides.T.copy(), sample_weight=boxes.weights)
    centres: Floats = fitted.cluster_centers_
    return centres


def weight_scale(weights: Floats) -> int:
    """The power of two by which weights are multiplied, so that a sketch rounds them least.

    It follows from the largest weight and the number of boxes, not from a sum, which would depend
    on their order.
    """
    _, exponent = np.frexp(weights.max())  # the largest is below 2**exponent
    room = (MAX_UNITS // UNITS).bit_length() - 1
    return room - int(exponent) - len(weights).bit_length()
