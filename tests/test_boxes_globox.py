"""globox annotation sets."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.boxes import globox_set, read_boxes
from mediapipe_anchors.errors import BoxesError

globox = pytest.importorskip("globox", reason="needs the package globox")


def annotation(image_id: str, size: Any, *boxes: tuple[str, float, float, float, float]) -> Any:
    names = ("label", "xmin", "ymin", "xmax", "ymax")
    found = [globox.BoundingBox(**dict(zip(names, box, strict=True))) for box in boxes]
    return globox.Annotation(image_id, size, found)


def test_boxes_sizes_images_and_labels() -> None:
    source = globox.AnnotationSet(
        [
            annotation("b.jpg", (640, 480), ("dog", 10, 20, 30.5, 40), ("cat", 600, 0, 700, 9)),
            annotation("empty.jpg", None),
            annotation("a.jpg", (64, 48), ("dog", 1, 2, 3, 4)),
        ]
    )
    boxes = read_boxes(source)
    report = boxes.report
    assert (report.path, report.format, report.detected) == ("<AnnotationSet>", "globox", True)
    np.testing.assert_array_equal(boxes.xyxy, [[10, 20, 30.5, 40], [600, 0, 640, 9], [1, 2, 3, 4]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [640, 480], [64, 48]])
    assert boxes.image_names == ("b.jpg", "a.jpg")
    assert [boxes.labels[index] for index in boxes.class_ids] == ["dog", "cat", "dog"]
    assert report.noted == {"clipped to the image": 1}


def test_image_size_stands_in_for_a_size_that_is_not_stated() -> None:
    source = globox.AnnotationSet([annotation("a.jpg", None, ("dog", 1, 2, 3, 4))])
    with pytest.raises(BoxesError, match=r"<AnnotationSet>:1: image size: got none.*image_size"):
        read_boxes(source)
    np.testing.assert_array_equal(read_boxes(source, image_size=(9, 8)).image_sizes, [[9, 8]])


def test_an_empty_set() -> None:
    with pytest.raises(BoxesError, match="no box found, reading it as globox"):
        read_boxes(globox.AnnotationSet([]))


def test_it_is_known_by_what_it_can_do(monkeypatch: pytest.MonkeyPatch) -> None:
    source = globox.AnnotationSet([annotation("a.jpg", (9, 9), ("dog", 1, 2, 3, 4))])
    monkeypatch.setitem(sys.modules, "globox", None)
    assert globox_set.FORMAT.detect(source)
    assert len(read_boxes(source)) == 1
