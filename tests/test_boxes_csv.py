"""CSV, read by pyarrow and by the module csv."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mediapipe_anchors.boxes import collect, csv_arrow, csv_file, iter_boxes, read_boxes
from mediapipe_anchors.errors import BoxesError

HEADER = "image,width,height,xmin,ymin,xmax,ymax,label"


@pytest.fixture(params=["pyarrow", "csv"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with pyarrow and, as where it is not installed, without."""
    if request.param == "pyarrow":
        pytest.importorskip("pyarrow", reason="needs the extra 'parquet' (pyarrow)")
    else:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    return str(request.param)


def write(folder: Path, *lines: str) -> Path:
    path = folder / "boxes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_every_column(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, "a.jpg,640,480,1,2,3.5,4,dog", "", '"b, c.jpg",64,48,5,6,7,8,')
    boxes = read_boxes(path)
    assert boxes.report.format == "csv"
    np.testing.assert_array_equal(boxes.xyxy, [[1, 2, 3.5, 4], [5, 6, 7, 8]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480], [64, 48]])
    np.testing.assert_array_equal(boxes.class_ids, [0, -1])
    assert boxes.image_names == ("a.jpg", "b, c.jpg")
    assert boxes.labels == ("dog",)


def test_other_names_orders_and_extra_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "filename, Class ,X2,Y2,X1,Y1,score,img_w,img_h",
        "a.jpg,dog,30,40,10,20,0.5,640,480",
    )
    boxes = read_boxes(path)
    np.testing.assert_array_equal(boxes.xyxy, [[10, 20, 30, 40]])
    np.testing.assert_array_equal(boxes.image_sizes, [[640, 480]])


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "boxes.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\r\na.jpg,640,480,1,2,3,4,dog\r\n".encode()))
    np.testing.assert_array_equal(read_boxes(path).xyxy, [[1, 2, 3, 4]])


def test_without_image_size_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "image,xmin,ymin,xmax,ymax", "a,1,2,3,4")
    with pytest.raises(BoxesError, match=r"boxes\.csv:1: image size.*state it .image_size"):
        read_boxes(path)
    np.testing.assert_array_equal(read_boxes(path, image_size=(9, 8)).image_sizes, [[9, 8]])


def test_an_image_size_that_is_blank_or_zero(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, "a,640,480,1,2,3,4,x", "b,,480,1,2,3,4,x", "c,0,1,1,2,3,4,x")
    with pytest.raises(BoxesError, match=r"boxes\.csv:3: image size: got nan x 480"):
        read_boxes(path)
    sizes = read_boxes(path, image_size=(9, 8)).image_sizes
    np.testing.assert_array_equal(sizes, [[640, 480], [9, 8], [9, 8]])


def test_blank_and_infinite_coordinates_are_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        "a,9,9,,2,3,4,x",
        "a,9,9,1,nan,3,4,x",
        "a,9,9,1,2,inf,4,x",
        "a,9,9,1,2,3,4,x",
    )
    report = read_boxes(path).report
    assert (report.read, report.kept, report.dropped) == (4, 1, {"not a number": 3})


