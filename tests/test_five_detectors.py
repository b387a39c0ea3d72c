"""The five detectors of mediapipe 0.10.21: our graph and the library's own, bit for bit."""

from __future__ import annotations

import pytest
from conftest import needs_graph_api
from library_graphs import BUNDLED, StockRunner, library_graph
from photographs import few_images, many_images

from mediapipe_anchors.emit import emit_graph
from mediapipe_anchors.presets import preset
from mediapipe_anchors.run import GraphRunner

# How many detections the images below must give at the least, so that equality says something.
FEW = {
    "face_detection_short_range": 8,
    "face_detection_full_range": 8,
    "palm_detection_lite": 8,
    "palm_detection_full": 6,
    "pose_detection": 8,
}
MANY = {
    "face_detection_short_range": 70,
    "face_detection_full_range": 60,
    "palm_detection_lite": 60,
    "palm_detection_full": 40,
    "pose_detection": 80,
}


def compare(name, images, at_least, capsys):
    """Run both graphs on every image; equal boxes, scores, classes and keypoints, bit for bit."""
    theirs = StockRunner(*library_graph(*BUNDLED[name][1:]))
    count = images_seen = 0
    with GraphRunner(emit_graph(preset(name))) as ours:
        for title, image in images:
            mine, library = ours.process({"image": image})["detections"], theirs(image)
            assert mine is not None, f"{title}: the emitted graph answers every image"
            # The library's graphs send no packet where the suppression had nothing to do.
            assert len(mine) == (0 if library is None else len(library)), title
            assert library is None or mine == library, title
            count += len(mine)
            images_seen += 1
    theirs.close()
    with capsys.disabled():
        print(f"\n{name}: {images_seen} images, {count} detections, equal bit for bit")
    assert count >= at_least


@needs_graph_api
@pytest.mark.parametrize("name", FEW)
def test_equal_on_a_few_images(name, capsys):
    compare(name, few_images(), FEW[name], capsys)


@needs_graph_api
@pytest.mark.slow
@pytest.mark.parametrize("name", MANY)
def test_equal_on_many_images(name, capsys):
    compare(name, many_images(), MANY[name], capsys)
