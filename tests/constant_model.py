"""A TFLite model that takes an image and always puts out the same tensors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def write_constant_model(
    path: Path, image_shape: tuple[int, ...], dtype: Any, outputs: Sequence[npt.NDArray[Any]]
) -> None:
    """Write a model with an input [1, H, W, 3] of `dtype` and the `outputs`, in order.

    All are float32 or uint8.
    """
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.subgraphs = 3, [graph]
    model.buffers = [schema.BufferT()]  # buffer 0 is the empty one by convention
    graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], [0], []
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.RESHAPE
    model.operatorCodes = [code]

    def tensor(shape: Sequence[int], kind: int, constant: npt.NDArray[Any] | None = None) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type = f"t{len(graph.tensors)}", np.int32(shape), kind
        made.buffer = 0
        if constant is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(constant.tobytes(), np.uint8)
            made.buffer = len(model.buffers)
            model.buffers.append(buffer)
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    kinds = schema.TensorType
    kind_of = {np.dtype(np.uint8): kinds.UINT8, np.dtype(np.float32): kinds.FLOAT32}
    tensor(image_shape, kind_of[np.dtype(dtype)])
    for output in outputs:
        kind = kind_of[output.dtype]
        flat = tensor((output.size,), kind, output)
        wanted = tensor((output.ndim,), kinds.INT32, np.int32(output.shape))
        graph.outputs.append(tensor(output.shape, kind))
        reshape = schema.OperatorT()
        reshape.opcodeIndex = 0
        reshape.inputs, reshape.outputs = [flat, wanted], [graph.outputs[-1]]
        graph.operators.append(reshape)
    builder = flatbuffers.Builder(4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
