"""The shapes of a TFLite model's outputs, from sound files and from damaged ones."""

from __future__ import annotations

import os
import struct

import numpy as np
import pytest
from conftest import needs_graph_api
from constant_model import write_constant_model
from hypothesis import example, given
from hypothesis import strategies as st
from mediapipe_graphs import MEDIAPIPE_DIR

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.graph.model_outputs import MAX_OUTPUTS, read_output_shapes

MODELS = sorted(MEDIAPIPE_DIR.glob("modules/*/*.tflite"))
SHAPES = [(1, 9, 4), (1, 1, 9, 2), (), (3,)]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("model") / "model.tflite"
    write_constant_model(path, (1, 8, 8, 3), np.float32, [np.zeros(s, np.float32) for s in SHAPES])
    return path.read_bytes()


@pytest.fixture
def read(tmp_path):
    """Reads the shapes from bytes."""

    def read_bytes(data: bytes):
        path = tmp_path / "model.tflite"
        path.write_bytes(data)
        return read_output_shapes(path)

    return read_bytes


def signed(data: bytes, signature: list[int]) -> bytes:
    """The model with a shape signature for its first output."""
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    copy = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data))
    graph = copy.subgraphs[0]
    graph.tensors[graph.outputs[0]].shapeSignature = signature
    builder = flatbuffers.Builder(4096)
    builder.Finish(copy.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@needs_graph_api
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_models_of_the_wheel(path):
    from mediapipe.tasks.metadata import schema_py_generated as schema

    graph = schema.Model.GetRootAs(path.read_bytes()).Subgraphs(0)
    outputs = [graph.Tensors(graph.Outputs(i)) for i in range(graph.OutputsLength())]
    assert outputs
    assert read_output_shapes(path) == [tuple(tensor.ShapeAsNumpy()) for tensor in outputs]


@needs_graph_api
def test_outputs_in_their_order(model, read):
    assert read(model) == SHAPES


@needs_graph_api
@pytest.mark.parametrize(("signature", "first"), [([-1, 9, 4], None), ([1, 9, 4], (1, 9, 4))])
def test_shape_that_is_open_until_the_model_runs(model, read, signature, first):
    assert read(signed(model, signature)) == [first, *SHAPES[1:]]


@needs_graph_api
def test_every_beginning_of_a_model_is_refused(model, read):
    last = model.rindex(b"t1\0")  # names of tensors come behind what is read
    for length in range(last):
        with pytest.raises(ModelError):
            read(model[:length])


@needs_graph_api
@given(data=st.data())
def test_any_damage_gives_shapes_or_a_typed_error(model, tmp_path_factory, data):
    damaged = bytearray(model)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(model) - 4))
        struct.pack_into("<I", damaged, position, data.draw(st.integers(0, 2**32 - 1)))
    path = tmp_path_factory.getbasetemp() / "damaged.tflite"
    path.write_bytes(damaged)
    try:
        shapes = read_output_shapes(path)
    except ModelError:
        return
    assert len(shapes) <= MAX_OUTPUTS


@given(st.binary(max_size=64))
@example(b"")
@example(b"\xff" * 64)
def test_no_model_at_all(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "none.tflite"
    for content in (data, struct.pack("<I", 8) + b"TFL3" + data):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="not a TFLite model"):
            read_output_shapes(path)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "pipe", "a\0b"):
        with pytest.raises(ModelError, match="no such file"):
            read_output_shapes(path)


def test_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(ModelError, match="cannot be read: Permission denied"):
        read_output_shapes(path)
