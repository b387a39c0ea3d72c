"""Anchors and decoding in a model's metadata, as MediaPipe Tasks reads them from there.

`DETECTOR_METADATA` is for its ObjectDetector and holds every anchor; `FACE_DETECTOR_METADATA` is
for its FaceDetector and holds what generates them.
"""

from __future__ import annotations

import dataclasses
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.options import BoxFormat, SsdAnchorsOptions, TensorsToDetectionsOptions
from mediapipe_anchors.tflite.flatbuffer import FlatBuffer, Table
from mediapipe_anchors.tflite.records import Schema, read_record, write_record

DETECTOR, FACE_DETECTOR = "DETECTOR_METADATA", "FACE_DETECTOR_METADATA"
MAX_ANCHORS = 2**20
PARSER_VERSION = "1.0.0"

_DETECTOR_IDENTIFIER, _FACE_DETECTOR_IDENTIFIER = b"V001", b"FD01"
_MAX_TABLES = 100

_SCHEMA: Schema = {
    "TensorsDecodingOptions": (
        "num_classes int32",
        "num_boxes int32",
        "num_coords int32",
        "keypoint_coord_offset int32",
        "num_keypoints int32",
        "num_values_per_keypoint int32",
        "x_scale float32",
        "y_scale float32",
        "w_scale float32",
        "h_scale float32",
        "apply_exponential_on_box_size bool",
        "sigmoid_score bool",
    ),
    "AnchorConfig": (
        "num_layers int32",
        "scales float32s",
        "min_scale float32",
        "max_scale float32",
        "anchor_offset_x float32",
        "anchor_offset_y float32",
        "strides int32s",
        "aspect_ratios float32s",
        "fixed_anchor_size bool",
        "interpolated_scale_aspect_ratio float32",
    ),
    "TensorsDecodingConfig": (
        "num_classes int32",
        "num_boxes int32",
        "num_coords int32",
        "box_coord_offset int32",
        "keypoint_coord_offset int32",
        "num_keypoints int32",
        "num_values_per_keypoint int32",
        "x_scale float32",
        "y_scale float32",
        "w_scale float32",
        "h_scale float32",
        "score_clipping_thresh float32",
        "reverse_output_order bool",
        "sigmoid_score bool",
    ),
}
_ABSENT: dict[str, Any] = {"float32s": (), "int32s": (), "bool": False}
_ANCHORS, _DECODING = 1, 2  # fields of the root, of both kinds


@dataclasses.dataclass(frozen=True)
class DetectorMetadata:
    """What MediaPipe Tasks gives its calculators for a model.

    Attributes:
        entry: "DETECTOR_METADATA" or "FACE_DETECTOR_METADATA".
        anchors, decode: the options; a field that the metadata leaves out is 0, as Tasks reads it,
            and not the calculator's default.
    """

    entry: str
    anchors: SsdAnchorsOptions
    decode: TensorsToDetectionsOptions


def read_detector_metadata(data: bytes) -> DetectorMetadata:
    """The contents of `DETECTOR_METADATA`.

    Raises:
        ModelError: damaged, of a later version, or without a table that Tasks looks into unasked
            (it crashes).
    """
    file = FlatBuffer(data, DETECTOR, _DETECTOR_IDENTIFIER, max_tables=_MAX_TABLES)
    values = _values(_table(file.root, _DECODING, "tensors_decoding_options"))
    schema = _table(_table(file.root, _ANCHORS, "ssd_anchors_options"), 0, "fixed_anchors_schema")
    if schema.place(0) is None:
        raise _missing(file, "anchors")
    return DetectorMetadata(
        DETECTOR,
        SsdAnchorsOptions(fixed_anchors=_read_anchors(schema)),
        TensorsToDetectionsOptions(**values, box_format=BoxFormat.YXHW),
    )


def write_detector_metadata(
    anchors: npt.NDArray[np.float32], decode: TensorsToDetectionsOptions
) -> bytes:
    """The contents of `DETECTOR_METADATA`: float32 [N, 4] anchors (x, y, w, h) and the decoding.

    What of `decode` the metadata has no field for is left out.
    """
    from mediapipe_anchors.tflite.front import Front

    block, vector = _anchors_block(anchors)
    front = Front(block)
    builder = front.builder
    record = {
        field.split()[0]: getattr(decode, field.split()[0])
        for field in _SCHEMA["TensorsDecodingOptions"]
    }
    decoding = write_record(builder, record, "TensorsDecodingOptions", _SCHEMA)
    version = builder.CreateString(PARSER_VERSION)
    offset = front.old(vector)
    for _ in ("FixedAnchorsSchema", "SsdAnchorsOptions"):
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, offset, 0)
        offset = builder.EndObject()
    builder.StartObject(3)
    for field, value in ((0, version), (_ANCHORS, offset), (_DECODING, decoding)):
        builder.PrependUOffsetTRelativeSlot(field, value, 0)
    return front.finish(builder.EndObject(), _DETECTOR_IDENTIFIER)