def test_more_rows_than_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "_BATCH", 3)
    monkeypatch.setattr(csv_arrow, "_BLOCK", 64)
    rows = [f"{index // 4},100,100,0,0,{index + 1},5,{index % 2}" for index in range(10)]
    boxes = read_boxes(write(tmp_path, HEADER, *rows))
    np.testing.assert_array_equal(boxes.xyxy[:, 2], np.arange(1, 11))
    np.testing.assert_array_equal(boxes.image_ids, np.arange(10) // 4)
    np.testing.assert_array_equal(boxes.class_ids, np.arange(10) % 2)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["image,xmin,ymin,ymax"], 1, "no column for 'xmax'.*header is image, xmin, ymin, ymax"),
        ([""], 1, "no column for 'image'.*header is empty"),
        (["image,image,x1,y1,x2,y2"], 1, "columns image and image both stand for 'image'"),
        (["image,x1,xmin,y1,x2,y2"], 1, "columns x1 and xmin both stand for 'xmin'"),
        ([HEADER, "a,9,9,1,2,3,4,x", "a,9,9,1"], 3, "4 cells, expected at least 8"),
        ([HEADER, "a,9,9,1,2,3,4,x", '"a\nb",9,9,1,2,3,tall,x'], 4, "ymax: got 'tall'"),
    ],
)
def test_malformed(tmp_path: Path, lines: list[str], line: int, message: str) -> None:
    path = write(tmp_path, *lines)
    with pytest.raises(BoxesError, match=message) as caught:
        read_boxes(path)
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_a_field_that_the_module_csv_refuses(tmp_path: Path, reader: str) -> None:
    path = write(tmp_path, HEADER, f"{'a' * 200_000},9,9,1,2,3,4,x")
    if reader == "pyarrow":
        assert len(read_boxes(path)) == 1
        return
    with pytest.raises(BoxesError, match=r"csv:2: not CSV: field larger than field limit"):
        read_boxes(path)


@pytest.mark.parametrize("row", ["c,9,9,1,2,3,4,x,more", "c,9,9,+1,2,3,4,x", "c,9,9, ,2,3,4,x"])
def test_what_pyarrow_cannot_read_is_read_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    monkeypatch.setattr(csv_arrow, "_BLOCK", 64)
    rows = [f"{index},9,9,1,2,3,4,x" for index in range(20)]
    boxes = read_boxes(write(tmp_path, HEADER, *rows, row, *rows), drop=())
    assert boxes.report.read == 41
    names = [boxes.image_names[index] for index in boxes.image_ids]
    numbers = list(map(str, range(20)))
    assert [name for name in names if name != "c"] == numbers * 2


def test_line_breaks_in_names_at_any_place_of_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_arrow, "_BLOCK", 64)
    names = [f"{'x' * index}\nb,9,9,1,2,3,4,y\nc" for index in range(40)]
    boxes = read_boxes(write(tmp_path, HEADER, *(f'"{name}",9,9,1,2,3,4,x' for name in names)))
    assert boxes.image_names == tuple(names)


def test_no_text_stands_for_a_missing_number(tmp_path: Path) -> None:
    for text in ("NULL", "NA", "n/a"):
        with pytest.raises(BoxesError, match=f"csv:2: xmin: got '{text}', expected a number"):
            read_boxes(write(tmp_path, HEADER, f"a,9,9,{text},2,3,4,x"))


def test_a_mistake_after_many_rows_has_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_arrow, "_BLOCK", 64)
    rows = [f"{index},9,9,1,2,3,4,x" for index in range(50)]
    path = write(tmp_path, HEADER, *rows, "a,9,0,1,2,3,4,x")
    with pytest.raises(BoxesError, match=r"boxes\.csv:52: image size: got 9 x 0"):
        read_boxes(path)


def test_a_folder_of_csv_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    write(tmp_path / "b", HEADER, "b,9,9,1,2,3,4,x")
    write(tmp_path, HEADER, "a,9,9,1,2,3,4,x")
    (tmp_path / "notes.txt").write_text("Not boxes.", encoding="utf-8")
    boxes = read_boxes(tmp_path)
    assert (boxes.report.format, boxes.report.detected) == ("csv", True)
    assert boxes.image_names == ("b", "a")  # b/boxes.csv comes before boxes.csv
    (tmp_path / "scores.csv").write_text("epoch,loss\n1,2\n", encoding="utf-8")
    with pytest.raises(BoxesError, match=r"scores\.csv:1: no column for 'image'"):
        read_boxes(tmp_path)


def test_a_folder_of_other_csv_files_is_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("epoch,loss\n1,2\n", encoding="utf-8")
    with pytest.raises(BoxesError, match="format not recognised"):
        read_boxes(tmp_path)


