"""The fit depends on boxes, options and `random_state` alone."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from mediapipe_anchors import AnchorFitter

Floats = npt.NDArray[np.float64]
FITS: list[dict[str, Any]] = [
    {},
    {"objective": "recall"},
    {"objective": "ratio"},
    {"objective": {"mean_iou": 0.5, "recall": 0.3, "ratio": 0.2}},
    {"algorithm": "kmeans"},
]


def rounded_boxes(count: int, seed: int = 0) -> Floats:
    """Boxes of whole pixels, many of them equal."""
    rng = np.random.default_rng(seed)
    return np.ceil(np.exp(rng.normal(3, 0.7, (count, 2)))) / 300


def anchors_of(boxes: Any, k: int = 5, weights: Any = None, **options: Any) -> Floats:
    return AnchorFitter(k, **{"random_state": 1} | options).fit(boxes, None, weights).anchors_


@pytest.mark.parametrize("options", FITS, ids=str)
def test_order_and_repetition_of_the_boxes_do_not_matter(options: dict[str, Any]) -> None:
    boxes = rounded_boxes(3000)
    anchors = anchors_of(boxes, **options)
    shuffled = np.random.default_rng(0).permutation(boxes)
    np.testing.assert_array_equal(anchors_of(shuffled, **options), anchors)
    shapes, counts = np.unique(boxes, axis=0, return_counts=True)
    assert len(shapes) < len(boxes)
    np.testing.assert_array_equal(anchors_of(shapes, weights=counts, **options), anchors)
    np.testing.assert_array_equal(anchors_of(np.tile(boxes, (3, 1)), **options), anchors)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([0, 3, 2**40, 1e-30, 1e300]))
def test_equal_boxes_count_as_one_of_their_weight(seed: int, count: int, scale: float) -> None:
    """Whatever the unit of the weights, as long as it is a power of two or none is rounded."""
    rng = np.random.default_rng(seed)
    shapes = np.unique(rng.uniform(0.01, 1, (count, 2)), axis=0)
    weights = rng.integers(1, 20, len(shapes))
    k = min(3, len(shapes))
    repeated = anchors_of(rng.permutation(np.repeat(shapes, weights, axis=0)), k)
    factor = 2.0 ** np.floor(np.log2(scale)) if scale else 1.0
    np.testing.assert_array_equal(anchors_of(shapes, k, weights * factor), repeated)


def test_boxes_beyond_an_exact_sketch_in_any_order() -> None:
    boxes = np.exp(np.random.default_rng(0).normal(-2, 0.7, (80_000, 2)))
    shuffled = np.random.default_rng(1).permutation(boxes)
    np.testing.assert_array_equal(anchors_of(shuffled), anchors_of(boxes))


@pytest.mark.parametrize("options", FITS, ids=str)
def test_threads_do_not_matter(options: dict[str, Any]) -> None:
    boxes = np.random.default_rng(0).uniform(0.01, 1, (20_000, 2))
    results = []
    for threads in (1, 2, 7):
        with threadpool_limits(limits=threads):
            results.append(anchors_of(boxes, 9, **options))
    np.testing.assert_array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[0])


RUN = """
import hashlib, json, sys
import numpy as np
from mediapipe_anchors import AnchorFitter
boxes = np.random.default_rng(0).uniform(0.01, 1, (5000, 2))
digest = hashlib.sha256()
for options in json.loads(sys.argv[1]):
    digest.update(AnchorFitter(9, random_state=1, **options).fit(boxes).anchors_.tobytes())
print(digest.hexdigest())
"""


def test_the_same_in_every_process() -> None:
    import json

    results = set()
    for number in ("1", "8"):
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), number)
        run = subprocess.run(
            [sys.executable, "-c", RUN, json.dumps(FITS)],
            env={**os.environ, **threads, "PYTHONHASHSEED": number},
            capture_output=True,
            text=True,
            check=True,
        )
        results.add(run.stdout)
    assert len(results) == 1


@pytest.mark.parametrize("algorithm", ["search", "kmeans"])
def test_random_state(algorithm: Any) -> None:
    boxes = rounded_boxes(500)
    of_seed = anchors_of(boxes, 6, random_state=3, algorithm=algorithm)
    for same in (np.int64(3), np.random.RandomState(3)):
        again = anchors_of(boxes, 6, random_state=same, algorithm=algorithm)
        np.testing.assert_array_equal(again, of_seed)
    np.random.seed(3)  # None is NumPy's own state
    np.testing.assert_array_equal(
        anchors_of(boxes, 6, random_state=None, algorithm=algorithm), of_seed
    )
    others = [anchors_of(boxes, 6, random_state=seed, algorithm=algorithm) for seed in range(8)]
    assert any(not np.array_equal(other, of_seed) for other in others)


# --- Weights of classes ---


def test_class_weights_are_weights_of_boxes() -> None:
    boxes, rng = rounded_boxes(500), np.random.default_rng(0)
    y = rng.choice(["car", "dog"], 500, p=[0.9, 0.1])
    of_dict = anchors_in(boxes, y, class_weight={"car": 2, "dog": 5})
    by_hand = anchors_of(boxes, weights=np.where(y == "dog", 5, 2))
    np.testing.assert_array_equal(of_dict, by_hand)
    weights = rng.integers(0, 4, 500)
    both = AnchorFitter(5, class_weight={"car": 2, "dog": 5}, random_state=1)
    np.testing.assert_array_equal(
        both.fit(boxes, y, weights).anchors_,
        anchors_of(boxes, weights=weights * np.where(y == "dog", 5, 2)),
    )


def anchors_in(boxes: Any, y: Any, **options: Any) -> Floats:
    return AnchorFitter(5, random_state=1, **options).fit(boxes, y).anchors_


def test_balanced_classes_count_the_same() -> None:
    """One anchor serves the many cars, or lies between car and dog where both count the same."""
    boxes = np.repeat([[0.4, 0.2], [0.2, 0.2]], [990, 10], axis=0)
    y = np.repeat(["car", "dog"], [990, 10])
    car = AnchorFitter(1).fit(boxes, y)
    np.testing.assert_allclose(car.anchors_, [[0.4, 0.2]], rtol=1e-3)
    balanced = AnchorFitter(1, class_weight="balanced").fit(boxes, y)
    equal = AnchorFitter(1).fit([[0.4, 0.2], [0.2, 0.2]])
    np.testing.assert_allclose(balanced.anchors_, equal.anchors_, rtol=1e-6)
    without = AnchorFitter(1, class_weight={"car": 0}).fit(boxes, y)
    np.testing.assert_allclose(without.anchors_, [[0.2, 0.2]], rtol=1e-6)
