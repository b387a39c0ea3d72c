"""Detectors whose heads reach their outputs by the ways that converters take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flatbuffers import flexbuffers
from tflite_builder import ModelBuilder

STRIDES, ANCHORS = (8, 16, 32), (3, 6, 6)
SIZE = (96, 64)  # width, height
COORDS, CLASSES = 4, 7

Way = Callable[[ModelBuilder, int, int, int], int]


def heads(
    model: ModelBuilder,
    image: int,
    to_rows: Way,
    *,
    strides: Sequence[int] = STRIDES,
    anchors: Sequence[int] = ANCHORS,
    columns: Sequence[int] = (COORDS, CLASSES),
) -> list[list[int]]:
    """For each of `columns` the tensors of rows, one a feature map.

    `to_rows(model, head, anchors, columns)` makes rows of a head's convolution.
    """
    found: list[list[int]] = [[] for _ in columns]
    for stride, count in zip(strides, anchors, strict=True):
        features = model.conv(image, 8, stride, kernel=3)
        for own, width in zip(found, columns, strict=True):
            own.append(to_rows(model, model.conv(features, count * width), count, width))
    return found


def image_of(model: ModelBuilder, size: tuple[int, int] = SIZE, **keywords: Any) -> int:
    return model.tensor((1, size[1], size[0], 3), name="image", **keywords)


def plain_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    _, height, width, _ = model.shape(head)
    return model.reshape(head, (1, height * width * count, columns))


def joined(model: ModelBuilder, parts: Sequence[int], name: str, axis: int = 1) -> int:
    return model.concatenation(parts, axis, name)


def simple(to_rows: Way, finish: Way | None = None, **keywords: Any) -> bytes:
    """Rows by `to_rows`, joined, and `finish(model, rows, 0, columns)` on each."""
    model = ModelBuilder()
    image = image_of(model)
    outputs = []
    columns = keywords.get("columns", (COORDS, CLASSES))
    for name, width, parts in zip(
        ("boxes", "scores"), columns, heads(model, image, to_rows, **keywords), strict=True
    ):
        rows = joined(model, parts, name)
        outputs.append(rows if finish is None else finish(model, rows, 0, width))
    return model.build([image], outputs)


def op(
    model: ModelBuilder,
    name: str,
    inputs: Sequence[int],
    shape: Sequence[int],
    options: dict[int, tuple[str, Any]] | None = None,
) -> int:
    out = model.like(inputs[0], shape)
    model.operator(name, inputs, [out], options)
    return out


# -- ways from a head's convolution to its rows


def squeezed_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """As TensorFlow's Object Detection API: [1, rows, 1, columns] first."""
    _, height, width, _ = model.shape(head)
    rows = model.reshape(head, (1, height * width * count, 1, columns))
    shape = (1, height * width * count, columns)
    return op(model, "SQUEEZE", [rows], shape, {0: ("int32s", [2])})


def channels_first_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """As of PyTorch, by way of channels first, and back again."""
    _, height, width, _ = model.shape(head)
    first = model.transpose(head, (0, 3, 1, 2))
    apart = model.reshape(first, (1, count, columns, height, width))
    last = model.transpose(apart, (0, 3, 4, 1, 2))
    return model.reshape(last, (1, height * width * count, columns))


def anchor_outer_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """As channels first with each anchor's grid apart: anchor, y, x."""
    _, height, width, _ = model.shape(head)
    apart = model.reshape(head, (1, height, width, count, columns))
    moved = model.transpose(apart, (0, 3, 1, 2, 4))
    return model.reshape(moved, (1, count * height * width, columns))


def column_first_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """The grid transposed: x, y, anchor."""
    return plain_rows(model, model.transpose(head, (0, 2, 1, 3)), count, columns)


def padded_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """Padded behind the last row, and sliced again."""
    rows = plain_rows(model, head, count, columns)
    shape = model.shape(rows)
    wide = model.pad(rows, [(0, 0), (2, 3), (0, 0)])
    begin, sizes = model.constant([0, 2, 0]), model.constant(list(shape))
    return op(model, "SLICE", [wide, begin, sizes], shape)


def strided_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """Through a slice of more channels than wanted."""
    _, height, width, depth = model.shape(head)
    twice = model.concatenation([head, head], 3)
    inputs = [
        twice,
        model.constant([0, 0, 0, depth]),
        model.constant([1, 1, 1, 2 * depth]),
        model.constant([1, 1, 1, 1]),
    ]
    options = {0: ("int32", 0b0111), 1: ("int32", 0b0111)}
    sliced = op(model, "STRIDED_SLICE", inputs, (1, height, width, depth), options)
    return plain_rows(model, sliced, count, columns)