def test_the_fast_reader_is_the_one_that_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    used = []
    slowly = csv_file._read_slowly
    monkeypatch.setattr(csv_file, "_read_slowly", lambda *all: used.append(1) or slowly(*all))
    monkeypatch.setattr(csv_arrow, "_BLOCK", 64)
    rows = [f'"{index}\n",9,9,1,2,3,4,x' for index in range(20)]
    read_boxes(write(tmp_path, HEADER, *rows))
    assert used == ([] if reader == "pyarrow" else [1])


@pytest.mark.parametrize(
    ("name", "read", "images", "no_area"),
    [
        ("voc2007_trainval.csv.gz", 15_662, 5_011, 0),
        ("coco_val2017.csv.gz", 36_781, 4_952, 1),
        ("bccd.csv", 4_888, 364, 2),
    ],
)
def test_real_boxes(shared_data: Path, name: str, read: int, images: int, no_area: int) -> None:
    boxes = read_boxes(shared_data / name)
    report = boxes.report
    assert (report.read, report.kept, report.images) == (read, read - no_area, images)
    assert report.dropped == ({"no area": no_area} if no_area else {})
    assert report.noted == {}
    assert (boxes.wh() <= 1).all()


def test_fractions_are_not_taken_for_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, HEADER, "a,640,480,0.1,0.2,0.3,0.4,cat")
    with pytest.raises(BoxesError, match="fractions"):
        read_boxes(path)
    # It is the whole file that says so, not the part of it that happens to be read at once.
    monkeypatch.setattr(csv_file, "_BATCH", 1)
    monkeypatch.setattr(csv_arrow, "_BLOCK", 64)
    rows = [f"{index},640,480,0,0,1,1,cat" for index in range(20)]
    assert len(read_boxes(write(tmp_path, HEADER, "a,640,480,0,0,2,2,cat", *rows))) == 21


def test_chunks_say_what_the_whole_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "_BATCH", 7)
    monkeypatch.setattr(csv_arrow, "_BLOCK", 128)
    monkeypatch.setattr(collect, "CHUNK", 10)
    rows = [f"{index // 4},100,100,0,0,{index},5,{index % 3}" for index in range(95)]
    path = write(tmp_path, HEADER, *rows)
    whole = read_boxes(path)
    chunks = iter_boxes(path)
    parts = list(chunks)
    assert max(map(len, parts)) <= 10
    assert len(parts) >= 10
    assert chunks.report == whole.report
    np.testing.assert_array_equal(np.concatenate([part.xyxy for part in parts]), whole.xyxy)
    named = [part.image_names[index] for part in parts for index in part.image_ids]
    assert named == [whole.image_names[index] for index in whole.image_ids]
    for part in parts:
        assert set(part.image_ids) == set(range(len(part.image_names)))
        assert part.report.kept == len(part)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_boxes(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "boxes.csv"
    counts = (200_000, 1_000_000)
    peaks = []
    for count in counts:
        with path.open("w", encoding="utf-8") as file:
            file.write(HEADER + "\n")
            for box in range(count):
                corner = box % 500
                name = f"a long name of a folder/{box // 4:012d}.jpg"
                file.write(f"{name},640,480,{corner},{corner % 300},{corner + 9},480,{box % 9}\n")
        code = (
            "import resource, sys\n"
            f"if {reader == 'csv'}: sys.modules['pyarrow'] = None\n"
            "from mediapipe_anchors import iter_boxes\n"
            f"print(sum(len(boxes.wh()) for boxes in iter_boxes({str(path)!r})))\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
        )
        printed = subprocess.check_output([sys.executable, "-c", code], text=True).split()
        assert int(printed[0]) == count
        peaks.append(int(printed[1]))
    # 800,000 boxes more: 51 MB of arrays and 90 MB of names, were they kept.
    assert peaks[1] - peaks[0] < 60
