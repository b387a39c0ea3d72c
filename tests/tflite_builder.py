"""Builds TFLite models for tests, from their parts or as whole detectors.

It needs the package flatbuffers, and neither TensorFlow nor mediapipe. `ModelBuilder` adds tensors
and operators; `ssd_model` and `constant_outputs_model` build whole detectors.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt

from mediapipe_anchors.tflite.operator_names import BUILTIN_NAMES, CUSTOM, ELEMENT_TYPES

Fields = Mapping[int, "tuple[str, Any]"]  # {field number: (kind of `write_table`, value)}

# The union numbers of the options that the operators here take.
OPTIONS_TYPE = {
    "CONV_2D": 1,
    "DEPTHWISE_CONV_2D": 2,
    "CONCATENATION": 10,
    "RESHAPE": 17,
    "PAD": 22,
    "GATHER": 23,
    "TRANSPOSE": 26,
    "SQUEEZE": 30,
    "STRIDED_SLICE": 32,
    "SPLIT": 35,
    "DEQUANTIZE": 38,
    "SLICE": 48,
    "PACK": 59,
    "UNPACK": 64,
    "SPLIT_V": 79,
    "QUANTIZE": 89,
}
_SCALARS = {
    "bool": ("PrependBoolSlot", False),
    "int8": ("PrependInt8Slot", 0),
    "uint8": ("PrependUint8Slot", 0),
    "int32": ("PrependInt32Slot", 0),
    "uint32": ("PrependUint32Slot", 0),
    "uint64": ("PrependUint64Slot", 0),
    "float32": ("PrependFloat32Slot", 0.0),
}


def write_table(builder: flatbuffers.Builder, fields: Fields) -> int:
    """A table; kinds: those of `_SCALARS`, "offset", "text", "bytes", "offsets", and vectors."""
    placed = {number: _place(builder, kind, value) for number, (kind, value) in fields.items()}
    builder.StartObject(max(placed, default=-1) + 1)
    for number, (kind, _) in fields.items():
        if kind in _SCALARS:
            method, default = _SCALARS[kind]
            getattr(builder, method)(number, placed[number], default)
        else:
            builder.PrependUOffsetTRelativeSlot(number, placed[number], 0)
    return int(builder.EndObject())


def _place(builder: flatbuffers.Builder, kind: str, value: Any) -> Any:
    if kind == "text":
        return builder.CreateString(value)
    if kind == "bytes":  # constants lie at multiples of 16 bytes
        builder.StartVector(1, len(value), 16)
        builder.head -= len(value)
        builder.Bytes[builder.head : builder.head + len(value)] = bytes(value)
        return builder.EndVector()
    if kind == "offsets":
        builder.StartVector(4, len(value), 4)
        for offset in reversed(value):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()
    if kind in ("int32s", "int64s", "float32s"):
        return builder.CreateNumpyVector(np.asarray(value, kind[:-1]))
    return value


@dataclasses.dataclass
class _Tensor:
    shape: tuple[int, ...]
    dtype: str
    name: str
    data: bytes
    quantization: tuple[Sequence[float], Sequence[int]] | None
    signature: Sequence[int] | None


@dataclasses.dataclass
class _Operator:
    name: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    options: Fields
    custom_options: bytes | None


class ModelBuilder:
    """A model under construction, with one subgraph; tensors are named by their number."""

    def __init__(self) -> None:
        self.tensors: list[_Tensor] = []
        self.operators: list[_Operator] = []
        self.metadata: dict[str, bytes] = {}
        self.description = "made for a test"

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str = "float32",
        *,
        name: str | None = None,
        constant: npt.ArrayLike | None = None,
        scale: float | Sequence[float] | None = None,
        zero_point: int | Sequence[int] = 0,
        signature: Sequence[int] | None = None,
    ) -> int:
        """Add a tensor; `scale` and `zero_point` quantise it."""
        data = b"" if constant is None else np.ascontiguousarray(constant, dtype).tobytes()
        quantization = None
        if scale is not None:
            scales = np.atleast_1d(scale).tolist()
            quantization = (scales, np.broadcast_to(zero_point, len(scales)).tolist())
        label = f"t{len(self.tensors)}" if name is None else name
        self.tensors.append(_Tensor(tuple(shape), dtype, label, data, quantization, signature))
        return len(self.tensors) - 1

    def constant(self, values: npt.ArrayLike, dtype: str = "int32") -> int:
        """Add a constant tensor."""
        array = np.asarray(values, dtype)
        return self.tensor(array.shape, dtype, constant=array)

    def operator(
        self,
        name: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        options: Fields | None = None,
        custom_options: bytes | None = None,
    ) -> None:
        """Add an operator: a built-in one by TFLite's name, any other name is a custom one."""
        self.operators.append(_Operator(name, inputs, outputs, options or {}, custom_options))

    def shape(self, index: int) -> tuple[int, ...]:
        return self.tensors[index].shape

    def like(self, source: int, shape: Sequence[int], name: str | None = None) -> int:
        """A tensor of the dtype and quantisation of another."""
        model = self.tensors[source]
        index = self.tensor(shape, model.dtype, name=name)
        self.tensors[index].quantization = model.quantization
        return index

    def reshape(self, source: int, shape: Sequence[int], name: str | None = None) -> int:
        out = self.like(source, shape, name)
        wanted = self.constant(list(shape))
        self.operator("RESHAPE", [source, wanted], [out], {0: ("int32s", list(shape))})
        return out

    def concatenation(self, sources: Sequence[int], axis: int, name: str | None = None) -> int:
        shape = list(self.shape(sources[0]))
        shape[axis] = sum(self.shape(source)[axis] for source in sources)
        out = self.like(sources[0], shape, name)
        self.operator("CONCATENATION", sources, [out], {0: ("int32", axis)})
        return out

    def transpose(self, source: int, order: Sequence[int], name: str | None = None) -> int:
        out = self.like(source, [self.shape(source)[axis] for axis in order], name)
        self.operator("TRANSPOSE", [source, self.constant(list(order))], [out])
        return out

    def pad(self, source: int, padding: Sequence[tuple[int, int]], name: str | None = None) -> int:
        sizes = [s + sum(pair) for s, pair in zip(self.shape(source), padding, strict=True)]
        out = self.like(source, sizes, name)
        self.operator("PAD", [source, self.constant(padding)], [out])
        return out

    def split(self, source: int, sizes: Sequence[int], axis: int) -> list[int]:
        outs = []
        for size in sizes:
            shape = list(self.shape(source))
            shape[axis] = size
            outs.append(self.like(source, shape))
        inputs = [source, self.constant(list(sizes)), self.constant(axis)]
        self.operator("SPLIT_V", inputs, outs, {0: ("int32", len(sizes))})
        return outs

    def logistic(self, source: int, name: str | None = None) -> int:
        out = self.like(source, self.shape(source), name)
        self.operator("LOGISTIC", [source], [out])
        return out

    def dequantize(self, source: int, name: str | None = None) -> int:
        out = self.tensor(self.shape(source), name=name)
        self.operator("DEQUANTIZE", [source], [out])
        return out

    def quantize(
        self,
        source: int,
        dtype: str = "uint8",
        scale: float = 1 / 256,
        zero_point: int = 0,
        name: str | None = None,
    ) -> int:
        out = self.tensor(self.shape(source), dtype, scale=scale, zero_point=zero_point, name=name)
        self.operator("QUANTIZE", [source], [out])
        return out

    def conv(
        self, source: int, channels: int, stride: int = 1, kernel: int = 1, seed: int = 0
    ) -> int:
        """A float32 convolution with random weights, padded to ceil(size / stride)."""
        batch, height, width, depth = self.shape(source)
        random = np.random.default_rng([seed, len(self.tensors)])
        spread = (kernel * kernel * depth) ** -0.5
        weights = random.normal(0, spread, (channels, kernel, kernel, depth))
        inputs = [
            source,
            self.constant(weights, "float32"),
            self.constant(random.normal(0, 0.1, channels), "float32"),
        ]
        out = self.tensor([batch, math.ceil(height / stride), math.ceil(width / stride), channels])
        options = {1: ("int32", stride), 2: ("int32", stride)}
        options |= {4: ("int32", 1), 5: ("int32", 1)}
        self.operator("CONV_2D", inputs, [out], options)
        return out

    def build(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The file."""
        builder = flatbuffers.Builder(4096)
        names = list(dict.fromkeys(operator.name for operator in self.operators))
        blobs = [b"", *(t.data for t in self.tensors if t.data), *self.metadata.values()]
        first = len(blobs) - len(self.metadata)
        buffers = [write_table(builder, {0: ("bytes", blob)} if blob else {}) for blob in blobs]
        graph = write_table(
            builder,
            {
                0: ("offsets", self._write_tensors(builder)),
                1: ("int32s", list(inputs)),
                2: ("int32s", list(outputs)),
                3: ("offsets", [self._write_operator(builder, o, names) for o in self.operators]),
                4: ("text", "main"),
            },
        )
        metadata = [
            write_table(builder, {0: ("text", name), 1: ("uint32", first + number)})
            for number, name in enumerate(self.metadata)
        ]
        model = write_table(
            builder,
            {
                0: ("uint32", 3),
                1: ("offsets", [_write_code(builder, name) for name in names]),
                2: ("offsets", [graph]),
                3: ("text", self.description),
                4: ("offsets", buffers),
                6: ("offsets", metadata),
            },
        )
        builder.Finish(model, b"TFL3")
        return bytes(builder.Output())

    def _write_tensors(self, builder: flatbuffers.Builder) -> list[int]:
        written, buffer = [], 0
        for tensor in self.tensors:
            buffer += bool(tensor.data)
            fields: dict[int, tuple[str, Any]] = {
                0: ("int32s", tensor.shape),
                1: ("int8", ELEMENT_TYPES.index(tensor.dtype)),
                2: ("uint32", buffer if tensor.data else 0),
                3: ("text", tensor.name),
                8: ("bool", True),
            }
            if tensor.quantization is not None:
                scales, zero_points = tensor.quantization
                quantization = {2: ("float32s", scales), 3: ("int64s", zero_points)}
                fields[4] = ("offset", write_table(builder, quantization))
            if tensor.signature is not None:
                fields[7] = ("int32s", tensor.signature)
            written.append(write_table(builder, fields))
        return written

    def _write_operator(
        self, builder: flatbuffers.Builder, operator: _Operator, names: list[str]
    ) -> int:
        fields: dict[int, tuple[str, Any]] = {
            0: ("uint32", names.index(operator.name)),
            1: ("int32s", list(operator.inputs)),
            2: ("int32s", list(operator.outputs)),
        }
        if operator.name in OPTIONS_TYPE:
            fields[3] = ("uint8", OPTIONS_TYPE[operator.name])
            fields[4] = ("offset", write_table(builder, operator.options))
        if operator.custom_options is not None:
            fields[5] = ("bytes", operator.custom_options)
        return write_table(builder, fields)


def _write_code(builder: flatbuffers.Builder, name: str) -> int:
    number = BUILTIN_NAMES.index(name) if name in BUILTIN_NAMES else CUSTOM
    fields: dict[int, tuple[str, Any]] = {
        0: ("int8", min(number, 127)),
        2: ("int32", 1),
        3: ("int32", number),
    }
    if number == CUSTOM:
        fields[1] = ("text", name)
    return write_table(builder, fields)


def ssd_model(
    input_size: tuple[int, int] = (128, 128),
    strides: Sequence[int] = (8, 16),
    anchors_per_cell: Sequence[int] = (2, 6),
    *,
    num_coords: int = 4,
    num_classes: int = 1,
    sigmoid: bool = False,
    scores_first: bool = False,
    seed: int = 0,
) -> bytes:
    """A float32 detector with random weights: a convolution a feature map, and heads over it.

    Each head is a convolution to anchors x columns channels, reshaped to rows; the rows of all
    feature maps are joined in the order of `strides`. Two outputs, [1, N, num_coords] and
    [1, N, num_classes], the other way round with `scores_first`.
    """
    model = ModelBuilder()
    width, height = input_size
    image = model.tensor((1, height, width, 3), name="image")
    boxes, scores = [], []
    for stride, anchors in zip(strides, anchors_per_cell, strict=True):
        features = model.conv(image, 8, stride, kernel=3, seed=seed)
        for columns, rows in ((num_coords, boxes), (num_classes, scores)):
            head = model.conv(features, anchors * columns, seed=seed)
            _, grid_height, grid_width, _ = model.shape(head)
            rows.append(model.reshape(head, (1, grid_height * grid_width * anchors, columns)))
    box_output = model.concatenation(boxes, 1, "boxes")
    score_output = model.concatenation(scores, 1, "scores")
    if sigmoid:
        score_output = model.logistic(score_output, "probabilities")
    outputs = [score_output, box_output] if scores_first else [box_output, score_output]
    return model.build([image], outputs)
