"""`Detections`: shapes, indexing, equality, export."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mediapipe_anchors import Detections, TensorError


def two(**changes: object) -> Detections:
    fields: dict[str, object] = {
        "boxes": [[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.25, 0.25]],
        "scores": [0.9, 0.8],
        "class_ids": [1, 0],
        "keypoints": np.zeros((2, 3, 2)),
    }
    return Detections(**(fields | changes))  # type: ignore[arg-type]


def test_indexing_keeps_every_array_in_step() -> None:
    detections = two(
        class_counts=[1, 2], all_scores=[[0.9, 0], [0.8, 0.1]], all_class_ids=[[1, -1], [0, 5]]
    )
    second = detections[1]
    assert len(second) == 1
    assert second.class_counts is not None
    assert second.class_counts.tolist() == [2]
    assert detections[detections.scores > 0.85].class_ids.tolist() == [1]
    assert [len(one) for one in detections] == [1, 1]
    with pytest.raises(IndexError):
        _ = detections[2]


def test_xyxy() -> None:
    np.testing.assert_array_equal(two().xyxy[1], np.float32([0.5, 0.5, 0.75, 0.75]))


def test_equality_is_bit_for_bit() -> None:
    assert two() == two()
    assert two() != two(scores=[0.9, np.nextafter(np.float32(0.8), np.float32(1))])
    assert two(scores=[0.9, np.nan]) == two(scores=[0.9, np.nan])
    assert two(scores=[0.0, 1]) != two(scores=[-0.0, 1])
    assert two() != two(labels=["a", "b"])


def test_dicts_are_json() -> None:
    rows = json.loads(json.dumps(two(labels=["cat", "dog"]).to_dicts()))
    assert rows[0]["label"] == "dog"
    assert len(rows[0]["keypoints"]) == 3
    assert rows[1]["box"] == [0.5, 0.5, 0.25, 0.25]


def test_empty() -> None:
    nothing = Detections.empty(num_keypoints=6)
    assert len(nothing) == 0
    assert nothing.keypoints.shape == (0, 6, 2)
    assert nothing.to_dicts() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"boxes": np.zeros((2, 3))}, "boxes"),
        ({"scores": [0.5]}, "scores"),
        ({"class_ids": [0.5, 1]}, "class_ids"),
        ({"keypoints": np.zeros((2, 3, 3))}, "keypoints"),
        ({"boxes": "boxes"}, "boxes"),
        ({"class_counts": [1, 1]}, "all_scores, all_class_ids"),
        (
            {
                "class_counts": [1, 3],
                "all_scores": np.zeros((2, 2)),
                "all_class_ids": np.zeros((2, 2)),
            },
            "class_counts",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(TensorError) as caught:
        two(**changes)
    assert caught.value.field == field
