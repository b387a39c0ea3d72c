"""The sizes of tensors, and which of them are computed."""

from __future__ import annotations

import math

from mediapipe_anchors.tflite import Model, Tensor

MAX_ELEMENTS = 2**48  # in one tensor: indices and their products stay far below 2**63


def sizes_of(tensor: Tensor) -> tuple[int, ...] | None:
    """The shape with 1 for a batch that is left open; None where another size is open or absurd."""
    sizes = tensor.converted_shape
    if sizes and sizes[0] == -1:
        sizes = (1, *sizes[1:])
    return sizes if min(sizes, default=1) >= 1 and math.prod(sizes) <= MAX_ELEMENTS else None


def constant_tensors(model: Model) -> set[int]:
    """Numbers of the tensors that are the same in every run: constants and what is made of them.

    Weights kept as float16 or sparse are made of constants by an operator.
    """
    constants = {tensor.index for tensor in model.tensors if len(model.data_of(tensor))}
    for operator in model.operators:
        if operator.inputs and all(i == -1 or i in constants for i in operator.inputs):
            constants.update(operator.outputs)
    return constants
