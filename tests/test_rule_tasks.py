"""Models that MediaPipe Tasks ObjectDetector does not take: what is found, and that it is so."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from conftest import has_graph_api, needs_graph_api
from rule_cases import face_flaws
from rule_cases.detector import DECODE, decoder_node, detector, inference_node
from rule_cases.tasks_flaws import FLAWS, SOUND, write

from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.checks import find
from mediapipe_anchors.graph.rules import RULES, Subject

RULE_OF = {rule.code: rule for rule in RULES}
WITH_POINTS = DECODE.replace(
    "num_coords: 4", "num_coords: 16 num_keypoints: 6 keypoint_coord_offset: 4"
)
ENDS = {"abort": "died", "crash": "died", "error": "refused"}

by_flaw = pytest.mark.parametrize("name", FLAWS)


def found_in(model: bytes, *, given: bool = True, decode: str = DECODE) -> set[tuple[str, str]]:
    path = write(model)
    text = detector(inference=inference_node(str(path)), decoder=decoder_node(decode))
    subject = Subject(Graph.read(text), path if given else None)
    return {(rule.code, finding.field) for rule, finding in find(subject)}


def test_nothing_is_found_in_a_sound_model():
    assert found_in(SOUND) == set()


@by_flaw
def test_flaw_is_found(name):
    flaw = FLAWS[name]
    found = found_in(flaw.model)
    assert (flaw.code, flaw.field) in found
    assert {code for code, _ in found} - set(flaw.beside) == {flaw.code}


@by_flaw
def test_a_graph_runs_with_a_model_that_is_not_for_tasks(name):
    """Only where a model is given is it asked what Tasks would make of it."""
    flaw = FLAWS[name]
    assert flaw.code not in {code for code, _ in found_in(flaw.model, given=False)}


def test_nothing_is_found_in_a_sound_model_of_faces():
    assert found_in(face_flaws.SOUND, decode=WITH_POINTS) == set()


@pytest.mark.parametrize("name", face_flaws.FLAWS)
def test_flaw_of_a_model_of_faces_is_found(name):
    code, field, model = face_flaws.FLAWS[name]
    found = found_in(model, decode=WITH_POINTS)
    assert (code, field) in found
    assert {code for code, _ in found} == {code}


@pytest.mark.skipif(
    has_graph_api() or importlib.util.find_spec("mediapipe") is None,
    reason="needs mediapipe 1.0 or later",
)
@pytest.mark.parametrize("name", face_flaws.FLAWS)
def test_face_detector_does_what_is_said(name):
    sound, found = faces_in(face_flaws.SOUND), faces_in(face_flaws.FLAWS[name][2])
    assert [score for _, score in sound] == pytest.approx([0.9, 0.7, 0.6], abs=0.01)
    if name == "no clipping":
        assert [score for _, score in found] == [0.5] * 3
    else:
        moved = np.subtract([box[:2] for box, _ in found], [box[:2] for box, _ in sound])
        # Half a cell of 50 pixels, but not beyond the edge of the image.
        assert ((moved <= -14) & (moved >= -26)).all()


def faces_in(model: bytes) -> list[tuple[tuple[int, ...], float]]:
    """The boxes and scores that FaceDetector finds."""
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceDetectorOptions(
        base_options=BaseOptions(model_asset_buffer=model), min_detection_confidence=0.3
    )
    image = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.full((100, 100, 3), 99, np.uint8))
    with vision.FaceDetector.create_from_options(options) as detector:
        found = detector.detect(image).detections
    boxes = [each.bounding_box for each in found]
    return [
        ((box.origin_x, box.origin_y, box.width, box.height), each.categories[0].score)
        for box, each in zip(boxes, found, strict=True)
    ]


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize("name", ["", *FLAWS])
def test_tasks_does_what_is_said(name):
    from oracle import stock_object_detector, stock_outcome

    outcome = stock_outcome(stock_object_detector, FLAWS[name].model if name else SOUND, timeout=60)
    if not name:
        assert len(outcome.result) == 3
        return
    flaw = FLAWS[name]
    shown = ENDS.get(outcome.kind, "returned")
    if flaw.shows in ("none", "others"):
        sound = stock_outcome(stock_object_detector, SOUND, timeout=60).result
        shown = "none" if not outcome.result else "others" if outcome.result != sound else "same"
    assert shown == flaw.shows, outcome
    if outcome.text and not outcome.text.startswith("SIG"):
        assert any(words in outcome.text for words in RULE_OF[flaw.code].says), outcome.text
