"""Writes a TFLite model with other metadata, constants or custom options, and all else as it was.

The file's bytes stay, as the end of a new file (see `Front`); constants and options that keep their
size are changed where they lie. So weights are copied and never parsed, and a model that has been
written here before does not grow: what stands in front of its bytes is written anew.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite import metadata
from mediapipe_anchors.tflite.associated_files import ZippedFile, join_files, split_files
from mediapipe_anchors.tflite.flatbuffer import Table
from mediapipe_anchors.tflite.front import Front, behind
from mediapipe_anchors.tflite.model import Model, Quantization, Tensor
from mediapipe_anchors.tflite.read import (
    BUFFER_OFFSET,
    GRAPH_OPERATORS,
    GRAPH_TENSORS,
    IDENTIFIER,
    MAX_BUFFERS,
    MAX_ENDS,
    MAX_OPERATORS,
    MAX_TENSORS,
    METADATA_BUFFER,
    METADATA_NAME,
    MODEL_BUFFERS,
    MODEL_METADATA,
    MODEL_SUBGRAPHS,
    OPERATOR_CUSTOM,
    QUANTIZATION_SCALE,
    QUANTIZATION_ZERO_POINT,
    TENSOR_BUFFER,
    TENSOR_QUANTIZATION,
    TENSOR_SHAPE,
    read_model,
)
from mediapipe_anchors.tflite.records import create_bytes, create_offsets

# The schema of the tables that may be written anew: the kind of each field, "" for an offset.
_MODEL = {0: "I", 1: "", 2: "", 3: "", 4: "", 5: "", 6: "", 7: "", 8: "", 9: ""}
_GRAPH = {0: "", 1: "", 2: "", 3: "", 4: "", 5: "i"}
_TENSOR = {0: "", 1: "b", 2: "I", 3: "", 4: "", 5: "?", 6: "", 7: "", 8: "?", 9: "", 10: "I"}
_QUANTIZATION = {0: "", 1: "", 2: "", 3: "", 4: "B", 5: "", 6: "i"}
_OPERATOR = {0: "I", 1: "", 2: "", 3: "B", 4: "", 5: "", 6: "b", 7: "", 8: "", 9: "Q", 10: "Q"}
_OPERATOR |= {11: "B", 12: "", 13: "i"}
_BUFFER = {0: "", 1: "Q", 2: "Q"}
_METADATA = {0: "", 1: "I"}

_FAR_OPTIONS = 9  # field of an operator: where its options lie behind the tables


@dataclasses.dataclass(frozen=True)
class Constant:
    """What a constant tensor shall hold.

    Attributes:
        values: in the tensor's own dtype, and in its new shape.
        quantization: how they stand for real numbers; None for a float tensor.
    """

    values: npt.NDArray[np.generic]
    quantization: Quantization | None = None


@dataclasses.dataclass(frozen=True)
class Changes:
    """What shall differ in a model.

    Attributes:
        metadata: the `TFLITE_METADATA`; None for a model that shall have none.
        files: all files behind the model; each with data.
        constants: {number of a tensor: what it shall hold}.
        custom_options: {number of an operator: its options}.
    """

    metadata: bytes | None
    files: tuple[ZippedFile, ...] = ()
    constants: Mapping[int, Constant] = dataclasses.field(default_factory=dict)
    custom_options: Mapping[int, bytes] = dataclasses.field(default_factory=dict)


def rewrite_model(model: Model, changes: Changes) -> bytes:
    """The model's file with the changes; to make the same changes again changes nothing.

    Raises:
        ModelError: a table that must be written anew has fields of a later version of the schema;
            or the file shares bytes between what changes and what does not.
    """
    old = behind(split_files(bytes(model.file.data))[0], IDENTIFIER)
    writer = _Writer(read_model(old), old, changes)
    written = writer.write(0)
    if writer.has_far_buffers:
        written = writer.write(len(written) - Front.padded(len(old)))
    written = join_files(written, changes.files)
    for what in _differences(model, read_model(written), changes):
        raise ModelError(
            f"{what} would change with the rest: the file shares their bytes; convert it again",
            path=model.path,
        )
    return written


class _Writer:
    """Writes `base`, whose bytes are `old`, with the changes."""

    def __init__(self, base: Model, old: bytes, changes: Changes) -> None:
        self._base = base
        self._changes = changes
        self._old = bytearray(old)
        self._root = base.file.root
        (self._graph,) = self._root.tables(MODEL_SUBGRAPHS, 1)
        if any(step.table.integer(_FAR_OPTIONS, "Q") > 1 for step in base.operators):
            raise ModelError(
                "it keeps options of an operator behind its tables, as files above 2 GB do; "
                "convert it again without"
            )
        self._buffers = list(self._root.tables(MODEL_BUFFERS, MAX_BUFFERS))
        self._added: list[bytes] = []
        self._tensors = {index: self._tensor(index) for index in changes.constants}
        self._operators = {
            index: data
            for index, data in changes.custom_options.items()
            if not self._patch_options(index, data)
        }
        self.has_far_buffers = any(table.integer(BUFFER_OFFSET, "Q") > 1 for table in self._buffers)

    def write(self, moved: int) -> bytes:
        """The new file; `moved` is how far the old bytes will be from its start."""
        front = Front(self._old)
        index, entries = self._metadata(front)
        buffers = [
            self._buffer(front, table, moved) if number != index else self._new_buffer(front)
            for number, table in enumerate(self._buffers)
        ]
        buffers += [_write_buffer(front, data) for data in self._added]
        if index == len(buffers):
            buffers.append(self._new_buffer(front))
        root = {
            MODEL_BUFFERS: create_offsets(front.builder, buffers),
            MODEL_METADATA: create_offsets(front.builder, entries),
        }
        if self._operators or any(self._tensors.values()):
            graph = self._write_graph(front)
            root[MODEL_SUBGRAPHS] = create_offsets(front.builder, [graph])
        return front.finish(front.rewrite(self._root, _MODEL, root), IDENTIFIER)

    def _tensor(self, index: int) -> dict[int, int | Quantization | tuple[int, ...]]:
        """The fields in which a tensor changes; its values are patched where they can be."""
        tensor, wanted = self._base.tensors[index], self._changes.constants[index]
        fields: dict[int, int | Quantization | tuple[int, ...]] = {}
        data = _little_endian(wanted.values)
        start, size = self._base.buffers[tensor.buffer]
        if self._old[start : start + size] != data:
            if size == len(data) and self._is_alone(tensor):
                self._old[start : start + size] = data
            else:
                fields[TENSOR_BUFFER] = len(self._buffers) + len(self._added)
                self._added.append(data)
        if tensor.shape != wanted.values.shape:
            fields[TENSOR_SHAPE] = wanted.values.shape
        if wanted.quantization not in (None, tensor.quantization):
            assert wanted.quantization is not None
            fields[TENSOR_QUANTIZATION] = wanted.quantization
        return fields

    def _is_alone(self, tensor: Tensor) -> bool:
        """Whether no other tensor, and no other buffer, has the same bytes."""
        same_bytes = [span for span in self._base.buffers if span[0] == self._start(tensor)]
        users = [other for other in self._base.tensors if other.buffer == tensor.buffer]
        return len(same_bytes) == len(users) == 1

    def _start(self, tensor: Tensor) -> int:
        return self._base.buffers[tensor.buffer][0]

    def _patch_options(self, index: int, data: bytes) -> bool:
        """Put options of the same size in the place of an operator's; False where they have not."""
        start, size = self._base.operators[index].table.vector(OPERATOR_CUSTOM, len(self._old))
        if size != len(data):
            return False
        self._old[start : start + size] = data
        return True

    def _metadata(self, front: Front) -> tuple[int, list[int]]:
        """The number of the buffer for the metadata, and the tables of `Model.metadata`."""
        index = len(self._buffers) + len(self._added)
        tables = list(self._root.tables(MODEL_METADATA, MAX_ENDS))
        names = [table.text(METADATA_NAME) for table in tables]
        entries = [front.old(table.position) for table in tables]
        if self._changes.metadata is None:
            return -1, entries
        if metadata.ENTRY in names:
            place = names.index(metadata.ENTRY)
            number = tables[place].integer(METADATA_BUFFER, "I")
            if all(tensor.buffer != number for tensor in self._base.tensors):
                index = number
            entries[place] = front.rewrite(tables[place], _METADATA, {METADATA_BUFFER: index})
        else:
            name = front.builder.CreateString(metadata.ENTRY)
            front.builder.StartObject(2)
            front.builder.PrependUOffsetTRelativeSlot(METADATA_NAME, name, 0)
            front.builder.PrependUint32Slot(METADATA_BUFFER, index, 0)
            entries.append(int(front.builder.EndObject()))
        return index, entries

    def _buffer(self, front: Front, table: Table, moved: int) -> int:
        offset = table.integer(BUFFER_OFFSET, "Q")
        if offset <= 1:
            return front.old(table.position)
        return front.rewrite(table, _BUFFER, {BUFFER_OFFSET: offset + moved})

    def _new_buffer(self, front: Front) -> int:
        assert self._changes.metadata is not None
        return _write_buffer(front, self._changes.metadata)

    def _write_graph(self, front: Front) -> int:
        tensors = [
            front.rewrite(tensor, _TENSOR, _write_fields(front, tensor, self._tensors[number]))
            if self._tensors.get(number)
            else front.old(tensor.position)
            for number, tensor in enumerate(self._graph.tables(GRAPH_TENSORS, MAX_TENSORS))
        ]
        operators = [
            front.rewrite(table, _OPERATOR, {OPERATOR_CUSTOM: self._new_options(front, number)})
            if number in self._operators
            else front.old(table.position)
            for number, table in enumerate(self._graph.tables(GRAPH_OPERATORS, MAX_OPERATORS))
        ]
        changes = {
            GRAPH_TENSORS: create_offsets(front.builder, tensors),
            GRAPH_OPERATORS: create_offsets(front.builder, operators),
        }
        return front.rewrite(self._graph, _GRAPH, changes)

    def _new_options(self, front: Front, number: int) -> int:
        return create_bytes(front.builder, self._operators[number])


