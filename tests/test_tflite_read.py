"""TFLite models read from sound files and from damaged ones."""

from __future__ import annotations

import os
import struct

import numpy as np
import pytest
from conftest import needs_graph_api
from hypothesis import example, given
from hypothesis import strategies as st
from mediapipe_graphs import MEDIAPIPE_DIR
from tflite_builder import ModelBuilder, ssd_model

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite import Model, read_model
from mediapipe_anchors.tflite.flatbuffer import MAX_BYTES_READ

WHEEL_MODELS = sorted(MEDIAPIPE_DIR.glob("modules/*/*.tflite"))


def small_model() -> bytes:
    """A model with something of everything that is read."""
    model = ModelBuilder()
    image = model.tensor((1, 4, 4, 3), name="image", signature=[-1, 4, 4, 3])
    flat = model.reshape(image, (1, 48), "flat")
    quantised = model.quantize(flat, "uint8", 0.5, 3, "quantised")
    custom = model.tensor((1, 2), "int64", name="custom")
    model.operator("MyOperator", [quantised, -1], [custom], custom_options=b"\x01\x02\x03")
    model.metadata["TFLITE_METADATA"] = b"about the model"
    return model.build([image], [custom, flat])


@pytest.fixture(scope="module")
def data() -> bytes:
    return small_model()


def same_models(one: Model, other: Model) -> bool:
    return (one.tensors, one.operators) == (other.tensors, other.operators)


def test_tensors(data):
    model = read_model(data)
    image, flat = model.inputs[0], model.outputs[1]
    assert (image.name, image.shape, image.dtype) == ("image", (-1, 4, 4, 3), "float32")
    assert not image.is_fixed
    assert image.quantization is None
    assert (flat.name, flat.shape, flat.is_fixed) == ("flat", (1, 48), True)
    assert [tensor.name for tensor in model.outputs] == ["custom", "flat"]
    quantised = next(tensor for tensor in model.tensors if tensor.name == "quantised")
    assert quantised.quantization is not None
    assert (quantised.dtype, quantised.quantization.scale) == ("uint8", (0.5,))
    assert quantised.quantization.zero_point == (3,)
    assert model.description == "made for a test"
    assert model.num_subgraphs == 1


def test_operators(data):
    model = read_model(data)
    assert [operator.name for operator in model.operators] == ["RESHAPE", "QUANTIZE", "MyOperator"]
    assert [operator.is_custom for operator in model.operators] == [False, False, True]
    custom = model.producer(model.outputs[0].index)
    assert custom is model.operators[2]
    assert custom.inputs[1] == -1
    assert bytes(custom.custom_options) == b"\x01\x02\x03"
    reshape = model.operators[0]
    assert reshape.options is not None
    assert reshape.options.integers(0, "i", 4) == (1, 48)
    assert model.producer(model.inputs[0].index) is None


def test_constants_and_metadata(data):
    model = read_model(data)
    shape = model.constant(model.operators[0].inputs[1])
    assert shape is not None
    assert (shape.dtype, shape.tolist()) == (np.int32, [1, 48])
    assert not shape.flags.writeable
    assert model.constant(model.inputs[0].index) is None
    assert bytes(model.metadata["TFLITE_METADATA"]) == b"about the model"


def test_constant_of_the_wrong_size():
    model = ModelBuilder()
    tensor = model.tensor((3,), "int32", constant=np.zeros(2))
    with pytest.raises(ModelError, match="8 bytes of constants, expected 12"):
        read_model(model.build([], [tensor])).constant(tensor)


def test_path_and_bytes_are_the_same(data, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    assert same_models(read_model(path), read_model(data))
    assert same_models(read_model(str(path)), read_model(bytearray(data)))


@needs_graph_api
@pytest.mark.parametrize("path", WHEEL_MODELS, ids=lambda path: path.stem)
def test_models_of_the_wheel(path):
    from mediapipe.tasks.metadata import schema_py_generated as schema

    theirs = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes()))
    graph = theirs.subgraphs[0]
    ours = read_model(path)
    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    codes = [max(code.deprecatedBuiltinCode, code.builtinCode) for code in theirs.operatorCodes]
    assert [operator.name for operator in ours.operators if not operator.is_custom] == [
        names[codes[operator.opcodeIndex]]
        for operator in graph.operators
        if names[codes[operator.opcodeIndex]] != "CUSTOM"
    ]
    for tensor, their in zip(ours.tensors, graph.tensors, strict=True):
        assert tensor.name == their.name.decode()
        assert tensor.shape == tuple([] if their.shape is None else their.shape)
        raw = theirs.buffers[their.buffer].data
        assert bytes(ours.data_of(tensor)) == (b"" if raw is None else bytes(raw))
    assert [tensor.index for tensor in ours.inputs] == list(graph.inputs)
    assert [tensor.index for tensor in ours.outputs] == list(graph.outputs)


def test_every_beginning_of_a_model_is_refused(data):
    for length in range(len(data) - 64):
        with pytest.raises(ModelError):
            read_model(data[:length])


@given(draw=st.data())
def test_any_damage_gives_a_model_or_a_typed_error(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        position = draw.draw(st.integers(0, len(data) - 4))
        struct.pack_into("<I", damaged, position, draw.draw(st.integers(0, 2**32 - 1)))
    try:
        model = read_model(damaged)
        for tensor in model.tensors:
            model.constant(tensor.index)
    except ModelError:
        return
    assert len(model.tensors) <= 20


@given(st.binary(max_size=64))
@example(b"")
@example(b"\xff" * 64)
def test_no_model_at_all(data):
    for content in (data, struct.pack("<I", 8) + b"TFL3" + data):
        with pytest.raises(ModelError, match="not a TFLite model"):
            read_model(content)


def test_names_that_repeat_without_end_are_refused():
    """Many tensors may share one long name in the file: what is read of it has an end."""
    count, length = 9_000, 9_000
    assert count * length > MAX_BYTES_READ
    model = ModelBuilder()
    for _ in range(count):
        model.tensor((), name="")
    data = bytearray(model.build([], []))
    tensors = read_model(bytes(data)).tensors
    end = len(data)
    for tensor in tensors:
        place = tensor.table.place(3)
        assert place is not None
        struct.pack_into("<I", data, place, end - place)
    data += struct.pack("<I", length) + b"x" * length
    with pytest.raises(ModelError, match="bytes of texts"):
        read_model(bytes(data))


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    for path in (tmp_path / "nothing", tmp_path / "pipe", "a\0b"):
        with pytest.raises(ModelError, match=r"no such file|null"):
            read_model(path)
    with pytest.raises(ModelError, match="is a directory"):
        read_model(tmp_path)
    with pytest.raises(ModelError, match="got a int"):
        read_model(5)  # type: ignore[arg-type]


def test_file_that_is_too_large(tmp_path):
    path = tmp_path / "large.tflite"
    with path.open("wb") as file:
        file.write(ssd_model()[:64])
        file.truncate(2**29 + 64)
    with pytest.raises(ModelError, match="larger than 512 MiB"):
        read_model(path)


def test_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(ModelError, match="cannot be read: Permission denied"):
        read_model(path)