def packed_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """Columns apart and packed again."""
    rows = plain_rows(model, head, count, columns)
    parts = model.split(rows, [1] * columns, 2)
    flat = [model.reshape(part, model.shape(part)[:2]) for part in parts]
    options = {0: ("int32", columns), 1: ("int32", 2)}
    return op(model, "PACK", flat, (*model.shape(flat[0]), columns), options)


def scaled_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    """Times a constant for each column and plus one, as variances are."""
    rows = plain_rows(model, head, count, columns)
    factor = model.constant(np.linspace(0.1, 0.2, columns), "float32")
    scaled = op(model, "MUL", [rows, factor], model.shape(rows))
    return op(model, "ADD", [scaled, model.constant(0.5, "float32")], model.shape(rows))


def dequantised_rows(model: ModelBuilder, head: int, count: int, columns: int) -> int:
    return model.dequantize(model.quantize(plain_rows(model, head, count, columns), "int8", 0.1))


# -- ways from joined rows to an output


def quantised(dtype: str) -> Way:
    def finish(model: ModelBuilder, rows: int, count: int, columns: int) -> int:
        return model.quantize(rows, dtype, 0.05, 3, name=f"{dtype}_{columns}")

    return finish


def half(model: ModelBuilder, rows: int, count: int, columns: int) -> int:
    out = model.tensor(model.shape(rows), "float16", name=f"half_{columns}")
    model.operator("CAST", [rows], [out])
    return out


def with_activation(name: str) -> Way:
    def finish(model: ModelBuilder, rows: int, count: int, columns: int) -> int:
        return rows if columns == COORDS else op(model, name, [rows], model.shape(rows))

    return finish


def with_extra_axis(model: ModelBuilder, rows: int, count: int, columns: int) -> int:
    return model.reshape(rows, (1, *model.shape(rows)))


# -- other detectors


def one_head() -> bytes:
    """Boxes and scores from one convolution a map, split at the end."""
    model = ModelBuilder()
    image = image_of(model)
    (parts,) = heads(model, image, plain_rows, columns=(COORDS + CLASSES,))
    boxes, scores = model.split(joined(model, parts, "both"), [COORDS, CLASSES], 2)
    return model.build([image], [boxes, scores])


def apart(
    *,
    grids: bool = False,
    interleaved: bool = True,
    scores_first: bool = False,
    **keywords: Any,
) -> bytes:
    """An output a feature map and head: of rows, or of grids as they come from the convolution."""

    def as_it_is(model: ModelBuilder, head: int, count: int, columns: int) -> int:
        return head

    model = ModelBuilder()
    image = image_of(model)
    boxes, scores = heads(model, image, as_it_is if grids else plain_rows, **keywords)
    for number, (box, score) in enumerate(zip(boxes, scores, strict=True)):
        model.tensors[box].name = f"box_{number}"
        model.tensors[score].name = f"class_{number}"
    first, second = (scores, boxes) if scores_first else (boxes, scores)
    outputs = [*first, *second]
    if interleaved:
        outputs = [index for pair in zip(first, second, strict=True) for index in pair]
    return model.build([image], outputs)


def batched(batch: int) -> bytes:
    """A batch of images; -1 leaves it open."""
    model = ModelBuilder()
    size = abs(batch)
    opened = {} if batch > 0 else {"signature": [-1, SIZE[1], SIZE[0], 3]}
    image = model.tensor((size, SIZE[1], SIZE[0], 3), name="image", **opened)

    def rows_of_each(model: ModelBuilder, head: int, count: int, columns: int) -> int:
        _, height, width, _ = model.shape(head)
        out = model.reshape(head, (size, height * width * count, columns))
        if batch < 0:
            model.tensors[out].signature = [-1, *model.shape(out)[1:]]
        return out

    outputs = []
    for name, parts in zip(("boxes", "scores"), heads(model, image, rows_of_each), strict=True):
        outputs.append(joined(model, parts, name))
        if batch < 0:
            model.tensors[outputs[-1]].signature = [-1, *model.shape(outputs[-1])[1:]]
    return model.build([image], outputs)