def _little_endian(values: npt.NDArray[np.generic]) -> bytes:
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def _write_buffer(front: Front, data: bytes) -> int:
    vector = create_bytes(front.builder, data)
    front.builder.StartObject(1)
    front.builder.PrependUOffsetTRelativeSlot(0, vector, 0)
    return int(front.builder.EndObject())


def _write_fields(
    front: Front, table: Table, fields: Mapping[int, int | Quantization | tuple[int, ...]]
) -> dict[int, int]:
    """The fields of a tensor as `Front.rewrite` takes them."""
    written = {}
    for field, value in fields.items():
        if isinstance(value, Quantization):
            old = table.table(TENSOR_QUANTIZATION)
            assert old is not None
            create = front.builder.CreateNumpyVector
            changes = {
                QUANTIZATION_SCALE: create(np.array(value.scale, "<f4")),
                QUANTIZATION_ZERO_POINT: create(np.array(value.zero_point, "<i8")),
            }
            written[field] = front.rewrite(old, _QUANTIZATION, changes)
        elif isinstance(value, tuple):
            written[field] = front.builder.CreateNumpyVector(np.array(value, "<i4"))
        else:
            written[field] = value
    return written


def _differences(before: Model, after: Model, changes: Changes) -> Iterator[str]:
    """What of the model has changed though it should not have."""
    for name in ("num_subgraphs", "description", "output_names", "inputs", "outputs"):
        if getattr(before, name) != getattr(after, name):
            yield f"the model's {name}"
    for one, other in zip(before.tensors, after.tensors, strict=True):
        wanted = changes.constants.get(one.index)
        if wanted is not None:
            same = bytes(after.data_of(other)) == _little_endian(wanted.values)
        else:
            same = dataclasses.replace(one, buffer=other.buffer) == other
            same = same and before.data_of(one) == after.data_of(other)
        if not same:
            yield f"tensor {one.index} ({one.name})"
    for number, (step, new) in enumerate(zip(before.operators, after.operators, strict=True)):
        wanted_options = changes.custom_options.get(number, step.custom_options)
        if step != new or wanted_options != new.custom_options:
            yield f"operator {number} ({step.name})"
    for name, data in before.metadata.items():
        if name != metadata.ENTRY and after.metadata.get(name) != data:
            yield f"the metadata {name}"
    written = after.metadata.get(metadata.ENTRY)
    if (None if written is None else bytes(written)) != changes.metadata:
        yield f"the metadata {metadata.ENTRY}"
