"""Columns of Apache Arrow as ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from mediapipe_anchors.boxes.names import Names


def names_of(column: Any) -> Names:
    """A dictionary-encoded column of text; null is no name."""
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Names(codes, column.dictionary.to_pylist())
