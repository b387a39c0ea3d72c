"""Damaged files: the reader gives boxes or a `BoxesError`, and nothing else."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from golden.write_tfrecord import PATH as TFRECORD
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError

COCO = json.dumps(
    {
        "images": [{"id": 1, "file_name": "a", "width": 64, "height": 48}],
        "annotations": [{"image_id": 1, "bbox": [1, 2, 30, 40], "category_id": 1, "iscrowd": 0}],
        "categories": [{"id": 1, "name": "cat"}],
    }
).encode()
CSV = b"image,width,height,xmin,ymin,xmax,ymax,label\na,64,48,1,2,30,40,x\n"
VOC = (
    b"<annotation><size><width>64</width><height>48</height></size><object><name>x</name>"
    b"<difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax>"
    b"</bndbox></object></annotation>"
)


BBOX = b'image,width,height,bbox\na,64,48,"[1, 2, 30, 40]"\nb,64,48,"[31, 2, 30, 40]"\n'
WIDER = b"a.jpg\n2\n1 2 30 40 0 0 0 0 0 0 \n5 6 7 8 0 0 0 1 0 0 \nb.jpg\n0\n0 0 0 0 0 0 0 0 0 0 \n"
OPEN_IMAGES = b"ImageID,LabelName,XMin,XMax,YMin,YMax,IsGroupOf\na,/m/1,0.25,0.5,0,1,0\n"


def parquet() -> bytes:
    """A small Parquet file; nothing where pyarrow is not installed."""
    if importlib.util.find_spec("pyarrow") is None:
        return b""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    numbers = {"width": 64, "height": 48, "xmin": 1, "ymin": 2, "xmax": 30, "ymax": 40}
    columns = {"image": ["a", "b"], "label": ["x", None]}
    table = columns | {name: [value, value + 0.5] for name, value in numbers.items()}
    buffer = io.BytesIO()
    write_table(pa.table(table), buffer)
    return buffer.getvalue()


def parquet_objects() -> bytes:
    """A small Parquet file of an image a row."""
    if importlib.util.find_spec("pyarrow") is None:
        return b""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    boxes = {"bbox": [[1.0, 2.0, 30.0, 40.0], [31.0, 2.0, 30.0, 40.0]], "category": [0, 1]}
    table = {"image_id": [1, 2], "width": [64, 64], "height": [48, 48], "objects": [boxes, boxes]}
    buffer = io.BytesIO()
    write_table(pa.table(table), buffer)
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


FILES = {
    "a.json": ("coco", COCO),
    "a.csv": ("csv", CSV),
    "a.csv.gz": ("csv", gzip.compress(CSV, mtime=0)),
    "bbox.csv.gz": ("csv", gzip.compress(BBOX, mtime=0)),
    "bbox_cells.csv": ("csv", BBOX),
    "a.xml": ("voc", VOC),
    "a.txt": ("yolo", b"0 0.5 0.5 0.25 0.5\n1 0.25 0.25 0.5 0.5\n"),
    "classes.txt": ("yolo", b"cat\ndog\n"),
    "data.yaml": ("yolo", b"names:\n  0: cat\n  1: dog\n"),
    "b.yaml": ("yolo", b"train: a\nnames: {0: 'cat', 1: dog}\n"),
    "polygon.txt": ("yolo", b"0 0.5 0.5 0.25 0.5 0.1 0.2\n"),
    "a.png": ("yolo", png(64, 48)),
    "gt.txt": ("mot", b"1,1,1,2,30,40,1,1,1\n2,1,1,2,30,40,0,3,1\n"),
    "seqinfo.ini": ("mot", b"[Sequence]\nimWidth=64\nimHeight=48\n"),
    "labels.txt": ("mot", b"cat\ndog\n"),
    "faces.txt": ("wider_face", WIDER),
    "bbox.csv": ("open_images", OPEN_IMAGES),
    "a.record": ("tfrecord", TFRECORD.read_bytes()),
    "a.record.gz": ("tfrecord", gzip.compress(TFRECORD.read_bytes(), mtime=0)),
    "a.parquet": ("parquet", parquet()),
    "objects.parquet": ("parquet", parquet_objects()),
}
EXTRAS = {"tfrecord": "google_crc32c", "parquet": "pyarrow"}
PIECES = [
    b"",
    b"\0",
    b"\xff",
    b"nan",
    b"-1",
    b"1e999",
    b"[]",
    b"{}",
    b'"',
    b"<",
    b"&",
    b",",
    b"\n",
    b"\r",
]


def damage(good: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for position, length, piece in edits:
        start = position % (len(good) + 1)
        good = good[:start] + piece + good[start + length :]
    return good


@pytest.mark.parametrize("name", FILES)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5000),
            st.integers(0, 20),
            st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)),
        ),
        max_size=4,
    )
)
def test_a_damaged_file(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    format_name = FILES[name][0]
    if format_name in EXTRAS:
        pytest.importorskip(EXTRAS[format_name], reason=f"needs the extra for {format_name}")
    with tempfile.TemporaryDirectory() as folder:
        for file, (its_format, content) in FILES.items():
            if its_format == format_name:
                content = damage(content, edits) if file == name else content
                (Path(folder) / file).write_bytes(content)
        source = Path(folder) if format_name in ("mot", "yolo") else Path(folder) / name
        try:
            wh = read_boxes(source, format_name, image_size=(9, 9)).wh()
        except BoxesError as error:
            wh = np.ones((1, 2))
            named = str(error.path)
        else:
            named = folder
    assert named.startswith(folder)
    assert (np.isfinite(wh) & (wh > 0)).all()


# --- CSV: what pyarrow makes of a text is what the module csv makes of it ---


cells = st.one_of(
    st.sampled_from(["", " ", "1", " 2 ", "-3.5", "1e3", "nan", "inf", "x", '"7"', '"a,b"', '"']),
    st.sampled_from(['"a\nb"', '"a""b"', 'a"b', "\r", "+4", "1_0", "é", "0x1", "NULL", "\0"]),
)


@given(st.lists(st.lists(cells, min_size=4, max_size=7), max_size=5), st.booleans())
def test_both_read_the_same_of_any_text(rows: list[list[str]], end: bool) -> None:
    pytest.importorskip("pyarrow", reason="needs the extra 'parquet' (pyarrow)")
    lines = ["image,xmin,ymin,xmax,ymax,label", "first,1,2,30,40,x", *map(",".join, rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.csv")
        path.write_bytes(("\n".join(lines) + "\n" * end).encode())
        outcomes = []
        for installed in (True, False):
            with pytest.MonkeyPatch.context() as patch:
                if not installed:
                    patch.setitem(sys.modules, "pyarrow", None)
                outcomes.append(outcome(path))
    assert outcomes[0] == outcomes[1]


def outcome(path: Path) -> object:
    try:
        boxes = read_boxes(path, image_size=(64, 48), drop=())
    except BoxesError as error:
        return str(error)
    names = [boxes.image_names[index] for index in boxes.image_ids]
    return boxes.xyxy.tolist(), names, boxes.labels, boxes.class_ids.tolist(), boxes.report
