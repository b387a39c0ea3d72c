"""Turns what a caller passes into the arrays that the kernels take, or says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import TensorError, shorten

CHUNK = 2**17  # rows that are worked on at a time, so that what is held besides stays small
_LAYOUT: tuple[Literal["C_CONTIGUOUS"], Literal["ALIGNED"]] = ("C_CONTIGUOUS", "ALIGNED")


def in_chunks(rows: int) -> Iterator[slice]:
    """`rows` rows in parts of at most `CHUNK`."""
    return (slice(start, start + CHUNK) for start in range(0, rows, CHUNK))


def _numeric(name: str, value: Any, expected: str) -> npt.NDArray[Any]:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError, MemoryError):
        raise TensorError(field=name, value=value, expected=expected) from None
    if array.dtype.kind not in "fiub":
        raise TensorError(field=name, value=f"dtype {array.dtype}", expected=expected)
    return array


def _check_shape(name: str, array: npt.NDArray[Any], shape: tuple[int | None, ...]) -> None:
    fits = array.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("N" if want is None else str(want) for want in shape)
        raise TensorError(field=name, value=f"shape {array.shape}", expected=f"shape ({wanted})")


def _laid_out(name: str, array: npt.NDArray[Any], dtype: type[Any]) -> npt.NDArray[Any]:
    try:
        with np.errstate(over="ignore"):
            return np.require(array, dtype, _LAYOUT)
    except MemoryError:
        raise TensorError(
            field=name, value=f"shape {array.shape}", expected="an array that fits in memory"
        ) from None


def as_float32(
    name: str, value: Any, shape: tuple[int | None, ...] | None = None
) -> npt.NDArray[np.float32]:
    """`value` as a C-contiguous float32 array; a contiguous float32 array is passed on, not copied.

    Args:
        name: the argument's name, for the error.
        value: an array or nested sequence of numbers. Complex, text and object arrays are refused.
        shape: required shape; None stands for any size.

    Raises:
        TensorError: not numeric, or not of that shape.
    """
    array = _numeric(name, value, "an array of float32")
    if array.dtype.kind in "iu" and array.dtype.itemsize == 1:  # MediaPipe refuses these as well
        raise TensorError(
            field=name,
            value=f"dtype {array.dtype}",
            expected="float32",
            fix="a quantised tensor must be dequantised first: (q - zero_point) * scale",
        )
    if shape is not None:
        _check_shape(name, array, shape)
    return _laid_out(name, array, np.float32)


def as_float64(
    name: str, value: Any, shape: tuple[int | None, ...] | None = None
) -> npt.NDArray[np.float64]:
    """`value` as a C-contiguous float64 array, as `as_float32` but for the width and 8-bit data."""
    array = _numeric(name, value, "an array of float64")
    if shape is not None:
        _check_shape(name, array, shape)
    return _laid_out(name, array, np.float64)


def as_float64_of_any_layout(
    name: str, value: Any, shape: tuple[int | None, ...]
) -> npt.NDArray[np.float64]:
    """As `as_float64`, but columns of a float64 array are passed on, and not copied."""
    array = _numeric(name, value, "an array of float64")
    _check_shape(name, array, shape)
    return np.asarray(array, np.float64)


def as_int32(
    name: str, value: Any, shape: tuple[int | None, ...] | None = None
) -> npt.NDArray[np.int32]:
    """`value` as a C-contiguous int32 array; refuses fractions, NaN and larger numbers."""
    array = _numeric(name, value, "an array of int32")
    if shape is not None:
        _check_shape(name, array, shape)
    if array.dtype != np.int32:
        with np.errstate(invalid="ignore"):
            converted = _laid_out(name, array, np.int32)
        if not np.array_equal(converted, array):
            raise TensorError(field=name, value=shorten(array), expected="whole numbers of 32 bits")
        array = converted
    return _laid_out(name, array, np.int32)
