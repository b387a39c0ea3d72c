"""What a model says of itself: as mediapipe's own modules have it, and damaged."""

from __future__ import annotations

import functools
import io
import struct
import zipfile

import flatbuffers
import numpy as np
import pytest
from conftest import needs_graph_api
from hypothesis import given
from hypothesis import strategies as st
from mediapipe_graphs import MEDIAPIPE_DIR
from mediapipe_schemas import fields, needs_mediapipe, schema_module
from tflite_builder import ModelBuilder, write_table

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite import read_model
from mediapipe_anchors.tflite.associated_files import (
    ZippedFile,
    join_files,
)
from mediapipe_anchors.tflite.metadata import (
    ENTRY,
    SCHEMA,
    labels_in,
    read_metadata,
    read_metadata_record,
    write_metadata_record,
)

WHEEL_MODELS = sorted(MEDIAPIPE_DIR.glob("modules/*/*.tflite"))


def filled(name: str, depth: int = 0):
    """A record with a value in every field, and every member of a union in turn."""
    record = {}
    for number, field in enumerate(SCHEMA[name]):
        label, kind = field.split()
        text = f"{label} {number} \udcff"  # one byte that is no UTF-8
        scalars = {"int8": -number - 1, "uint8": 1, "int32": -5, "uint32": 2**31, "float32": 0.1}
        values = {"text": text, "texts": ["a", text], "bytes": b"\0\1\2", "uint32s": [1, 0, 3]}
        values |= {"float32s": [0.5, -1.0]}
        if kind in scalars:
            record[label] = float(np.float32(0.1)) if kind == "float32" else scalars[kind]
        elif kind in values:
            record[label] = values[kind]
        elif kind.endswith("Unit]"):
            members = SCHEMA["ProcessUnit"][1].split()[1].split("|")
            record[label] = [
                {"options_type": 1 + index, "options": filled(member)}
                for index, member in enumerate(members)
            ]
        elif kind[0] == "[":
            record[label] = [filled(kind[1:-1], index) for index in range(5)]
        elif "|" in kind:
            members = kind.split("|")
            record[label] = filled(members[depth % len(members)])
            record["content_properties_type"] = 1 + depth % len(members)
        else:
            record[label] = filled(kind, depth)
    return record


def same(ours, name: str, theirs) -> None:
    """Compare a record with one of mediapipe's objects, field by field."""
    for field, value in zip(SCHEMA[name], fields(theirs), strict=True):
        label, kind = field.split()
        mine = ours.get(label)
        if mine is None:
            assert value is None or value == 0, label
        elif kind[0] == "[":
            assert len(value) == len(mine)
            for entry, their in zip(mine, value, strict=True):
                same(entry, kind[1:-1], their)
        elif "|" in kind:
            same(mine, type(value).__name__.removesuffix("T"), value)
        elif kind in SCHEMA:
            same(mine, kind, value)
        elif kind == "text":
            assert value == mine.encode("utf-8", "surrogateescape")
        elif kind == "texts":
            assert value == [text.encode("utf-8", "surrogateescape") for text in mine]
        elif kind == "bytes":
            assert bytes(value) == mine
        else:
            assert np.array_equal(value, mine), label


def model_of(record, files=()) -> bytes:
    model = ModelBuilder()
    image = model.tensor((1, 4, 4, 3), name="image")
    model.metadata[ENTRY] = write_metadata_record(record)
    return join_files(model.build([image], [model.reshape(image, (1, 48))]), files)


def theirs_of(data: bytes):
    return schema_module("metadata_schema").ModelMetadataT.InitFromPackedBuf(data, 0)


@needs_mediapipe
def test_every_field_is_what_mediapipe_reads():
    record = filled("ModelMetadata")
    data = write_metadata_record(record)
    assert data[4:8] == b"M001"
    same(record, "ModelMetadata", theirs_of(data))
    assert read_metadata_record(read_model(model_of(record))) == record


@needs_mediapipe
def test_what_mediapipe_writes():
    theirs = theirs_of(write_metadata_record(filled("ModelMetadata")))
    builder = flatbuffers.Builder(0)
    builder.Finish(theirs.Pack(builder), b"M001")
    model = ModelBuilder()
    model.metadata[ENTRY] = bytes(builder.Output())
    data = model.build([], [model.tensor((1,))])
    assert read_metadata_record(read_model(data)) == filled("ModelMetadata")


