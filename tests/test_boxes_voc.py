"""Pascal VOC XML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError

SIZE = "<size><width>500</width><height>375</height><depth>3</depth></size>"


def item(*corners: object, name: str = "dog", more: str = "") -> str:
    tags = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    box = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags)
    return f"<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>"


def write(path: Path, *items: str, size: str = SIZE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["<annotation>", size, *items, "</annotation>"]), encoding="utf-8")
    return path


def test_one_file_with_corners_as_written(tmp_path: Path) -> None:
    path = write(
        tmp_path / "000005.xml", item(263, 211, 324, 339), item(1.5, 2, 500, 375, name="cat")
    )
    boxes = read_boxes(path)
    assert boxes.report.format == "voc"
    np.testing.assert_array_equal(boxes.xyxy, [[263, 211, 324, 339], [1.5, 2, 500, 375]])
    np.testing.assert_array_equal(boxes.wh()[0], [61 / 500, 128 / 375])
    assert boxes.labels == ("dog", "cat")
    assert boxes.image_names == ("000005",)


def test_folder_with_everything_below_in_order_of_names(tmp_path: Path) -> None:
    write(tmp_path / "b.xml", item(0, 0, 10, 10))
    write(tmp_path / "VOC2007" / "Annotations" / "a.xml", item(0, 0, 20, 20), item(0, 0, 30, 30))
    write(tmp_path / "empty.xml")
    boxes = read_boxes(tmp_path)
    assert boxes.image_names == ("VOC2007/Annotations/a", "b")
    np.testing.assert_array_equal(boxes.image_ids, [0, 0, 1])
    np.testing.assert_array_equal(boxes.xyxy[:, 2], [20, 30, 10])


def test_the_parts_of_a_person_are_not_boxes_of_their_own(tmp_path: Path) -> None:
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    boxes = read_boxes(write(tmp_path / "a.xml", item(0, 0, 10, 10, name="person", more=part)))
    np.testing.assert_array_equal(boxes.xyxy, [[0, 0, 10, 10]])


def test_difficult_is_kept_and_counted_or_left_out(tmp_path: Path) -> None:
    difficult = item(0, 0, 5, 5, more="<difficult>1</difficult>")
    path = write(tmp_path / "a.xml", difficult, item(0, 0, 9, 9, more="<difficult>0</difficult>"))
    kept = read_boxes(path).report
    assert (kept.kept, kept.noted, kept.dropped) == (2, {"difficult": 1}, {})
    left_out = read_boxes(path, drop=("difficult",)).report
    assert (left_out.kept, left_out.noted, left_out.dropped) == (1, {}, {"difficult": 1})


@pytest.mark.parametrize("size", ["", "<size><width>0</width><height>0</height></size>"])
def test_image_size_stands_in_for_a_size_that_is_not_stated(tmp_path: Path, size: str) -> None:
    path = write(tmp_path / "a.xml", item(0, 0, 9, 9), size=size)
    with pytest.raises(BoxesError, match=r"a\.xml:[12]: image size"):
        read_boxes(path)
    np.testing.assert_array_equal(read_boxes(path, image_size=(20, 10)).image_sizes, [[20, 10]])


def test_a_blank_corner_is_counted_as_not_a_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", item("", 0, 9, 9), item(0, 0, 9, 9))
    assert read_boxes(path).report.dropped == {"not a number": 1}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("<annotation>\n<object>\n</annotation>", 3, "not XML: mismatched tag"),
        ("", 1, "not XML: no element found"),
        ("<html>\n</html>", 1, "root is <html>, expected <annotation>"),
        (
            f"<annotation>{SIZE}\n<object>\n<name>dog</name></object></annotation>",
            2,
            "without <bndbox>",
        ),
        (f"<annotation>{SIZE}\n<object>\n<bndbox/></object></annotation>", 3, "without <xmin>"),
        (f"<annotation>{SIZE}\n\n{item('left', 0, 1, 1)}</annotation>", 3, "<xmin>: got 'left'"),
        (
            f"<annotation><size>\n</size>{item(0, 0, 1, 1)}</annotation>",
            1,
            "<size> without <width>",
        ),
    ],
)
def test_malformed(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path, "voc")
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_an_entity_bomb_is_refused_before_it_grows(tmp_path: Path) -> None:
    laughs = "\n".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
    path = tmp_path / "bomb.xml"
    path.write_text(
        f'<?xml version="1.0"?>\n<!DOCTYPE annotation [<!ENTITY e0 "ha">\n{laughs}]>\n'
        "<annotation><object><name>&e11;</name></object></annotation>",
        encoding="utf-8",
    )
    with pytest.raises(BoxesError, match=r"bomb\.xml:2: a document type declaration"):
        read_boxes(path)


def test_an_external_entity_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    path.write_text(
        f'<!DOCTYPE annotation [<!ENTITY file SYSTEM "{secret.as_uri()}">]>\n'
        f"<annotation>{SIZE}{item(0, 0, 9, 9, name='&file;')}</annotation>",
        encoding="utf-8",
    )
    with pytest.raises(BoxesError, match="a document type declaration"):
        read_boxes(path)


@pytest.mark.parametrize("encoding", ["gb2312", "nonsense"])
def test_an_encoding_that_cannot_be_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?><annotation/>', encoding="utf-8")
    with pytest.raises(BoxesError, match=r"a\.xml:1: not XML: .*encoding.*; write it in UTF-8"):
        read_boxes(path)