def with_anchors_output(anchors: np.ndarray) -> bytes:
    """A third output: the anchors, y, x, h, w."""
    model = ModelBuilder()
    image = image_of(model)
    boxes, scores = (
        joined(model, parts, name)
        for name, parts in zip(("boxes", "scores"), heads(model, image, plain_rows), strict=True)
    )
    constant = model.tensor(anchors.shape, name="anchors", constant=anchors[:, [1, 0, 3, 2]])
    return model.build([image], [boxes, scores, constant])


def decoded() -> bytes:
    """Anchors multiplied in within the model."""
    model = ModelBuilder()
    image = image_of(model)
    boxes, scores = (
        joined(model, parts, name)
        for name, parts in zip(("boxes", "scores"), heads(model, image, plain_rows), strict=True)
    )
    rows = model.shape(boxes)[1]
    anchors = model.tensor((rows, COORDS), constant=np.ones((rows, COORDS)))
    return model.build([image], [op(model, "MUL", [boxes, anchors], model.shape(boxes)), scores])


def objectness_times_classes() -> bytes:
    model = ModelBuilder()
    image = image_of(model)
    boxes, objectness, scores = (
        joined(model, parts, name)
        for name, parts in zip(
            "abc", heads(model, image, plain_rows, columns=(4, 1, CLASSES)), strict=True
        )
    )
    product = op(model, "MUL", [scores, objectness], model.shape(scores))
    return model.build([image], [boxes, product])


def transformer(queries: int = 100) -> bytes:
    """Rows from a fully connected layer, as DETR's queries."""
    model = ModelBuilder()
    image = image_of(model)
    flat = model.reshape(model.conv(image, 4, 32, kernel=3), (1, 24))
    outputs = []
    for name, columns in (("boxes", 4), ("scores", 92)):
        weights = model.tensor((queries * columns, 24), constant=np.ones((queries * columns, 24)))
        out = model.tensor((1, queries * columns))
        model.operator("FULLY_CONNECTED", [flat, weights], [out])
        outputs.append(model.reshape(out, (1, queries, columns), name))
    return model.build([image], outputs)


def behind_custom_operator(rows: int, columns: int, classes: int, size: tuple[int, int]) -> bytes:
    """A compiled model: one operator of which nothing is known."""
    model = ModelBuilder()
    image = image_of(model, size)
    outputs = [
        model.tensor((1, rows, columns), name="boxes"),
        model.tensor((1, rows, classes), name="scores"),
    ]
    model.operator("some-accelerator", [image], outputs, custom_options=b"\0")
    return model.build([image], outputs)


def outputs_alone(*shapes: Sequence[int], last: str | None = None) -> bytes:
    """Outputs of these shapes from a convolution, `last` being the operator before each."""
    model = ModelBuilder()
    image = model.tensor((1, 64, 64, 3), name="image")
    outputs = []
    for shape in shapes:
        out = model.tensor(shape)
        model.operator("CONV_2D" if last is None else "SOME", [image], [out])
        if last is not None:
            out = op(model, last, [out], shape)
        outputs.append(out)
    return model.build([image], outputs)


def postprocessed(anchors: np.ndarray, dtype: str = "float32") -> bytes:
    """With the anchors as float32, as float16 that an operator makes float32, or quantised."""
    model = ModelBuilder()
    image = image_of(model)
    boxes, scores = (
        joined(model, parts, name)
        for name, parts in zip("bs", heads(model, image, plain_rows), strict=True)
    )
    scores = model.logistic(scores)
    table = anchors[:, [1, 0, 3, 2]]
    if dtype == "float32":
        constant = model.tensor(table.shape, name="anchors", constant=table)
    elif dtype == "float16":
        constant = model.dequantize(model.tensor(table.shape, dtype, constant=table))
    else:
        constant = model.tensor(
            table.shape,
            dtype,
            name="anchors",
            constant=np.round(table * 200) + 5,
            scale=1 / 200,
            zero_point=5,
        )
    outs = [
        model.tensor(s, name=n)
        for n, s in (("b", (1, 10, 4)), ("c", (1, 10)), ("s", (1, 10)), ("n", (1,)))
    ]
    custom = flexbuffers.Dumps(
        {"max_detections": 10, "num_classes": 6, "y_scale": 10.0, "w_scale": 5.0}
    )
    model.operator(
        "TFLite_Detection_PostProcess",
        [boxes, scores, constant],
        outs,
        custom_options=bytes(custom),
    )
    return model.build([image], [outs[number] for number in (0, 2, 1, 3)])


def some_anchors(rows: int = 468) -> np.ndarray:
    return np.random.default_rng(3).random((rows, 4), np.float32)
