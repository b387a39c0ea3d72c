"""WIDER FACE text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError

PARADE = "0--Parade/0_Parade_1.jpg"


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def image(path: Path, width: int, height: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (width, height)).save(path)


def test_faces_with_a_stated_image_size(tmp_path: Path) -> None:
    path = write(
        tmp_path / "wider_face_train_bbx_gt.txt",
        PARADE,
        "2",
        "449 330 122 149 0 0 0 0 0 0 ",
        "10 20 30 40 2 0 1 1 2 1 ",
        "1--Handshaking/empty face.jpg",
        "0",
        "0 0 0 0 0 0 0 0 0 0 ",
        "1--Handshaking/one.jpg",
        "1",
        "1 2 3 4 0 0 0 0 0 0 ",
    )
    boxes = read_boxes(path, image_size=(1024, 768))
    assert (boxes.report.format, boxes.report.detected) == ("wider_face", True)
    np.testing.assert_array_equal(boxes.xyxy, [[449, 330, 571, 479], [1, 2, 4, 6]])
    assert boxes.image_names == (PARADE, "1--Handshaking/one.jpg")
    assert boxes.labels == ("face",)
    assert (boxes.report.read, boxes.report.dropped) == (3, {"invalid": 1})
    assert read_boxes(path, image_size=(1024, 768), drop=()).report.noted == {"invalid": 1}


@pytest.mark.parametrize("folder", ["wider_face_split/images", "WIDER_val/images"])
def test_the_images_state_their_size(tmp_path: Path, folder: str) -> None:
    split = tmp_path / "wider_face_split" / "wider_face_val_bbx_gt.txt"
    path = write(split, PARADE, "1", "1 2 3 4 0 0 0 0 0 0")
    with pytest.raises(BoxesError, match=r"gt\.txt:1: image size: got none.*image_size"):
        read_boxes(path)
    image(tmp_path / folder / PARADE, 60, 40)
    np.testing.assert_array_equal(read_boxes(path, image_size=(9, 9)).image_sizes, [[60, 40]])


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["a.jpg", "1"], 2, "the file ends, expected a face: x y width height"),
        (["a.jpg", "1", "1 2 3 4 0 0 0 0 0 0", "b.jpg"], 4, "ends, expected the number of faces"),
        (["a.jpg", "1", "1 2 3 4"], 3, "4 columns, expected 10: x y width height blur"),
        (["a.jpg", "1", "1 2 3 tall 0 0 0 0 0 0"], 3, "face: got 'tall', expected a number"),
        (["a.jpg", "two", "1 2 3 4 0 0 0 0 0 0"], 2, "number of faces: got 'two'"),
        (["a.jpg", "-1", "1 2 3 4 0 0 0 0 0 0"], 2, "number of faces: got '-1'"),
        (["a.jpg", "9" * 5000], 2, "number of faces: got '9999"),
        (["a.jpg", "0", "1 2 3 4 0 0 0 0 0 0"], 3, "a face in an image of 0 faces"),
        (["a.jpg", "2", "1 2 3 4 0 0 0 0 0 0", "b.jpg", "0"], 4, "1 columns, expected 10"),
    ],
)
def test_malformed(tmp_path: Path, lines: list[str], line: int, message: str) -> None:
    path = write(tmp_path / "gt.txt", *lines)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path, "wider_face", image_size=(99, 99))
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_other_texts_are_not_taken_for_it(tmp_path: Path) -> None:
    for text in ("a.jpg\n", "a.jpg\nb.jpg\n", "notes\n1\n"):
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        with pytest.raises(BoxesError, match="format not recognised"):
            read_boxes(tmp_path / "a.txt")