def test_custom_metadata_lie_at_multiples_of_16():
    for length in range(40):
        custom = [{"name": "x" * length, "data": b"M" * 64}]
        data = write_metadata_record({"subgraph_metadata": [{"custom_metadata": custom}]})
        assert data.index(b"M" * 64) % 16 == 0


@needs_graph_api
@pytest.mark.parametrize("path", WHEEL_MODELS, ids=lambda path: path.stem)
def test_models_of_the_wheel(path):
    model = read_model(path)
    metadata = read_metadata(model)
    if ENTRY not in model.metadata:
        assert metadata is None
        return
    assert metadata is not None
    same(metadata.record, "ModelMetadata", theirs_of(bytes(model.metadata[ENTRY])))
    assert [tensor.mean for tensor in metadata.inputs] in ([(0.0,)], [(127.5,)], [(0.0,) * 3])
    with zipfile.ZipFile(path) if zipfile.is_zipfile(path) else io.BytesIO() as archive:
        if isinstance(archive, zipfile.ZipFile):
            assert metadata.files == {name: archive.read(name) for name in archive.namelist()}
        else:
            assert not metadata.files


def test_metadata_in_words():
    unit = {"options_type": 1, "options": {"mean": [127.5], "std": [128.0]}}
    box = {"content_properties_type": 3, "content_properties": {"type": 1, "index": [1, 0, 3, 2]}}
    outputs = [
        {"name": "location", "content": box},
        {"name": "score", "associated_files": [{"name": "labels.txt", "type": 2}]},
    ]
    custom = [{"name": "A", "data": b"1"}, {"name": "A", "data": b"2"}, {}]
    graph = {
        "input_tensor_metadata": [{"description": "RGB", "process_units": [unit]}],
        "output_tensor_metadata": outputs,
        "custom_metadata": custom,
    }
    record = {
        "name": "Detector \udcff",
        "subgraph_metadata": [graph],
        "min_parser_version": "1.5.0",
    }
    files = [ZippedFile(b"labels.txt", b"cat\r\ndog\n\n"), ZippedFile(b"other", b"")]
    metadata = read_metadata(read_model(model_of(record, files)))
    assert metadata is not None
    assert (metadata.name, metadata.author) == ("Detector \ufffd", "")
    assert metadata.min_parser_version == "1.5.0"
    assert metadata.inputs[0].mean == (127.5,)
    assert metadata.inputs[0].std == (128.0,)
    assert metadata.inputs[0].labels is None
    assert metadata.outputs[0].content == "BoundingBoxProperties"
    assert metadata.outputs[0].properties == {"type": 1, "index": [1, 0, 3, 2]}
    assert metadata.outputs[1].labels == ("cat", "dog", "")
    assert metadata.custom == {"A": b"1", "": b""}
    assert list(metadata.files) == ["labels.txt", "other"]


def test_labels():
    assert labels_in(b"a\nb") == labels_in(b"a\r\nb\n") == ("a", "b")
    assert labels_in(b"") == ()
    assert labels_in(b"\n\n") == ("", "")
    assert labels_in("é".encode()) == ("é",)
    with pytest.raises(ModelError, match="labels"):
        labels_in(b"\n" * (2**20 + 1))


def test_metadata_of_a_later_version_are_refused():
    builder = flatbuffers.Builder(0)
    builder.Finish(write_table(builder, {8: ("text", "new")}), b"M001")
    model = ModelBuilder()
    model.metadata[ENTRY] = bytes(builder.Output())
    with pytest.raises(ModelError, match="ModelMetadata has fields of a later version"):
        read_metadata(read_model(model.build([], [model.tensor((1,))])))


@functools.cache
def full_model() -> bytes:
    return model_of(filled("ModelMetadata"), [ZippedFile(b"a", b"bcd"), ZippedFile(b"e", b"")])


@given(draw=st.data())
def test_any_damage_gives_metadata_or_a_typed_error(draw):
    data = bytearray(full_model())
    start = data.index(b"M001") - 4
    for _ in range(draw.draw(st.integers(1, 4))):
        position = draw.draw(st.integers(start, len(data) - 4))
        struct.pack_into("<I", data, position, draw.draw(st.integers(0, 2**32 - 1)))
    try:
        metadata = read_metadata(read_model(data))
        assert metadata is not None
        write_metadata_record(metadata.record)
    except ModelError:
        pass
