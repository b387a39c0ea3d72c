"""A small file of each annotation format that can be read, and those that stand beside it."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json

from golden.write_tfrecord import PATH as TFRECORD
from PIL import Image

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
