"""Data sets laid out as the tools of the trade export them, and what of theirs is no boxes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.boxes import json_stream, read_boxes, sketch_boxes
from mediapipe_anchors.errors import BoxesError


def coco(*boxes: list[float], **more: Any) -> str:
    """A COCO document of one image."""
    return json.dumps(
        {
            "info": {"year": "2026"},
            "licenses": [{"id": 1, "name": "CC BY 4.0"}],
            "categories": [{"id": 1, "name": "cell"}],
            "images": [{"id": 0, "file_name": "1.jpg", "width": 64, "height": 48}],
            "annotations": [
                {"id": number, "image_id": 0, "category_id": 1, "bbox": box, **more}
                for number, box in enumerate(boxes)
            ],
        }
    )


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_roboflow_coco_has_a_file_a_split_whose_ids_are_its_own(tmp_path: Path) -> None:
    write(tmp_path / "README.roboflow.txt", "An export.\n")
    write(tmp_path / "train" / "_annotations.coco.json", coco([1, 2, 30, 40]))
    write(tmp_path / "valid" / "_annotations.coco.json", coco([1, 2, 30, 40], [5, 5, 9, 9]))
    boxes = read_boxes(tmp_path)
    assert (boxes.report.format, boxes.report.read, boxes.report.noted) == ("coco", 3, {})
    assert boxes.image_names == ("train/1.jpg", "valid/1.jpg")
    np.testing.assert_array_equal(boxes.image_ids, [0, 1, 1])
    assert sketch_boxes(tmp_path).report.kept == 3


def test_label_studio_coco_beside_its_images_and_notes(tmp_path: Path) -> None:
    write(tmp_path / "result.json", coco([1, 2, 30, 40], iscrowd=0, ignore=0, segmentation=[]))
    write(tmp_path / "notes.json", '{"categories": [], "info": {"version": "1.0"}}')
    boxes = read_boxes(tmp_path)
    assert (boxes.report.format, boxes.image_names) == ("coco", ("1.jpg",))
    (tmp_path / "other.json").write_bytes('{"images": []}'.encode("utf-16"))
    with pytest.raises(BoxesError, match=r"other\.json: not readable as text"):
        read_boxes(tmp_path)


def test_coco_sets_boxes_apart_with_ignore_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", coco([1, 2, 3, 4], ignore=1))
    with pytest.raises(BoxesError, match=r"no usable box among 1, .*: 1 ignored"):
        read_boxes(path)
    write(path, coco([1, 2, 3, 4], ignore=True))  # no number, and so read another way
    assert read_boxes(path, drop=()).report.noted == {"ignored": 1}


def test_label_studio_yolo_is_not_coco(tmp_path: Path) -> None:
    write(tmp_path / "classes.txt", "cell\n")
    write(tmp_path / "notes.json", '{"categories": [], "info": {"version": "1.0"}}')
    write(tmp_path / "labels" / "a.txt", "0 0.5 0.5 1 1\n")
    boxes = read_boxes(tmp_path, image_size=(8, 8))
    assert (boxes.report.format, boxes.labels) == ("yolo", ("cell",))


def test_a_folder_of_wider_face(tmp_path: Path) -> None:
    face = "5 6 7 8 0 0 0 0 0 0 \n"
    write(tmp_path / "readme.txt", "For each image its name, ...\n")
    for split, name in (("train", "0--Parade/a.jpg"), ("val", "0--Parade/b.jpg")):
        write(tmp_path / f"wider_face_{split}_bbx_gt.txt", f"{name}\n1\n{face}")
    boxes = read_boxes(tmp_path, image_size=(64, 48))
    assert (boxes.report.format, len(boxes.image_names)) == ("wider_face", 2)


RESULTS = json.dumps([{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}])
LABELME = '{"version": "5.0", "shapes": [], "imagePath": "a.jpg"}'
CVAT = '<annotations><image id="0" width="8" height="8"/></annotations>'


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("results.json", RESULTS, "not COCO: a list, expected an object with images and annotat"),
        ("labelme.json", LABELME, "expected a list 'images'; found .*'shapes'.*export.* as COCO"),
        ("cvat.xml", CVAT, "root is <annotations>, .*; CVAT's own XML is to be exported from it"),
        ("data.yaml", "train: images\n", "a description of YOLO labels: give the folder of"),
        ("train.txt", "./images/a.jpg\n", "a list of images: give the folder of their labels"),
        ("data.zip", "PK", r"data\.zip: format not recognised: an archive: unpack it$"),
        ("boxes.npy", "NUMPY", "an array: load it with NumPy"),
        ("annotation_train.odgt", '{"ID": "a"}', "JSON line by line: convert it to COCO"),
        ("a.JPG", "JFIF", "an image: give its annotations"),
    ],
)
def test_what_is_of_no_format_is_told_what_to_become(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(BoxesError, match=message):
        read_boxes(write(tmp_path / name, text))


def test_other_lists_in_coco_are_passed_over_and_never_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_WINDOW", 256)
    monkeypatch.setattr(json_stream, "_LONGEST_VALUE", 1024)
    document = json.loads(coco([1, 2, 3, 4]))
    for others in (list(range(5000)), [{"segment": number} for number in range(999)], [[], {}]):
        path = write(tmp_path / "a.json", json.dumps({"others": others, **document}))
        assert len(read_boxes(path)) == 1
    for broken in ("[1, 2,, 3]", '[{"a": 1} {"a": 1}]', "[1"):
        write(path, f'{{"others": {broken}, {json.dumps(document)[1:]}')
        with pytest.raises(BoxesError, match=r"a\.json:1: not JSON"):
            read_boxes(path)
    document["annotations"][0]["segmentation"] = [list(range(5000))]
    write(path, json.dumps(document))
    with pytest.raises(BoxesError, match=r"a\.json:1: a value of more than 1024"):
        read_boxes(path)


def test_open_images_beside_the_names_of_its_classes(tmp_path: Path) -> None:
    table = "ImageID,LabelName,XMin,XMax,YMin,YMax\na,/m/1,0.25,0.5,0,1\n"
    write(tmp_path / "class-descriptions-boxable.csv", "/m/1,Tortoise\n")
    write(tmp_path / "oidv6-train-annotations-bbox.csv", table)
    write(tmp_path / "validation-annotations-bbox.csv", table)
    boxes = read_boxes(tmp_path)
    assert (boxes.report.format, boxes.report.read) == ("open_images", 2)
    assert sketch_boxes(tmp_path).report.read == 2
