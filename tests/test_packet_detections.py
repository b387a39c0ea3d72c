"""MediaPipe's `Detection` messages as `Detections`."""

from __future__ import annotations

import numpy as np
from conftest import has_graph_api, needs_graph_api
from packet_samples import through_mediapipe

from mediapipe_anchors import Detections
from mediapipe_anchors.run.packet_detections import detections_from_messages

pytestmark = needs_graph_api

if has_graph_api():
    from mediapipe.framework.formats import detection_pb2


def detection(scores=(0.5,), ids=(3,), labels=(), keypoints=(), box=(0.1, 0.2, 0.3, 0.4)):
    message = detection_pb2.Detection(score=scores, label_id=ids, label=labels)
    location = message.location_data
    location.format = 2  # RELATIVE_BOUNDING_BOX
    relative = location.relative_bounding_box
    relative.xmin, relative.ymin, relative.width, relative.height = box
    for x, y in keypoints:
        location.relative_keypoints.add(x=x, y=y)
    return message


def test_single_detection():
    result = through_mediapipe(detection(keypoints=[(0.5, 0.25)]))
    assert result == Detections(
        [[0.1, 0.2, 0.3, 0.4]], [0.5], [3], np.array([[[0.5, 0.25]]], np.float32)
    )


def test_detection_list_and_empty_one():
    both = detection_pb2.DetectionList(detection=[detection(), detection(ids=(4,))])
    assert through_mediapipe(both).class_ids.tolist() == [3, 4]
    assert through_mediapipe(detection_pb2.DetectionList()) == Detections.empty()


def test_several_classes():
    result = detections_from_messages(
        [detection((0.25, 0.75, 0.75), (7, 8, 9)), detection((0.5,), (1,))]
    )
    assert result.class_counts.tolist() == [3, 1]
    assert result.all_scores.tolist() == [[0.25, 0.75, 0.75], [0.5, 0, 0]]
    assert result.all_class_ids.tolist() == [[7, 8, 9], [1, -1, -1]]
    assert result.scores.tolist() == [0.75, 0.5]
    assert result.class_ids.tolist() == [8, 1]  # the first of equal ones


def test_labels():
    by_text = detections_from_messages(
        [detection(ids=(), labels=("cat",)), detection(ids=(), labels=("dog",))]
    )
    assert by_text.labels == ["cat", "dog"]
    assert by_text.class_ids.tolist() == [0, 1]
    by_id = detections_from_messages([detection(ids=(2,), labels=("dog",)), detection(ids=(0,))])
    assert by_id.labels == ["", "", "dog"]
    assert by_id.class_ids.tolist() == [2, 0]
    mixed = detections_from_messages(
        [detection(ids=(), labels=("cat",)), detection(ids=(0,), labels=("dog",))]
    )
    assert [mixed.labels[index] for index in mixed.class_ids] == ["cat", "dog"]
    assert detections_from_messages([detection()]).labels is None


def test_class_ids_that_are_no_rows_of_a_label_map():
    result = detections_from_messages(
        [detection(ids=(-1,), labels=("none",)), detection(ids=(2**31 - 1,), labels=("far",))]
    )
    assert result.labels is None
    assert result.class_ids.tolist() == [-1, 2**31 - 1]


def test_keypoints_of_different_counts():
    result = detections_from_messages([detection(keypoints=[(0.5, 0.5)]), detection()])
    assert result.keypoints.shape == (2, 1, 2)
    assert np.isnan(result.keypoints[1]).all()


def test_detection_without_class():
    result = detections_from_messages([detection(scores=(), ids=())])
    assert (result.class_ids.tolist(), result.scores.tolist()) == ([-1], [0.0])


def test_boxes_in_pixels_stay_messages():
    message = detection_pb2.Detection(score=[0.5], label_id=[1])
    message.location_data.format = 1  # BOUNDING_BOX
    message.location_data.bounding_box.width = 5
    assert through_mediapipe(message) == [message]
