"""Anchor options to anchors, as MediaPipe's `SsdAnchorsCalculator` does; anchor files."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.arrays import as_float32
from mediapipe_anchors.errors import MediaPipeAnchorsError, check_kind
from mediapipe_anchors.options import SsdAnchorsOptions

COLUMNS = ("x_center", "y_center", "w", "h")


def generate_anchors(options: SsdAnchorsOptions) -> npt.NDArray[np.float32]:
    """The anchors that `options` stand for, bit for bit as MediaPipe.

    Returns:
        float32 [N, 4], columns x_center, y_center, w, h as fractions of the input (pixels in
        multiscale mode without `normalize_coordinates`). Row order: layer (adjacent layers of one
        stride are one), y, x, shape: aspect ratios in their order, then the interpolated one; in
        multiscale mode aspect ratio outer, octave scale inner.

    Raises:
        OptionsError: options that MediaPipe rejects, aborts on, hangs on or leaves undefined, and
            more than 2**26 anchors.
    """
    check_kind("options", options, SsdAnchorsOptions)
    return _core.generate_anchors(options)


def count_anchors(options: SsdAnchorsOptions) -> int:
    """How many anchors `options` stand for, without making them. Raises as `generate_anchors`."""
    check_kind("options", options, SsdAnchorsOptions)
    return _core.count_anchors(options)


def anchors_from_tensor(tensor: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Anchors of a model's third output, [N, 4] y_center, x_center, h, w, in our column order.

    Returns:
        float32 [N, 4], columns x_center, y_center, w, h.

    Raises:
        TensorError: not an [N, 4] array of numbers.
    """
    return _core.anchors_from_tensor(tensor)


def write_anchors(path: str | os.PathLike[str], anchors: npt.ArrayLike) -> None:
    """Write float32 [N, 4] anchors (x_center, y_center, w, h) to a .csv, .json or .npy file.

    CSV starts with a line that names the columns; JSON is `{"columns": [...], "anchors": [[...]]}`.
    The numbers are the shortest that give the same float32 back. NPY holds the same four columns,
    in the fields of a structured array that name them.

    Raises:
        MediaPipeAnchorsError: another suffix.
        TensorError: not an [N, 4] array of numbers.
    """
    target = Path(path)
    array = as_float32("anchors", anchors, (None, 4))
    suffix = _checked_suffix(target)
    if suffix == ".npy":
        np.save(target, array.view([(name, np.float32) for name in COLUMNS])[:, 0])
        return
    rows = [[float(str(value)) for value in row] for row in array]
    if suffix == ".json":
        target.write_text(json.dumps({"columns": COLUMNS, "anchors": rows}) + "\n")
        return
    with target.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def read_anchors(path: str | os.PathLike[str]) -> npt.NDArray[np.float32]:
    """Read what `write_anchors` wrote; columns may stand in any order, their names decide.

    Returns:
        float32 [N, 4], columns x_center, y_center, w, h.

    Raises:
        MediaPipeAnchorsError: another suffix, missing columns, or entries that are no numbers.
    """
    source = Path(path)
    suffix = _checked_suffix(source)
    try:
        if suffix == ".npy":
            table = np.load(source, allow_pickle=False)
            columns, rows = list(table.dtype.names or ()), table.tolist()
        elif suffix == ".json":
            document = json.loads(source.read_text())
            columns, rows = list(document["columns"]), document["anchors"]
        else:
            with source.open(newline="") as file:
                reader = csv.reader(file)
                columns, rows = next(reader, []), list(reader)
        return _ordered(columns, rows)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise MediaPipeAnchorsError(
            f"{source}: cannot be read as anchors ({error}); expected columns {', '.join(COLUMNS)}"
        ) from None


def _checked_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".json", ".npy"):
        raise MediaPipeAnchorsError(field="path", value=str(path), expected=".csv, .json or .npy")
    return suffix


def _ordered(columns: list[str], rows: list[Any]) -> npt.NDArray[np.float32]:
    order = [columns.index(name) for name in COLUMNS]
    with np.errstate(over="ignore"):
        table = np.array([[row[column] for column in order] for row in rows], np.float32)
    return table.reshape(-1, len(COLUMNS))
