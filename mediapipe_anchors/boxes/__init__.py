"""Ground-truth boxes from annotation files and objects, and their shapes as a detector sees them.

`read_boxes` and, chunk by chunk, `iter_boxes` find the format (`formats`, one module a format),
sort out what its reader yields (`batch`, `collect`) and count unusable boxes by reason (`dataset`).
CSV, Parquet and frames share their columns (`table`, `box_table`); all share how files are found
and opened (`source_files`) and numbers read (`values`). `Boxes.wh` gives the X of `AnchorFitter`,
`Boxes.on_input` the places on the model input (`model_input`, `geometry`). `sketch_boxes`
summarises many files.
"""

from mediapipe_anchors.boxes.dataset import Boxes, ReadReport
from mediapipe_anchors.boxes.formats import FORMATS, OBJECT_FORMATS
from mediapipe_anchors.boxes.model_input import InputBoxes
from mediapipe_anchors.boxes.read import BoxChunks, iter_boxes, read_boxes
from mediapipe_anchors.boxes.sketch import BoxSketch, sketch_boxes

__all__ = [
    "FORMATS",
    "OBJECT_FORMATS",
    "BoxChunks",
    "BoxSketch",
    "Boxes",
    "InputBoxes",
    "ReadReport",
    "iter_boxes",
    "read_boxes",
    "sketch_boxes",
]
