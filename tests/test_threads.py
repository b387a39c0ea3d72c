"""Kernels leave the interpreter free while they work, and threads do not disturb one another."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors import (
    AnchorFitter,
    Detections,
    NonMaxSuppressionOptions,
    TensorError,
    TensorsToDetectionsOptions,
    _core,
    decode,
    non_max_suppression,
)
from mediapipe_anchors.fit.objective import Objective

IOU = NonMaxSuppressionOptions(
    overlap_type="INTERSECTION_OVER_UNION",  # type: ignore[arg-type]
    min_suppression_threshold=0.5,
)


def spread(count: int, seed: int = 0) -> Detections:
    """Boxes that do not overlap, so that each is compared with every other."""
    rng = np.random.default_rng(seed)
    corners = np.stack(np.divmod(rng.permutation(count), 300), axis=1)
    boxes = np.concatenate([corners, np.full((count, 2), 0.5)], axis=1)
    return Detections(boxes, rng.uniform(0, 1, count), np.zeros(count, int))


def fit_arrays(boxes: int, shapes: int, real: Any = np.float32) -> dict[str, Any]:
    """What the fit kernels take, of placed boxes."""
    rng = np.random.default_rng(0)
    return {
        "sides": rng.uniform(0.01, 1, (2, boxes)).astype(real),
        "distances": rng.uniform(0, 0.1, (2, 2, boxes)).astype(real),
        "shapes": rng.uniform(0.01, 1, (2, shapes)).astype(real),
        "map": rng.integers(2, size=shapes).astype(np.int32),
    }


BLEND = Objective(iou=0.5, recall=0.3, ramp=0.1, ratio=0.2)


def refine(boxes: int, shapes: int) -> Callable[[], Any]:
    arrays = fit_arrays(boxes, shapes) | {"weights": np.ones(boxes, np.float32)}
    return lambda: _core.refine_shapes(
        **arrays, objective=BLEND, first_step=0.1, last_step=0.01, max_sweeps=8
    )


def match(boxes: int, shapes: int) -> Callable[[], Any]:
    arrays = fit_arrays(boxes, shapes, np.float64)
    return lambda: _core.match_shapes(**arrays)


def utility(boxes: int, shapes: int) -> Callable[[], Any]:
    arrays = fit_arrays(boxes, shapes)
    return lambda: _core.shape_utility(**arrays, objective=BLEND)


def select(boxes: int, shapes: int) -> Callable[[], Any]:
    values = np.random.default_rng(0).uniform(0, 1, (shapes, boxes)).astype(np.float32)
    weights, start = np.ones(boxes, np.float32), np.arange(8, dtype=np.int32)
    return lambda: _core.select_shapes(values, weights, None, start)


def coarsen(boxes: int, groups: int) -> Callable[[], Any]:
    sides = fit_arrays(boxes, 1, np.float64)["sides"]
    return lambda: _core.coarsen_shapes(sides, np.ones(boxes), groups)


def suppress() -> Callable[[], Any]:
    detections = spread(20_000)
    return lambda: non_max_suppression(detections, IOU)


KERNELS = {
    "non_max_suppression": suppress,
    "coarsen_shapes": lambda: coarsen(200_000, 100_000),
    "match_shapes": lambda: match(200_000, 200),
    "refine_shapes": lambda: refine(20_000, 10),
    "select_shapes": lambda: select(20_000, 300),
    "shape_utility": lambda: utility(50_000, 300),
}


@pytest.mark.parametrize("name", KERNELS)
def test_the_interpreter_goes_on_while_a_kernel_works(name: str) -> None:
    kernel, begins, ends = KERNELS[name](), threading.Event(), []

    def work() -> None:
        begins.set()
        kernel()
        ends.append(time.perf_counter())

    thread = threading.Thread(target=work)
    thread.start()
    begins.wait()
    start = time.perf_counter()
    time.sleep(0.01)  # lets the kernel begin; with the interpreter locked this returns at its end
    woke = time.perf_counter()
    thread.join()
    assert woke - start < (ends[0] - start) / 2


def test_threads_give_what_one_gives() -> None:
    cases = [spread(500, seed) for seed in range(16)]
    alone = [non_max_suppression(case, IOU) for case in cases]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda case: non_max_suppression(case, IOU), cases)) == alone


FIT_KERNELS = {
    "coarsen_shapes": lambda: coarsen(2000, 500),
    "match_shapes": lambda: match(2000, 20),
    "refine_shapes": lambda: refine(500, 5),
    "select_shapes": lambda: select(1000, 50),
    "shape_utility": lambda: utility(2000, 20),
}


@pytest.mark.parametrize("name", FIT_KERNELS)
def test_fit_kernels_in_threads_give_what_one_gives(name: str) -> None:
    kernel = FIT_KERNELS[name]()
    alone = np.array(kernel(), object)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for result in pool.map(lambda _: kernel(), range(16)):
            for ours, expected in zip(np.array(result, object), alone, strict=True):
                np.testing.assert_array_equal(ours, expected)


def test_fits_in_threads_give_what_one_gives() -> None:
    cases = [np.random.default_rng(seed).uniform(0.01, 1, (300, 2)) for seed in range(8)]

    def fit(boxes: Any) -> Any:
        return AnchorFitter(4).fit(boxes).anchors_

    alone = [fit(case) for case in cases]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        np.testing.assert_array_equal(list(pool.map(fit, cases)), alone)


def test_numbers_of_a_fit_that_change_meanwhile_do_no_harm() -> None:
    """Where a map is read after it was checked, another thread could send a kernel astray."""
    count, stop = 2000, threading.Event()
    arrays = fit_arrays(count, 20) | {"weights": np.ones(count, np.float32)}
    values = np.random.default_rng(0).uniform(0, 1, (50, count)).astype(np.float32)
    start = np.arange(4, dtype=np.int32)

    def disturb() -> None:
        while not stop.is_set():
            for name, number in (("map", 2**30), ("sides", np.nan), ("weights", -1)):
                arrays[name][:] = number
            start[:], values[:] = 2**30, np.inf
            for name, number in (("map", 0), ("sides", 0.5), ("weights", 1)):
                arrays[name][:] = number
            start[:], values[:] = range(4), 0.5
            time.sleep(1e-4)  # most calls begin with good numbers

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(100):
            with contextlib.suppress(TensorError):  # where a kernel begins with what is refused
                _core.refine_shapes(
                    **arrays, objective=BLEND, first_step=0.1, last_step=0.05, max_sweeps=4
                )
            with contextlib.suppress(TensorError):
                selection, _ = _core.select_shapes(values, arrays["weights"], None, start)
                assert len(set(selection.tolist())) == 4
    finally:
        stop.set()
        thread.join()


def test_arrays_that_change_meanwhile_do_no_harm() -> None:
    options = TensorsToDetectionsOptions(
        num_classes=2, num_boxes=5000, num_coords=4, x_scale=1, y_scale=1, w_scale=1, h_scale=1
    )
    rng = np.random.default_rng(0)
    boxes, scores = rng.uniform(0, 1, (5000, 4)), rng.uniform(0, 1, (5000, 2))
    boxes, scores = boxes.astype(np.float32), scores.astype(np.float32)
    anchors, stop = np.ones((5000, 4), np.float32), threading.Event()

    def disturb() -> None:
        while not stop.is_set():
            boxes[:] = np.nan
            boxes[:] = 0.5

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(50):
            assert 0 <= len(decode(boxes, scores, anchors, options)) <= 5000
    finally:
        stop.set()
        thread.join()


def test_counts_that_change_meanwhile_do_no_harm() -> None:
    count, width = 3000, 4
    one = spread(count)
    detections = Detections(
        one.boxes,
        one.scores,
        one.class_ids,
        class_counts=np.ones(count, np.int32),
        all_scores=np.ones((count, width), np.float32),
        all_class_ids=np.tile(np.arange(width, dtype=np.int32), (count, 1)),
    )
    options = dataclasses.replace(IOU, multiclass_nms=True)
    counts, stop = detections.class_counts, threading.Event()
    assert counts is not None

    def disturb() -> None:
        while not stop.is_set():
            counts[:] = width
            counts[:] = 1

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(20):
            assert len(non_max_suppression(detections, options)) <= count * width
    finally:
        stop.set()
        thread.join()
