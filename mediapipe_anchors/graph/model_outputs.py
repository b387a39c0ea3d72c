"""The shapes of a TFLite model's outputs, read without TFLite and without trust in the file."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from mediapipe_anchors.errors import ModelError

Shape = tuple[int, ...]

MAX_OUTPUTS, MAX_RANK = 1000, 16  # a damaged file may say anything

# Field numbers in the schema of TFLite.
_MODEL_SUBGRAPHS = 2
_SUBGRAPH_TENSORS, _SUBGRAPH_OUTPUTS = 0, 2
_TENSOR_SHAPE, _TENSOR_SIGNATURE = 0, 7


def read_output_shapes(path: str | os.PathLike[str]) -> list[Shape | None]:
    """The shape of each output of a model's first subgraph, in order.

    A shape is None where the file leaves it open until the model runs.

    Raises:
        ModelError: the file cannot be read, or is no TFLite model, or a damaged one.
    """
    try:
        if not Path(path).is_file():  # a pipe would keep us waiting
            raise ModelError("no such file", path=path)
        with Path(path).open("rb") as file:
            return _FlatBuffer(file, path).output_shapes()
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror}", path=path) from None


class _FlatBuffer:
    """Reads single values of a FlatBuffers file; each is looked up, and none is believed."""

    def __init__(self, file: BinaryIO, path: str | os.PathLike[str]) -> None:
        self._file = file
        self._path = path

    def output_shapes(self) -> list[Shape | None]:
        if self._bytes(4, 4) != b"TFL3":
            raise ModelError("not a TFLite model: it lacks the identifier TFL3", path=self._path)
        model = self._number("<I", 0)
        subgraphs = self._vector(model, _MODEL_SUBGRAPHS)
        subgraph = self._element(subgraphs, 0)
        tensors = self._vector(subgraph, _SUBGRAPH_TENSORS)
        outputs = self._integers(subgraph, _SUBGRAPH_OUTPUTS, MAX_OUTPUTS)
        return [self._shape(self._element(tensors, index)) for index in outputs]

    def _shape(self, tensor: int) -> Shape | None:
        shape = self._integers(tensor, _TENSOR_SHAPE, MAX_RANK)
        signature = self._integers(tensor, _TENSOR_SIGNATURE, MAX_RANK)
        return None if min((*shape, *signature), default=1) < 1 else tuple(shape)

    def _integers(self, table: int, field: int, limit: int) -> list[int]:
        start, length = self._vector(table, field)
        if length > limit:
            raise self._damaged(f"{length} values where at most {limit} make sense")
        return list(struct.unpack(f"<{length}i", self._bytes(start, 4 * length)))

    def _element(self, vector: tuple[int, int], index: int) -> int:
        """Where the table stands that an entry of a vector points to."""
        start, length = vector
        if not 0 <= index < length:
            raise self._damaged(f"entry {index} of {length}")
        position = start + 4 * index
        return position + self._number("<I", position)

    def _vector(self, table: int, field: int) -> tuple[int, int]:
        """The start and length of a table's vector; a field that is absent has none."""
        fields = table - self._number("<i", table)
        entry = 4 + 2 * field
        offset = 0
        if entry < self._number("<H", fields):
            offset = self._number("<H", fields + entry)
        if offset == 0:
            return 0, 0
        position = table + offset
        position += self._number("<I", position)
        return position + 4, self._number("<I", position)

    def _number(self, kind: str, position: int) -> int:
        (number,) = struct.unpack(kind, self._bytes(position, struct.calcsize(kind)))
        return int(number)

    def _bytes(self, position: int, size: int) -> bytes:
        if position < 0:
            raise self._damaged(f"an offset of {position}")
        self._file.seek(position)
        data = self._file.read(size)
        if len(data) < size:
            raise self._damaged(f"it ends before byte {position + size}")
        return data

    def _damaged(self, what: str) -> ModelError:
        return ModelError(f"not a TFLite model, or a damaged one: {what}", path=self._path)
