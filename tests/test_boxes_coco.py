"""COCO JSON."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.boxes import json_stream, read_boxes
from mediapipe_anchors.errors import BoxesError


def document(**changes: Any) -> dict[str, Any]:
    return {
        "images": [
            {"id": 7, "file_name": "a.jpg", "width": 100, "height": 50},
            {"id": 8, "file_name": "b.jpg", "width": 640, "height": 480},
        ],
        "annotations": [
            {"image_id": 8, "bbox": [10.5, 20, 30, 40], "category_id": 2, "iscrowd": 0},
            {"image_id": 7, "bbox": [0, 0, 100, 50], "category_id": 1},
            {"image_id": 7, "bbox": [1, 1, 9, 9], "category_id": 1, "iscrowd": 1},
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    } | changes


def write(folder: Path, content: Any, name: str = "instances.json") -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def test_boxes_sizes_images_and_labels(tmp_path: Path) -> None:
    boxes = read_boxes(write(tmp_path, document()))
    assert boxes.report.format == "coco"
    assert boxes.report.detected
    np.testing.assert_array_equal(boxes.xyxy, [[10.5, 20, 40.5, 60], [0, 0, 100, 50]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [100, 50]])
    assert [boxes.image_names[index] for index in boxes.image_ids] == ["b.jpg", "a.jpg"]
    assert [boxes.labels[index] for index in boxes.class_ids] == ["dog", "cat"]


def test_crowds_are_left_out_and_counted_unless_wanted(tmp_path: Path) -> None:
    path = write(tmp_path, document())
    left_out = read_boxes(path).report
    assert (left_out.read, left_out.kept, left_out.dropped) == (3, 2, {"crowd": 1})
    kept = read_boxes(path, drop=()).report
    assert (kept.kept, kept.dropped, kept.noted) == (3, {}, {"crowd": 1})


def test_gzip_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "instances.json.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + json.dumps(document()).encode()))
    assert len(read_boxes(path)) == 2


def test_categories_may_be_missing(tmp_path: Path) -> None:
    content = document()
    del content["categories"]
    assert read_boxes(write(tmp_path, content)).labels == ("2", "1")


def test_null_and_nan_coordinates_are_counted(tmp_path: Path) -> None:
    annotations = [
        {"image_id": 7, "bbox": [None, 0, 5, 5]},
        {"image_id": 7, "bbox": [0, float("nan"), 5, 5]},
        {"image_id": 7, "bbox": [0, 0, 5, 5]},
    ]
    boxes = read_boxes(write(tmp_path, document(annotations=annotations)))
    assert boxes.report.dropped == {"not a number": 2}
    np.testing.assert_array_equal(boxes.class_ids, [-1])


def test_image_size_stands_in_for_a_size_that_is_not_stated(tmp_path: Path) -> None:
    images = [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "width": 640, "height": 480}]
    path = write(tmp_path, document(images=images))
    with pytest.raises(BoxesError, match=r"instances\.json:1: image size: got none.*image_size"):
        read_boxes(path)
    boxes = read_boxes(path, image_size=(200, 100))
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [200, 100]])
    assert boxes.image_names == ("8", "a.jpg")


def images_7(*sizes: tuple[int, int] | None) -> list[dict[str, Any]]:
    """Records of one image id, each with a size or without."""
    return [
        {"id": 7, "file_name": f"{place}.jpg"}
        | ({"width": size[0], "height": size[1]} if size else {})
        for place, size in enumerate(sizes, start=1)
    ]


BOXES_7 = [{"id": 1, "image_id": 7, "bbox": [0, 0, 5, 5]}, {"image_id": 7, "bbox": [0, 0, 9, 9]}]


def test_images_of_one_id_and_size_are_one_image_and_counted(tmp_path: Path) -> None:
    images = images_7((100, 50), (100, 50))
    boxes = read_boxes(write(tmp_path, document(images=images, annotations=BOXES_7)))
    assert boxes.image_names == ("1.jpg",)
    np.testing.assert_array_equal(boxes.image_sizes, [[100, 50], [100, 50]])
    assert boxes.report.noted == {"repeated image id": 2}


@pytest.mark.parametrize("sizes", [(None, (100, 50)), ((100, 50), None), ((0, 0), (100, 50))])
def test_a_repeated_image_has_the_size_that_is_stated(tmp_path: Path, sizes: Any) -> None:
    path = write(tmp_path, document(images=images_7(*sizes), annotations=BOXES_7))
    for image_size in (None, (8, 8)):
        boxes = read_boxes(path, image_size=image_size)
        np.testing.assert_array_equal(boxes.image_sizes, [[100, 50], [100, 50]])


def test_annotations_of_one_id_are_all_kept_and_counted(tmp_path: Path) -> None:
    ids = [1, 2, 1, "1", None, None, [3], [3], True, True]
    annotations = [
        {"id": each, "image_id": 7, "bbox": [0, 0, 5, 5 + place]} for place, each in enumerate(ids)
    ]
    report = read_boxes(write(tmp_path, document(annotations=annotations))).report
    assert (report.kept, report.noted) == (10, {"repeated annotation id": 2})


def test_categories_of_one_id_and_name_are_one_class(tmp_path: Path) -> None:
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}]
    assert read_boxes(write(tmp_path, document(categories=categories))).labels == ("dog", "cat")


def annotation(**changes: Any) -> dict[str, Any]:
    return document(annotations=[{"image_id": 7, "bbox": [0, 0, 5, 5]}, {"image_id": 7} | changes])


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ('{"images": [],\n "annotations": [}', 2, "not JSON"),
        ('{"info": ' + "[" * 100_000, None, "not readable as JSON"),
        ("[1]", None, "expected an object"),
        ('{"images": []}', None, "expected a list 'annotations'"),
        (document(images="none"), None, "expected a list 'images'"),
        (document(images=[{"id": 7}, 3]), 2, "images record: got 3, expected an object"),
        (document(images=[{"id": [1]}]), 1, r"images record: id is \[1\]"),
        (annotation(bbox=[1, 2, 3]), 2, r"bbox is \[1, 2, 3\]"),
        (annotation(), 2, "bbox is None"),
        (annotation(bbox=[1, 2, 3, "wide"]), 2, "bbox: got 'wide', expected a number"),
        (annotation(bbox=[1, 2, 3, [4]]), 2, r"bbox: got \[4\], expected a number"),
        (annotation(bbox=[1, 2, 3, 10**400]), 2, "bbox: got 1000.*, expected a number"),
        (annotation(image_id=True, bbox=[1, 2, 3, 4]), 2, "image_id is True, expected a number"),
        (
            document(images=images_7((100, 50), None, (640, 480)), annotations=BOXES_7),
            3,
            r"images record: id 7 is 640 x 480, but 100 x 50 in record 1; give each image an id",
        ),
        (
            document(categories=[{"id": 1, "name": "cat"}, {"id": 1, "name": "dog"}]),
            2,
            "categories record: id 1 is 'dog', but 'cat' before; give each category an id",
        ),
        (annotation(image_id=9, bbox=[1, 2, 3, 4]), 2, "image_id 9 is not among the images"),
    ],
)
def test_malformed(tmp_path: Path, content: Any, line: int | None, message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert caught.value.path == str(path)
    assert caught.value.line == line


def test_a_truncated_gzip_is_an_error_with_the_path(tmp_path: Path) -> None:
    path = tmp_path / "instances.json.gz"
    path.write_bytes(gzip.compress(json.dumps(document()).encode())[:60])
    with pytest.raises(BoxesError, match="not readable as text"):
        read_boxes(path)


def test_binary_is_an_error_with_the_path(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(BoxesError, match="not readable as text"):
        read_boxes(path)


# --- The text is walked through in windows ---


@pytest.fixture(params=[1, 7, 64])
def small_window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_WINDOW", request.param)


@pytest.mark.usefixtures("small_window")
@pytest.mark.parametrize("indent", [None, 1])
def test_any_window_gives_the_same(tmp_path: Path, indent: int | None) -> None:
    content = {"é": 12345678901, "info": {"a": [1, {"b": "}]"}]}} | document()
    for index, annotation in enumerate(content["annotations"]):
        annotation["attributes"] = {"nested": [{"deep": {}}] * index, "text": '},{"\\u00e9' * 30}
        annotation["segmentation"] = [[0.5] * 20]
    path = write(tmp_path, json.dumps(content, indent=indent))
    boxes = read_boxes(path, drop=())
    np.testing.assert_array_equal(
        boxes.xyxy, [[10.5, 20, 40.5, 60], [0, 0, 100, 50], [1, 1, 10, 10]]
    )
    assert boxes.image_names == ("b.jpg", "a.jpg")
    assert boxes.labels == ("dog", "cat")
    assert boxes.report.noted == {"crowd": 1}


@pytest.mark.usefixtures("small_window")
def test_a_mistake_in_any_window_has_its_line(tmp_path: Path) -> None:
    text = json.dumps(document(), indent=1)
    wrong = text.replace('"bbox": [\n    1,', '"bbox": [\n    one,')
    assert wrong != text
    line = wrong[: wrong.index("one")].count("\n") + 1
    with pytest.raises(BoxesError, match="not JSON: Expecting value") as caught:
        read_boxes(write(tmp_path, wrong))
    assert caught.value.line == line


@pytest.mark.parametrize("order", list(itertools.permutations(document())))
def test_the_lists_may_come_in_any_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    content = {name: document()[name] for name in order}
    boxes = read_boxes(write(tmp_path, content))
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [100, 50]])
    assert boxes.labels == ("dog", "cat")


def test_a_record_that_the_fast_decoder_refuses_among_many(tmp_path: Path) -> None:
    annotations = [{"image_id": 7, "bbox": [index % 50, 0, 9, 9]} for index in range(5000)]
    annotations[3000] = {"image_id": 7, "bbox": ["1", None, 5, 5], "category_id": [2]}
    annotations[4000] = {"image_id": 7, "bbox": ["2", 0, 5, 5], "iscrowd": True}
    report = read_boxes(write(tmp_path, document(annotations=annotations))).report
    assert (report.read, report.dropped) == (5000, {"not a number": 1, "crowd": 1})


def test_names_and_ids_that_are_not_text(tmp_path: Path) -> None:
    content = document(
        images=[{"id": "x", "file_name": 5, "width": 9, "height": 9}],
        annotations=[{"image_id": "x", "bbox": [0, 0, 5, 5], "category_id": "k"}],
        categories=[{"id": "k", "name": 3}],
    )
    boxes = read_boxes(write(tmp_path, content))
    assert (boxes.image_names, boxes.labels) == (("5",), ("3",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected an object"),
        ("{", "not JSON: Expecting value"),
        ("{1: 2}", "not JSON: Expecting property name"),
        ('{"images" []}', "not JSON: Expecting ':'"),
        ('{"images": [] "annotations": []}', "not JSON: Expecting ','"),
        ('{"images": [], "annotations": [{}', "bbox is None"),
        ('{"images": [], "annotations": [', "not JSON: Expecting value"),
        ('{"images": [], "annotations": []', "not JSON: Expecting ','"),
        ('{"images": [], "annotations": []} {}', "not JSON: Extra data"),
        ('{"images": "a', "expected a list 'images'"),
    ],
)
def test_cut_short(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(write(tmp_path, text))
    assert caught.value.path == str(tmp_path / "instances.json")


@pytest.mark.slow
def test_memory_does_not_grow_with_what_is_not_read(tmp_path: Path) -> None:
    """60 MB of polygons beside 20,000 boxes: `json.load` alone takes 400 MB for them."""
    path = tmp_path / "instances.json"
    polygon = json.dumps([[index / 7 for index in range(160)]])
    with path.open("w", encoding="utf-8") as file:
        file.write('{"images": [{"id": 1, "width": 640, "height": 480}], "annotations": [')
        for index in range(20_000):
            comma = "," if index else ""
            bbox = [index % 600, 0, 9 + index % 30, 9]
            text = f'{comma}{{"segmentation":{polygon},"image_id":1,"bbox":{bbox},"category_id":1}}'
            file.write(text)
        file.write("]}")
    assert path.stat().st_size > 50_000_000
    code = (
        "import resource, sys\n"
        "from mediapipe_anchors import read_boxes\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        f"before = peak(); boxes = read_boxes({str(path)!r}); print(len(boxes), peak() - before)"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert printed[0] == "20000"
    assert int(printed[1]) < 100
