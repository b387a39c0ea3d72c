"""Anchor options to anchors, as MediaPipe's `SsdAnchorsCalculator` does; anchor files."""

from __future__ import annotations

import csv
import io
import json
import os
import tokenize
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.arrays import as_float32
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError, check_kind
from mediapipe_anchors.options import SsdAnchorsOptions

COLUMNS = ("x_center", "y_center", "w", "h")

_MOST_TEXT = 32 * 2**20  # bytes of a text, which takes up to 25 times as many when it is read
_MOST_ANCHORS = 2**26  # of an array: 1 GiB
_NPY_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000  # as in NumPy, which looks only after it has read it


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
    """Write float32 [N, 4] anchors (x_center, y_center, w, h) to a file, by its suffix.

    .csv, .json, .npy; .pbtxt: options of `SsdAnchorsCalculator` with these `fixed_anchors`; .h: a
    C array for devices, which is not read back.
    CSV starts with a line that names the columns; JSON is `{"columns": [...], "anchors": [[...]]}`.
    The numbers are the shortest that give the same float32 back. NPY holds the same four columns,
    in the fields of a structured array that name them.

    Raises:
        MediaPipeAnchorsError: another suffix.
        TensorError: not an [N, 4] array of numbers; for .pbtxt and .h none at all, for .h one that
            is not finite.
    """
    target = Path(path)
    array = as_float32("anchors", anchors, (None, 4))
    suffix = _checked_suffix(target, (*_READERS, ".h"))
    if suffix in (".h", ".pbtxt"):
        text = _header(target, array) if suffix == ".h" else _fixed(array)
        target.write_text(text, encoding="utf-8")
        return
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

    A .pbtxt file may hold any options of `SsdAnchorsCalculator`, or a graph with one such node.

    Returns:
        float32 [N, 4], columns x_center, y_center, w, h.

    Raises:
        MediaPipeAnchorsError: another suffix, no regular file, missing columns, entries that are no
            numbers, or more than is read: 32 MiB of text, 2**26 anchors of an array.
    """
    source = Path(path)
    suffix = _checked_suffix(source, _READERS)
    if source.exists() and not source.is_file():
        raise MediaPipeAnchorsError(field="path", value=str(source), expected="a file")
    try:
        return _READERS[suffix](source)
    except MediaPipeAnchorsError:
        raise
    except _MALFORMED as error:
        raise MediaPipeAnchorsError(
            f"{source}: cannot be read as anchors ({error}); expected columns {', '.join(COLUMNS)}"
        ) from None


# What the readers of the three formats raise. SyntaxError and TokenError: the header of an NPY file
# is an expression of Python.
_MALFORMED = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    ArithmeticError,
    RecursionError,
    SyntaxError,
    tokenize.TokenError,
    csv.Error,
)


def _read_npy(path: Path) -> npt.NDArray[np.float32]:
    with path.open("rb") as file:
        head = file.read(12)  # magic, version, and the length of what NumPy reads at once
    length = int.from_bytes(head[8 : 10 if head[6:7] == b"\1" else 12], "little")
    if not head.startswith(_NPY_MAGIC) or length > _LONGEST_HEADER:
        raise ValueError("not an NPY file")
    # Mapped: a shape larger than the file is found out before any memory is taken for it.
    table = np.load(path, mmap_mode="r", allow_pickle=False)
    names = table.dtype.names or ()
    columns = [table[names[names.index(name)]] for name in COLUMNS]
    if table.ndim != 1 or any(column.dtype.kind not in "fiu" for column in columns):
        raise ValueError(f"{table.ndim} dimensions of {table.dtype}; expected a list of numbers")
    if table.size > _MOST_ANCHORS:
        raise ValueError(f"{table.size} anchors, expected at most {_MOST_ANCHORS}")
    with np.errstate(over="ignore"):
        return np.stack([column.astype(np.float32) for column in columns], axis=1)


def _read_json(path: Path) -> npt.NDArray[np.float32]:
    document = json.loads(_text(path))
    return _ordered(list(document["columns"]), document["anchors"])


def _read_csv(path: Path) -> npt.NDArray[np.float32]:
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    return _ordered(next(reader, []), list(reader))


def _read_pbtxt(path: Path) -> npt.NDArray[np.float32]:
    return generate_anchors(SsdAnchorsOptions.from_pbtxt(path))


def _header(path: Path, anchors: npt.NDArray[np.float32]) -> str:
    from mediapipe_anchors.c_header import c_header

    return c_header(anchors, path.stem)


def _fixed(anchors: npt.NDArray[np.float32]) -> str:
    if not len(anchors):
        expected = "one or more: MediaPipe generates others where the list is empty"
        raise TensorError(field="anchors", value="none", expected=expected)
    return SsdAnchorsOptions(fixed_anchors=anchors).to_pbtxt()


_READERS: dict[str, Callable[[Path], npt.NDArray[np.float32]]] = {
    ".csv": _read_csv,
    ".json": _read_json,
    ".npy": _read_npy,
    ".pbtxt": _read_pbtxt,
}


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_MOST_TEXT + 1)
    if len(data) > _MOST_TEXT:
        raise ValueError(f"larger than the {_MOST_TEXT} bytes that are read")
    return data.decode("utf-8")


def _checked_suffix(path: Path, suffixes: Iterable[str]) -> str:
    suffix, known = path.suffix.lower(), list(suffixes)
    if suffix not in known:
        expected = f"{', '.join(known[:-1])} or {known[-1]}"
        raise MediaPipeAnchorsError(field="path", value=str(path), expected=expected)
    return suffix


def _ordered(columns: list[str], rows: list[Any]) -> npt.NDArray[np.float32]:
    order = [columns.index(name) for name in COLUMNS]
    with np.errstate(over="ignore"):
        table = np.array([[row[column] for column in order] for row in rows], np.float32)
    return table.reshape(-1, len(COLUMNS))
