"""Models that are written again: what changes, and that nothing else does."""

from __future__ import annotations

import dataclasses
import struct

import flatbuffers
import numpy as np
import pytest
from conftest import needs_graph_api
from hypothesis import given
from hypothesis import strategies as st
from mediapipe_graphs import MEDIAPIPE_DIR
from mediapipe_schemas import needs_mediapipe, schema_module
from tflite_builder import ModelBuilder, ssd_model, write_table

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite import Quantization, read_model
from mediapipe_anchors.tflite.associated_files import ZippedFile, split_files
from mediapipe_anchors.tflite.front import behind
from mediapipe_anchors.tflite.metadata import ENTRY
from mediapipe_anchors.tflite.rewrite import Changes, Constant, rewrite_model

WHEEL_MODELS = sorted(MEDIAPIPE_DIR.glob("modules/*/*.tflite"))


def custom_model(*, metadata: bool = False, shared: bool = False) -> bytes:
    """A constant of two rows, which a second tensor may share, before a custom operator."""
    model = ModelBuilder()
    image = model.tensor((1, 4), name="image")
    constant = model.tensor((2, 4), "uint8", constant=np.arange(8), scale=0.5, zero_point=3)
    other = model.tensor((8,), "uint8", constant=np.arange(8), name="other")
    if shared:
        model.tensors[other].data = model.tensors[constant].data
    outputs = [model.tensor((1, 4), name="out")]
    model.operator("MyOperator", [image, constant, other], outputs, custom_options=b"12345")
    if metadata:
        model.metadata["before"] = b"1"
        model.metadata[ENTRY] = b"M" * 40
        model.metadata["after"] = b"2"
    return model.build([image], outputs)


def share_buffers(data: bytes) -> bytes:
    """The same model, with the buffer of tensor 2 for tensor 1 too."""
    model = read_model(data)
    changed = bytearray(data)
    place = model.tensors[1].table.place(2)
    assert place is not None
    struct.pack_into("<I", changed, place, model.tensors[2].buffer)
    return bytes(changed)


def changed(data: bytes, **changes) -> bytes:
    return rewrite_model(read_model(data), Changes(**{"metadata": None, **changes}))


@pytest.mark.parametrize("metadata", [False, True])
def test_metadata(metadata):
    data = custom_model(metadata=metadata)
    written = changed(data, metadata=b"new")
    model = read_model(written)
    assert bytes(model.metadata[ENTRY]) == b"new"
    names = ["before", ENTRY, "after"] if metadata else [ENTRY]
    assert list(model.metadata) == names
    assert len(model.buffers) == len(read_model(data).buffers) + (not metadata)
    start = written.index(data)  # the old bytes, all of them
    assert start % 64 == 0
    assert changed(written, metadata=b"new") == written
    other = changed(written, metadata=b"x" * 999)
    assert changed(other, metadata=b"new") == written


def test_metadata_in_a_buffer_that_a_tensor_has():
    """It gets one of its own, or the tensor would change."""
    data = bytearray(custom_model(metadata=True))
    model = read_model(data)
    entry = list(model.file.root.tables(6, 9))[1]
    place = entry.place(1)
    assert place is not None
    struct.pack_into("<I", data, place, model.tensors[1].buffer)
    written = read_model(changed(data, metadata=b"new"))
    assert written.constant(1) is not None
    assert bytes(written.metadata[ENTRY]) == b"new"
    assert len(written.buffers) == len(model.buffers) + 1


def test_files():
    data = custom_model()
    files = (ZippedFile(b"labels.txt", b"a\nb\n"), ZippedFile(b"more", b""))
    written = changed(data, metadata=b"new", files=files)
    assert split_files(written)[1] == files
    assert changed(written, metadata=b"new", files=files) == written
    assert changed(written, metadata=b"new") == changed(data, metadata=b"new")


