"""Brings arbitrary float32 tensors into a graph as the output of an `InferenceCalculator`.

MediaPipe's Python has no packet of tensors. One flat matrix goes in; a TFLite model that only moves
data (SPLIT_V, then one RESHAPE a tensor) gives it the wanted shapes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from mediapipe.calculators.tensor import inference_calculator_pb2, tensor_converter_calculator_pb2
from mediapipe.python import packet_creator
from mediapipe.tasks.metadata import schema_py_generated as schema

from oracle.graphs import GraphBuilder

Shape = tuple[int, ...]


class _Model:
    """A TFLite model under construction: one subgraph."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.operatorCodes = []
        self.model.buffers = [schema.BufferT()]  # buffer 0 is the empty one by convention
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]

    def tensor(self, shape: Shape, constant: npt.NDArray[np.int32] | None = None) -> int:
        tensor = schema.TensorT()
        tensor.name = f"tensor_{len(self.graph.tensors)}"
        tensor.shape = np.array(shape, np.int32)
        tensor.type = schema.TensorType.FLOAT32 if constant is None else schema.TensorType.INT32
        tensor.buffer = 0
        if constant is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(constant.astype(np.int32).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, code: int, inputs: Sequence[int], outputs: Sequence[int]) -> Any:
        operator_code = schema.OperatorCodeT()
        operator_code.builtinCode = operator_code.deprecatedBuiltinCode = code
        operator_code.version = 1
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes)
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        self.model.operatorCodes.append(operator_code)
        self.graph.operators.append(operator)
        return operator

    def serialize(self) -> bytes:
        builder = flatbuffers.Builder(4096)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


@functools.cache
def _splitting_model(shapes: tuple[Shape, ...]) -> bytes:
    model = _Model()
    sizes = [math.prod(shape) for shape in shapes]
    flat = model.tensor((1, 1, sum(sizes), 1))
    pieces = [model.tensor((1, 1, size, 1)) for size in sizes]
    split_sizes, axis = model.tensor((len(sizes),), np.array(sizes)), model.tensor((), np.array(2))
    split = model.operator(schema.BuiltinOperator.SPLIT_V, [flat, split_sizes, axis], pieces)
    split.builtinOptionsType = schema.BuiltinOptions.SplitVOptions
    split.builtinOptions = schema.SplitVOptionsT()
    split.builtinOptions.numSplits = len(sizes)
    results = []
    for piece, shape in zip(pieces, shapes, strict=True):
        wanted = model.tensor((len(shape),), np.array(shape))
        results.append(model.tensor(shape))
        model.operator(schema.BuiltinOperator.RESHAPE, [piece, wanted], [results[-1]])
    model.graph.inputs, model.graph.outputs = [flat], results
    return model.serialize()


def add_tensors(
    graph: GraphBuilder, tensors: Sequence[npt.NDArray[np.float32]], stream: str
) -> list[tuple[str, Any]]:
    """Add nodes that put non-empty `tensors` on `stream`; returns the packets to feed."""
    graph.input_stream("flat")
    converter = tensor_converter_calculator_pb2.TensorConverterCalculatorOptions
    graph.node(
        "TensorConverterCalculator",
        inputs=["MATRIX:flat"],
        outputs=["TENSORS:flat_tensor"],
        options=converter(row_major_matrix=True),
    )
    blob = _splitting_model(tuple(tensor.shape for tensor in tensors))
    graph.node(
        "TfLiteModelCalculator",
        side_inputs=[f"MODEL_BLOB:{graph.side_packet('blob', packet_creator.create_string(blob))}"],
        side_outputs=["MODEL:model"],
    )
    inference = inference_calculator_pb2.InferenceCalculatorOptions()
    inference.delegate.tflite.SetInParent()  # the plain interpreter: XNNPACK has nothing to add
    graph.node(
        "InferenceCalculator",
        inputs=["TENSORS:flat_tensor"],
        side_inputs=["MODEL:model"],
        outputs=[f"TENSORS:{stream}"],
        options=inference,
    )
    flat = np.concatenate([np.ravel(tensor) for tensor in tensors]).astype(np.float32)
    return [("flat", packet_creator.create_matrix(flat[np.newaxis]).at(0))]
