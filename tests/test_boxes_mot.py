"""MOT Challenge ground truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError

SEQINFO = "[Sequence]\nname=S\nimWidth=1920\nimHeight=1080\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def sequence(folder: Path, *lines: str, seqinfo: str = SEQINFO) -> Path:
    write(folder / "seqinfo.ini", seqinfo)
    return write(folder / "gt" / "gt.txt", "\n".join(lines) + "\n")


def test_mot16_keeps_what_is_evaluated_and_counts_from_one(tmp_path: Path) -> None:
    path = sequence(
        tmp_path / "MOT16-02",
        "1,1,1,1,100,200,1,1,0.5",
        "12,3,11,21,30,40,0,3,1",
        "1234567,1,101.5,1,10,20,1,1,1",
    )
    for source in (path, tmp_path / "MOT16-02", tmp_path):
        boxes = read_boxes(source)
        assert boxes.report.format == "mot"
        np.testing.assert_array_equal(boxes.xyxy, [[0, 0, 100, 200], [100.5, 0, 110.5, 20]])
        np.testing.assert_array_equal(boxes.image_sizes, [[1920, 1080]] * 2)
        assert boxes.image_names == ("MOT16-02/1", "MOT16-02/1234567")
        assert boxes.labels == ("pedestrian",)
        assert boxes.report.dropped == {"ignored": 1}


def test_ignored_boxes_can_be_kept(tmp_path: Path) -> None:
    path = sequence(tmp_path, "1,1,1,1,100,200,0,3,1", "1,2,1,1,10,20,1,99,1")
    boxes = read_boxes(path, drop=())
    assert boxes.report.noted == {"ignored": 1}
    assert boxes.labels == ("car", "99")


def test_classes_named_beside_the_ground_truth(tmp_path: Path) -> None:
    path = sequence(tmp_path, "1,1,1,1,9,9,1,2,1", "1,2,1,1,9,9,1,1,1")
    write(path.with_name("labels.txt"), "apple\npear\n")
    assert read_boxes(path).labels == ("pear", "apple")


def test_mot15_has_no_class_and_seqinfo_may_stand_beside(tmp_path: Path) -> None:
    write(tmp_path / "seqinfo.ini", SEQINFO)
    write(tmp_path / "gt.txt", "1,1,5,5,10,10,1,-1,-1,-1\n")
    boxes = read_boxes(tmp_path)
    np.testing.assert_array_equal(boxes.class_ids, [-1])
    np.testing.assert_array_equal(boxes.image_sizes, [[1920, 1080]])


def test_several_sequences(tmp_path: Path) -> None:
    sequence(tmp_path / "B", "1,1,1,1,10,10,1,1,1")
    sequence(tmp_path / "A", "1,1,1,1,20,20,1,1,1", seqinfo=SEQINFO.replace("1920", "640"))
    boxes = read_boxes(tmp_path)
    assert boxes.image_names == ("A/1", "B/1")
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 1080], [1920, 1080]])


@pytest.mark.parametrize(
    ("seqinfo", "message"),
    [
        ("imWidth=3\n", "no section headers"),
        ("[Sequence]\nimWidth=3\n", "'imHeight'"),
        ("[Sequence]\nimWidth=wide\nimHeight=3\n", "image size: got 'wide'"),
        ("[Sequence]\nimWidth=0\nimHeight=3\n", "image size: got 0 x 3"),
    ],
)
def test_malformed_seqinfo(tmp_path: Path, seqinfo: str, message: str) -> None:
    path = sequence(tmp_path, "1,1,1,1,10,10,1,1,1", seqinfo=seqinfo)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert caught.value.path == str(tmp_path / "seqinfo.ini")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,1,5,5,10,10", "6 columns, expected 7, 9 or 10"),
        ("1,1,5,5,10,tall,1,1,1", "box: got 'tall', expected a number"),
    ],
)
def test_malformed(tmp_path: Path, line: str, message: str) -> None:
    path = sequence(tmp_path, "1,1,1,1,10,10,1,1,1", line)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert (caught.value.path, caught.value.line) == (str(path), 2)


def test_the_eight_columns_of_visdrone_are_not_taken_for_mot(tmp_path: Path) -> None:
    path = write(tmp_path / "gt.txt", "684,8,273,116,1,4,0,0\n")
    with pytest.raises(BoxesError, match="format not recognised"):
        read_boxes(path)
    with pytest.raises(BoxesError, match=r"gt\.txt:1: 8 columns, expected 7, 9 or 10: frame, id"):
        read_boxes(path, "mot")


# --- Real pedestrians ---


@pytest.fixture(scope="module")
def pedestrians() -> Path:
    """The ground truth that the package motmetrics ships: two sequences of 640 x 480 pixels."""
    motmetrics = pytest.importorskip("motmetrics", reason="needs the package motmetrics")
    return Path(motmetrics.__file__).parent / "data"


@pytest.mark.parametrize(
    ("name", "count", "images", "clipped"),
    [("TUD-Campus", 359, 71, 19), ("TUD-Stadtmitte", 1156, 179, 12)],
)
def test_real_sequences(
    pedestrians: Path, name: str, count: int, images: int, clipped: int
) -> None:
    boxes = read_boxes(pedestrians / name, image_size=(640, 480))
    report = boxes.report
    assert (report.format, report.read, report.kept) == ("mot", count, count)
    assert (report.images, report.dropped) == (images, {})
    assert report.noted == {"clipped to the image": clipped}
    kept = read_boxes(pedestrians / name, image_size=(640, 480), clip=False)
    lines = np.loadtxt(pedestrians / name / "gt.txt", delimiter=",")
    np.testing.assert_allclose(kept.xyxy[:, :2], lines[:, 2:4] - 1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(kept.xyxy[:, 2:] - kept.xyxy[:, :2], lines[:, 4:6], atol=1e-9)
    assert kept.report.noted == {"beyond the image": clipped}


def test_a_real_sequence_without_its_size_is_an_error(pedestrians: Path) -> None:
    with pytest.raises(BoxesError, match=r"gt\.txt: no seqinfo\.ini.*image_size"):
        read_boxes(pedestrians / "TUD-Campus")


def test_the_whole_folder_is_found_to_be_mot(pedestrians: Path) -> None:
    assert read_boxes(pedestrians, image_size=(640, 480)).report.read == 359 + 1156
