"""float32 arithmetic as C++ does it: `F` for constants, glibc's `expf`, `std::min`, `std::max`."""

from __future__ import annotations

import ctypes

import numpy as np

F = np.float32
FLT_MAX = np.finfo(np.float32).max

_expf = ctypes.CDLL("libm.so.6").expf
_expf.restype = ctypes.c_float
_expf.argtypes = [ctypes.c_float]


def expf(x: np.float32) -> np.float32:
    """glibc's expf: NumPy's own differs from it in the last bit."""
    return F(_expf(float(x)))


def std_min(a: np.float32, b: np.float32) -> np.float32:
    """`std::min`: the first where they are equal or cannot be ordered (NaN)."""
    return b if b < a else a


def std_max(a: np.float32, b: np.float32) -> np.float32:
    """`std::max`: the first where they are equal or cannot be ordered (NaN)."""
    return b if a < b else a
