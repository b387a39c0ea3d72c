"""What a TFLite model holds: tensors, the operators between them, constants and metadata."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.flatbuffer import FlatBuffer, Table
from mediapipe_anchors.tflite.operator_names import ELEMENT_TYPES

_NOT_IN_NUMPY = {"string", "resource", "variant", "int4", "bfloat16", "int2", "uint4"}
_NUMPY_TYPES = frozenset(ELEMENT_TYPES) - _NOT_IN_NUMPY


@dataclasses.dataclass(frozen=True)
class Quantization:
    """How integers stand for real numbers: real = scale * (integer - zero_point).

    Attributes:
        scale, zero_point: one entry, or one for each index along `dimension`.
        dimension: the axis along which they differ.
    """

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    dimension: int = 0


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A tensor of a model.

    Attributes:
        index: its number in the model.
        name: "" where it has none.
        shape: sizes; -1 where the file leaves one open until the model runs. () for a single value,
            and also for a tensor whose shape the file does not state.
        converted_shape: the same with the sizes at which the model was converted, usually 1, in
            place of the open ones.
        dtype: a NumPy name ("float32", "uint8"), or TFLite's where NumPy has none ("string").
        quantization: None for a tensor that is not quantised.
        buffer: the number of the buffer that holds its constant values; 0 or an empty one for none.
        table: the tensor in the file.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    converted_shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None
    buffer: int
    table: Table = dataclasses.field(repr=False, compare=False)

    @property
    def is_fixed(self) -> bool:
        """Whether the file states every size."""
        return min(self.shape, default=1) >= 1


@dataclasses.dataclass(frozen=True)
class Operator:
    """One step of a model.

    Attributes:
        name: TFLite's name ("CONV_2D"), or that of a custom operator.
        is_custom: whether it is one.
        inputs: numbers of tensors; -1 for an optional one that is left out.
        outputs: numbers of tensors.
        options: the built-in operator's options, by field numbers of TFLite's schema; or None.
        custom_options: a custom operator's options as they lie in the file.
        table: the operator in the file.
    """

    name: str
    is_custom: bool
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None = dataclasses.field(repr=False, compare=False)
    custom_options: memoryview = dataclasses.field(repr=False, compare=False)
    table: Table = dataclasses.field(repr=False, compare=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """A TFLite model's first subgraph, with what belongs to the file.

    Attributes:
        path: the file, or None for bytes.
        file: its bytes, for who reads on or writes.
        num_subgraphs: how many the file has; detectors have one.
        description: the file's own, "" where it has none.
        tensors, operators: those of the first subgraph, in order; operators in the order in which
            they run.
        inputs, outputs: the model's input and output tensors, in order.
        buffers: where the constants lie: (first byte, number of bytes) of each buffer.
        metadata: {name: bytes} such as "TFLITE_METADATA".
        output_names: {number of a tensor: name} that a signature gives the outputs.
    """

    path: str | os.PathLike[str] | None
    file: FlatBuffer = dataclasses.field(repr=False)
    num_subgraphs: int
    description: str
    tensors: tuple[Tensor, ...] = dataclasses.field(repr=False)
    operators: tuple[Operator, ...] = dataclasses.field(repr=False)
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    buffers: tuple[tuple[int, int], ...] = dataclasses.field(repr=False)
    metadata: Mapping[str, memoryview] = dataclasses.field(repr=False)
    output_names: Mapping[int, str]

    def constant(self, index: int) -> npt.NDArray[np.generic] | None:
        """The values of a constant tensor, read-only and in its shape; None where it has none.

        Raises:
            ModelError: the file holds fewer or more bytes than its shape needs.
        """
        tensor = self.tensors[index]
        data = self.data_of(tensor)
        if not len(data) or tensor.dtype not in _NUMPY_TYPES:
            return None
        dtype = np.dtype(tensor.dtype).newbyteorder("<")
        size = math.prod(tensor.shape) * dtype.itemsize
        if size != len(data):
            raise ModelError(
                f"tensor {index} ({tensor.name}): {len(data)} bytes of constants, expected {size} "
                f"for {tensor.dtype} {list(tensor.shape)}",
                path=self.path,
            )
        return np.frombuffer(data, dtype).reshape(tensor.shape)

    def data_of(self, tensor: Tensor) -> memoryview:
        """The bytes of a constant tensor, uncopied; none for one that is computed."""
        start, size = self.buffers[tensor.buffer] if self.buffers else (0, 0)
        return self.file.span(start, size)

    def producer(self, index: int) -> Operator | None:
        """The operator that computes a tensor; None for inputs and constants."""
        return self._producers.get(index)

    @property
    def _producers(self) -> dict[int, Operator]:
        known: dict[int, Operator] | None = self.__dict__.get("_known_producers")
        if known is None:
            known = {out: operator for operator in self.operators for out in operator.outputs}
            self.__dict__["_known_producers"] = known
        return known