def test_constant_of_the_same_size_is_changed_in_place():
    data = custom_model()
    values = np.arange(8, 16, dtype=np.uint8).reshape(2, 4)
    written = changed(data, constants={1: Constant(values)})
    model = read_model(written)
    assert np.array_equal(model.constant(1), values)
    assert model.constant(2).tolist() == list(range(8))
    assert model.tensors[1].quantization == Quantization((0.5,), (3,))
    assert len(model.buffers) == len(read_model(data).buffers)
    assert changed(written, constants={1: Constant(values)}) == written
    old = behind(written, b"TFL3")[: len(data)]
    assert sum(one != other for one, other in zip(old, data, strict=True)) == 8


@pytest.mark.parametrize("shared", [False, True])
def test_constant_of_another_size_and_scale(shared):
    data = custom_model(metadata=True)
    data = share_buffers(data) if shared else data
    rows = 2 if shared else 3
    values = np.arange(8, 8 + 4 * rows, dtype=np.uint8).reshape(rows, 4)
    changes = {"constants": {1: Constant(values, Quantization((0.25,), (7,)))}}
    written = changed(data, metadata=b"M" * 40, **changes)
    model = read_model(written)
    assert np.array_equal(model.constant(1), values)
    assert model.tensors[1].shape == (rows, 4)
    assert model.tensors[1].quantization == Quantization((0.25,), (7,))
    assert model.constant(2).tolist() == list(range(8))
    assert len(model.buffers) == len(read_model(data).buffers) + 1
    assert changed(written, metadata=b"M" * 40, **changes) == written
    back = {1: Constant(read_model(data).constant(1), Quantization((0.5,), (3,)))}
    before = read_model(changed(written, metadata=b"M" * 40, constants=back))
    assert before.constant(1).ravel().tolist() == list(range(8))


@pytest.mark.parametrize("options", [b"54321", b"", b"a longer one" * 9])
def test_custom_options(options):
    data = custom_model()
    written = changed(data, custom_options={0: options})
    assert bytes(read_model(written).operators[0].custom_options) == options
    assert changed(written, custom_options={0: options}) == written
    again = read_model(changed(written, custom_options={0: b"12345"})).operators[0]
    assert bytes(again.custom_options) == b"12345"


@needs_graph_api
@pytest.mark.parametrize("path", WHEEL_MODELS, ids=lambda path: path.stem)
def test_models_of_the_wheel(path):
    data = path.read_bytes()
    model, files = split_files(data)
    written = changed(data, metadata=b"new", files=files)
    assert model in written
    assert len(written) < len(data) + 5_000
    assert changed(written, metadata=b"new", files=files) == written


@needs_mediapipe
def test_what_mediapipes_own_module_reads():
    schema = schema_module("schema")
    data = custom_model(metadata=True)
    values = np.full((3, 4), 9, np.uint8)
    written = changed(
        data,
        metadata=b"new",
        constants={1: Constant(values, Quantization((0.25,), (7,)))},
        custom_options={0: b"other options"},
    )
    before, after = (schema.ModelT.InitFromPackedBuf(file, 0) for file in (data, written))
    assert (after.version, after.description) == (before.version, before.description)
    one, other = before.subgraphs[0], after.subgraphs[0]
    assert (one.name, list(one.inputs), list(one.outputs), one.debugMetadataIndex) == (
        *(other.name, list(other.inputs), list(other.outputs), other.debugMetadataIndex),
    )
    assert bytes(other.operators[0].customOptions) == b"other options"
    assert list(other.operators[0].inputs) == list(one.operators[0].inputs)
    assert other.tensors[1].shape.tolist() == [3, 4]
    assert other.tensors[1].quantization.scale.tolist() == [0.25]
    assert other.tensors[1].quantization.zeroPoint.tolist() == [7]
    assert other.tensors[1].name == one.tensors[1].name
    assert bytes(after.buffers[other.tensors[1].buffer].data) == values.tobytes()
    assert bytes(after.buffers[after.metadata[1].buffer].data) == b"new"


