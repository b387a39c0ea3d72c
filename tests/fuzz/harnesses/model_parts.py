"""What lies in a TFLite model in forms of its own; the first byte chooses which."""

from __future__ import annotations

import functools
import math

import numpy as np
from fuzz.harnesses.files import folder

from mediapipe_anchors.embed.request import read_labels
from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.associated_files import join_files, split_files
from mediapipe_anchors.tflite.detector_metadata import (
    read_detector_metadata,
    read_face_detector_metadata,
    write_detector_metadata,
)
from mediapipe_anchors.tflite.flatbuffer import FlatBuffer
from mediapipe_anchors.tflite.flexbuffer import read_map, with_numbers
from mediapipe_anchors.tflite.metadata import IDENTIFIER, SCHEMA, write_metadata_record
from mediapipe_anchors.tflite.records import read_record

EXPANDED = 2**16
WORDS = [b"M001", b"V001", b"FD01", b"PK\1\2", b"PK\3\4", b"PK\5\6", b"num_classes", b"y_scale"]
NUMBERS = {"y_scale": 10.0, "w_scale": math.inf, "num_classes": 3.0}

_folder = functools.cache(folder)


def check(data: bytes) -> None:
    part = PARTS[data[0] % len(PARTS)] if data else _check_metadata
    part(data[1:])


def _check_metadata(data: bytes) -> None:
    record = read_record(FlatBuffer(data, "metadata", IDENTIFIER).root, "ModelMetadata", SCHEMA)
    written = write_metadata_record(record)
    again = read_record(FlatBuffer(written, "metadata", IDENTIFIER).root, "ModelMetadata", SCHEMA)
    assert write_metadata_record(again) == written


def _check_detector(data: bytes) -> None:
    stated = read_detector_metadata(data)
    anchors = stated.anchors.fixed_anchors
    if anchors is not None:
        again = read_detector_metadata(write_detector_metadata(anchors, stated.decode))
        np.testing.assert_array_equal(again.anchors.fixed_anchors, anchors)
        assert again.decode == stated.decode


def _check_face_detector(data: bytes) -> None:
    read_face_detector_metadata(data, (128, 128))


def _check_options(data: bytes) -> None:
    before = read_map(data)
    try:
        after = read_map(with_numbers(data, NUMBERS))
    except ModelError:  # it holds what is not written again
        return
    assert {name: after[name] for name in NUMBERS} == NUMBERS
    others = {name: value for name, value in before.items() if name not in NUMBERS}
    assert repr({name: after[name] for name in others}) == repr(others)


def _check_files(data: bytes) -> None:
    model, files = split_files(data)
    readable = [file for file in files if file.data is not None]
    again, found = split_files(join_files(model, readable))
    if readable:
        assert again == model
        assert [(file.name, file.data) for file in found] == [
            (file.name, file.data) for file in readable
        ]


def _check_labels(data: bytes) -> None:
    path = _folder() / "labels.txt"
    path.write_bytes(data)
    assert all("\n" not in label for label in read_labels(path))


PARTS = (
    _check_metadata,
    _check_detector,
    _check_face_detector,
    _check_options,
    _check_files,
    _check_labels,
)
