"""Kernels leave the interpreter free while they work, and threads do not disturb one another."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading
import time

import numpy as np

from mediapipe_anchors import (
    Detections,
    NonMaxSuppressionOptions,
    TensorsToDetectionsOptions,
    decode,
    non_max_suppression,
)

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


def test_the_interpreter_goes_on_while_a_kernel_works() -> None:
    detections, begins, ends = spread(20_000), threading.Event(), []

    def work() -> None:
        begins.set()
        non_max_suppression(detections, IOU)
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