@needs_mediapipe
def test_constants_behind_the_tables_stay_theirs():
    theirs = schema_module("schema").ModelT.InitFromPackedBuf(custom_model(), 0)
    sizes = []
    for buffer in theirs.buffers[1:]:
        sizes.append(len(buffer.data))
        buffer.offset, buffer.size, buffer.data = 2**40, len(buffer.data), None
    data, size = b"", -1
    while size != len(data):  # offsets do not change the size of the file
        size = len(data)
        for number, buffer in enumerate(theirs.buffers[1:]):
            buffer.offset = size + 8 * number if size > 0 else 2**40
        builder = flatbuffers.Builder(0)
        builder.Finish(theirs.Pack(builder), b"TFL3")
        data = bytes(builder.Output())
    data += bytes(range(8)) + bytes(range(8, 16))
    assert read_model(data).constant(2).tolist() == list(range(8, 16))
    written = changed(data, metadata=b"new")
    assert read_model(written).constant(1).ravel().tolist() == list(range(8))
    assert read_model(written).constant(2).tolist() == list(range(8, 16))
    assert changed(written, metadata=b"new") == written


@needs_mediapipe
def test_options_behind_the_tables_are_refused():
    theirs = schema_module("schema").ModelT.InitFromPackedBuf(custom_model(), 0)
    theirs.subgraphs[0].operators[0].largeCustomOptionsOffset = 100
    builder = flatbuffers.Builder(0)
    builder.Finish(theirs.Pack(builder), b"TFL3")
    with pytest.raises(ModelError, match="keeps options of an operator behind its tables"):
        changed(bytes(builder.Output()), metadata=b"new")


def test_later_versions_of_the_schema_are_refused():
    builder = flatbuffers.Builder(0)
    graph = write_table(builder, {})
    root = {2: ("offsets", [graph]), 30: ("int32", 5)}
    builder.Finish(write_table(builder, root), b"TFL3")
    with pytest.raises(ModelError, match="fields of a later version"):
        changed(bytes(builder.Output()), metadata=b"new")


def test_shared_bytes_are_refused():
    """A file in which two operators have the same options: to change one would change both."""
    model = ModelBuilder()
    image = model.tensor((1, 4))
    first, second = model.tensor((1, 4)), model.tensor((1, 4))
    model.operator("MyOperator", [image], [first], custom_options=b"12345")
    model.operator("MyOperator", [first], [second], custom_options=b"12345")
    data = bytearray(model.build([image], [second]))
    one, other = (step.table for step in read_model(data).operators)
    target = max(one.vector(5, 99)[0], other.vector(5, 99)[0]) - 4
    for table in (one, other):
        place = table.place(5)
        assert place is not None
        struct.pack_into("<I", data, place, target - place)
    with pytest.raises(ModelError, match=r"operator 1 \(MyOperator\) would change with the rest"):
        changed(data, custom_options={0: b"54321"})


@given(
    metadata=st.binary(max_size=99),
    options=st.binary(max_size=20),
    rows=st.integers(0, 5),
    again=st.binary(max_size=99),
)
def test_changes_add_up_to_the_last(metadata, options, rows, again):
    data = custom_model()
    changes = Changes(
        metadata,
        (ZippedFile(b"name", options),),
        {1: Constant(np.full((rows, 4), 7, np.uint8), Quantization((0.25,), (7,)))},
        {0: options},
    )
    once = rewrite_model(read_model(data), changes)
    between = rewrite_model(read_model(once), dataclasses.replace(changes, metadata=again))
    assert rewrite_model(read_model(between), changes) == once


@given(draw=st.data())
def test_damaged_models_give_a_model_or_a_typed_error(draw):
    data = bytearray(changed(ssd_model((16, 16)), metadata=b"old"))
    for _ in range(draw.draw(st.integers(1, 4))):
        position = draw.draw(st.integers(0, 600))
        struct.pack_into("<I", data, position, draw.draw(st.integers(0, 2**32 - 1)))
    try:
        written = changed(data, metadata=b"new")
    except ModelError:
        return
    assert bytes(read_model(written).metadata[ENTRY]) == b"new"
