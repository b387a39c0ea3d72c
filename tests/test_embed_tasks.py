"""What `embed_anchors` writes, MediaPipe Tasks runs: the same detections as this package finds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from conftest import has_graph_api
from embed_models import DETECTORS, POSTPROCESS_OPTIONS, Detector, moving, postprocessed
from embed_proof import NMS, Found, Ours, Tasks, needs_tasks, tally

from mediapipe_anchors import decode, embed_anchors, extract_anchors, non_max_suppression

pytestmark = needs_tasks
IMAGES = 50


@pytest.mark.parametrize("name", DETECTORS)
def test_tasks_finds_the_same(name):
    detector = DETECTORS[name]()
    found = tally(detector, IMAGES)
    assert found.images == IMAGES
    assert found.detections >= 10 * IMAGES
    assert found.classes == found.detections
    if detector.moves:
        assert found.boxes == found.scores == found.detections
    else:
        assert found.pixels <= 1
        assert found.difference <= 1e-5


@pytest.mark.skipif(not has_graph_api(), reason="std::sort of mediapipe 1 orders ties otherwise")
def test_equal_scores():
    detector = moving((24, 24), (200, 4, 3), ties=True)
    found = tally(detector, 10)
    assert found.boxes == found.scores == found.detections > 500


def test_threshold_and_limit():
    detector = moving((24, 24), (200, 4, 3), labels=["cat", "dog", "bird"])
    for options in ({"score_threshold": 0.6}, {"max_results": 5}):
        with Tasks(detector.model, **options) as tasks:
            image = detector.images(np.random.default_rng(0))
            found, every = tasks.find(image), Ours(detector).find(image)
        if "max_results" in options:
            assert found == every[:5]
        else:
            assert found == [entry for entry in every if entry.classes[0][1] >= 0.6]
            assert 5 < len(found) < len(every)


def test_ignored_classes_are_a_denylist():
    """`ignore_classes` of a graph, given to ObjectDetector as the names of the classes."""
    labels = ["background", "cat", "dog", "bird"]
    detector = moving((24, 24), (60, 4, 4), labels=labels)
    ignoring = dataclasses.replace(
        detector, decode=dataclasses.replace(detector.decode, ignore_classes=[0, 3])
    )
    model = embed_anchors(
        detector.model, detector.anchors, ignoring.decode, ignore_at_run_time=True
    )
    assert model == detector.model
    image = detector.images(np.random.default_rng(0))
    with Tasks(model, category_denylist=["background", "bird"]) as tasks:
        found = tasks.find(image)
    assert found == Ours(ignoring).find(image)
    assert {entry.classes[0][0] for entry in found} == {"cat", "dog"}


def postprocess_boxes(detector: Detector, count: int = 5) -> list[tuple[list[Found], np.ndarray]]:
    """What the operator puts out, beside all boxes that `decode` makes of its inputs."""
    random, ours, pairs = np.random.default_rng(0), Ours(detector), []
    for _ in range(count):
        image = detector.images(random)
        pairs.append((ours.outputs(image), image))
    return pairs


@pytest.mark.parametrize("quantised", [False, True])
def test_the_operator_computes_with_the_anchors_and_scales(quantised):
    """The boxes that it keeps are those that `decode` finds with the anchors in the file."""
    size, rows = (28, 28), 200
    boxes_as = (0.046875, 131) if quantised else None
    detector = postprocessed(
        size, rows, quantization=[boxes_as, (1 / 256, 0)] if boxes_as else None
    )
    anchors = extract_anchors(detector.model).anchors
    if not quantised:
        assert np.array_equal(anchors, detector.anchors)
    steps = 0.95 / 255  # the constant's new scale: its old one did not reach as far
    assert np.abs(anchors - detector.anchors).max() <= steps / 2 + 1e-6
    for outputs, image in postprocess_boxes(detector):
        pixels = image.reshape(-1).astype(np.float32)
        if boxes_as:
            raw = np.float32(boxes_as[0]) * (pixels - boxes_as[1])
            scores = np.float32(1 / 256) * pixels
        else:
            raw = scores = (pixels - 128) / 64
        decoded = decode(
            raw[: rows * 4].reshape(rows, 4),
            scores[rows * 4 : rows * 8].reshape(rows, 4),
            anchors,
            detector.decode,
        )
        kept = outputs["detection_boxes"][0][:, [1, 0, 3, 2]]
        every = decoded.xyxy
        distances = np.abs(kept[:, None] - every[None]).max(axis=2)
        assert distances.min(axis=1).max() <= 1e-5
        best = non_max_suppression(decoded, NMS)
        assert np.isclose(outputs["detection_scores"][0][0], best.scores[0], atol=1e-6)
        assert outputs["detection_classes"][0][0] == best.class_ids[0] - 1
    assert len(kept) == POSTPROCESS_OPTIONS["max_detections"]
