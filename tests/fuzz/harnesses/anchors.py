"""Anchor files: the first byte chooses the suffix, the others are the file."""

from __future__ import annotations

import functools

import numpy as np
from fuzz.harnesses.files import folder

from mediapipe_anchors.anchors import read_anchors, write_anchors

SUFFIXES = (".csv", ".json", ".npy")
EXPANDED = 2**16
WORDS = [
    b"x_center",
    b"y_center",
    b'"anchors"',
    b'"columns"',
    b"'descr'",
    b"'shape'",
    b"fortran_order",
    b"True",
    b"\x93NUMPY",
    b"<f4",
    b"|O",
    b"<c16",
    b"1e999",
    b"99999999999999999",
    b"\n",
]

_folder = functools.cache(folder)


def check(data: bytes) -> None:
    suffix = SUFFIXES[data[0] % len(SUFFIXES)] if data else ".csv"
    path = _folder() / f"anchors{suffix}"
    path.write_bytes(data[1:])
    anchors = read_anchors(path)
    assert anchors.dtype == np.float32
    assert anchors.shape[1:] == (4,)
    write_anchors(path, anchors)
    np.testing.assert_array_equal(read_anchors(path), anchors)
