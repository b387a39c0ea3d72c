"""A TFLite model that takes an image and always puts out the same tensors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tflite_builder import ModelBuilder


def write_constant_model(
    path: Path, image_shape: tuple[int, ...], dtype: Any, outputs: Sequence[npt.NDArray[Any]]
) -> None:
    """Write a model with an input [1, H, W, 3] of `dtype` and the `outputs`, in order."""
    model = ModelBuilder()
    image = model.tensor(image_shape, np.dtype(dtype).name)
    results = []
    for output in outputs:
        flat = model.tensor((output.size,), output.dtype.name, constant=output)
        results.append(model.reshape(flat, output.shape))
    path.write_bytes(model.build([image], results))