def read_face_detector_metadata(data: bytes, input_size: tuple[int, int]) -> DetectorMetadata:
    """The contents of `FACE_DETECTOR_METADATA`, of a model with an input of (width, height) pixels.

    Raises:
        ModelError: as `read_detector_metadata`.
    """
    file = FlatBuffer(data, FACE_DETECTOR, _FACE_DETECTOR_IDENTIFIER, max_tables=_MAX_TABLES)
    anchors = _values(_table(file.root, _ANCHORS, "anchor_config"), "AnchorConfig")
    anchors.pop("scales")  # Tasks does not look at them
    decode = _values(
        _table(file.root, _DECODING, "tensors_decoding_config"), "TensorsDecodingConfig"
    )
    width, height = input_size
    return DetectorMetadata(
        FACE_DETECTOR,
        SsdAnchorsOptions(input_size_width=width, input_size_height=height, **anchors),
        TensorsToDetectionsOptions(**decode),
    )


def _table(parent: Table, field: int, label: str) -> Table:
    found = parent.table(field)
    if found is None:
        raise _missing(parent.file, label)
    return found


def _missing(file: FlatBuffer, label: str) -> ModelError:
    return ModelError(f"{file.what}: it has no {label}, on which MediaPipe Tasks crashes")


def _values(table: Table, name: str = "TensorsDecodingOptions") -> dict[str, Any]:
    """Every field of the schema; 0, () or False where the table leaves it out."""
    found = read_record(table, name, _SCHEMA)
    values: dict[str, Any] = {}
    for field in _SCHEMA[name]:
        label, kind = field.split()
        values[label] = found.get(label, _ABSENT.get(kind, 0))
    return values


def _read_anchors(schema: Table) -> npt.NDArray[np.float32]:
    """float32 [N, 4] x, y, w, h of a vector of tables, all at once."""
    file = schema.file
    start, count = schema.vector(0, MAX_ANCHORS)
    data = np.frombuffer(file.data, np.uint8)
    entries = np.arange(start, start + 4 * count, 4)
    tables = entries + _gather(file, data, entries, "<u4")
    layouts = tables - _gather(file, data, tables, "<i4")
    sizes = _gather(file, data, layouts, "<u2")
    anchors = np.zeros((count, 4), np.float32)
    for column in range(4):  # the fields stand in this order
        slot = 4 + 2 * column
        known = np.flatnonzero(sizes >= slot + 2)
        offsets = _gather(file, data, layouts[known] + slot, "<u2")
        known, offsets = known[offsets > 0], offsets[offsets > 0]
        anchors[known, column] = _gather(file, data, tables[known] + offsets, "<f4")
    return anchors


def _gather(
    file: FlatBuffer, data: npt.NDArray[np.uint8], places: npt.NDArray[np.int64], dtype: str
) -> npt.NDArray[Any]:
    """The numbers that begin at `places`; integers as int64."""
    size = np.dtype(dtype).itemsize
    if len(places) and not (places.min() >= 0 and places.max() + size <= len(data)):
        raise file.damaged("an anchor beyond its end")
    numbers = data[places[:, None] + np.arange(size)].view(dtype)[:, 0]
    return numbers if dtype == "<f4" else numbers.astype(np.int64)


def _anchors_block(anchors: npt.NDArray[np.float32]) -> tuple[bytes, int]:
    """A vector of `FixedAnchor` tables of one layout, and the byte where it begins."""
    layout = struct.pack("<HHHHHH", 12, 20, 4, 8, 12, 16)
    count = len(anchors)
    vector = len(layout)
    entries = vector + 4 + 4 * np.arange(count)
    tables = vector + 4 + 4 * count + 20 * np.arange(count)
    rows = np.empty((count, 5), "<u4")
    rows[:, 0] = tables  # back to the layout at byte 0
    rows[:, 1:] = np.ascontiguousarray(anchors, "<f4").view("<u4")
    offsets = (tables - entries).astype("<u4")
    return layout + struct.pack("<I", count) + offsets.tobytes() + rows.tobytes(), vector
