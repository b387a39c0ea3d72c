"""`read_model`: a TFLite file or its bytes to a `Model`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.flatbuffer import FlatBuffer, Table
from mediapipe_anchors.tflite.model import Model, Operator, Quantization, Tensor
from mediapipe_anchors.tflite.operator_names import CUSTOM, builtin_name, element_type

IDENTIFIER = b"TFL3"

# A damaged file may say anything; the largest detectors have about a thousand tensors.
MAX_FILE_BYTES = 2**29
MAX_TENSORS = MAX_OPERATORS = MAX_BUFFERS = 20_000
MAX_ENDS, MAX_RANK, MAX_CHANNELS = 1_000, 16, 100_000

# Field numbers of TFLite's schema.
MODEL_CODES, MODEL_SUBGRAPHS, MODEL_DESCRIPTION, MODEL_BUFFERS, MODEL_METADATA = 1, 2, 3, 4, 6
MODEL_SIGNATURES = 7
CODE_OLD_BUILTIN, CODE_CUSTOM, CODE_BUILTIN = 0, 1, 3
GRAPH_TENSORS, GRAPH_INPUTS, GRAPH_OUTPUTS, GRAPH_OPERATORS = 0, 1, 2, 3
TENSOR_SHAPE, TENSOR_TYPE, TENSOR_BUFFER, TENSOR_NAME, TENSOR_QUANTIZATION = 0, 1, 2, 3, 4
TENSOR_SIGNATURE = 7
QUANTIZATION_SCALE, QUANTIZATION_ZERO_POINT, QUANTIZATION_DIMENSION = 2, 3, 6
OPERATOR_CODE, OPERATOR_INPUTS, OPERATOR_OUTPUTS, OPERATOR_OPTIONS, OPERATOR_CUSTOM = 0, 1, 2, 4, 5
BUFFER_DATA, BUFFER_OFFSET, BUFFER_SIZE = 0, 1, 2
METADATA_NAME, METADATA_BUFFER = 0, 1
SIGNATURE_OUTPUTS, SIGNATURE_GRAPH, MAP_NAME, MAP_TENSOR = 1, 4, 0, 1


def read_model(source: str | os.PathLike[str] | bytes | bytearray | memoryview) -> Model:
    """Read a TFLite model, which needs neither TensorFlow nor a TFLite runtime.

    Args:
        source: a path, or the bytes of the file.

    Raises:
        ModelError: it cannot be read, is no TFLite model, or a damaged one, or is larger than
            512 MiB.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _model(FlatBuffer(bytes(source), "TFLite model", IDENTIFIER))
    if not isinstance(source, (str, os.PathLike)):
        raise ModelError(f"got a {type(source).__name__}, expected a path or bytes")
    return _model(FlatBuffer(_read_file(source), "TFLite model", IDENTIFIER, source))


def _read_file(path: str | os.PathLike[str]) -> bytes:
    try:
        if Path(path).is_dir():
            raise ModelError("is a directory: expected a .tflite file", path=path)
        if not Path(path).is_file():  # a pipe would keep us waiting
            raise ModelError("no such file", path=path)
        with Path(path).open("rb") as file:
            if file.read(8)[4:] != IDENTIFIER:  # so that no other large file is read
                raise ModelError("not a TFLite model: it lacks the identifier TFL3", path=path)
            if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                raise ModelError(f"larger than {MAX_FILE_BYTES // 2**20} MiB", path=path)
            file.seek(0)
            return file.read(MAX_FILE_BYTES)
    except ModelError:
        raise
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror}", path=path) from None
    except ValueError as error:  # a path with a null character
        raise ModelError(str(error), path=path) from None


def _model(file: FlatBuffer) -> Model:
    root = file.root
    buffers = tuple(_buffer(file, table) for table in root.tables(MODEL_BUFFERS, MAX_BUFFERS))
    graphs = root.tables(MODEL_SUBGRAPHS, MAX_ENDS)
    graph = next(graphs, None)
    if graph is None:
        raise file.damaged("it has no subgraph")
    tensors = tuple(
        _tensor(index, table, len(buffers))
        for index, table in enumerate(graph.tables(GRAPH_TENSORS, MAX_TENSORS))
    )
    return Model(
        path=file.path,
        file=file,
        num_subgraphs=root.vector(MODEL_SUBGRAPHS, MAX_ENDS)[1],
        description=root.text(MODEL_DESCRIPTION) or "",
        tensors=tensors,
        operators=tuple(_operators(root, graph, len(tensors))),
        inputs=tuple(_ends(graph, GRAPH_INPUTS, tensors)),
        outputs=tuple(_ends(graph, GRAPH_OUTPUTS, tensors)),
        buffers=buffers,
        metadata=_metadata(root, buffers),
        output_names=_output_names(root),
    )


def _buffer(file: FlatBuffer, table: Table) -> tuple[int, int]:
    """The first byte and the size; files above 2 GB keep the data behind the tables."""
    start, size = table.vector(BUFFER_DATA, len(file.data))
    offset = table.integer(BUFFER_OFFSET, "Q")
    if offset > 1:  # 0 and 1 mean none
        start, size = offset, table.integer(BUFFER_SIZE, "Q")
    file.span(start, size)
    return start, size


def _tensor(index: int, table: Table, num_buffers: int) -> Tensor:
    shape = converted_shape = table.integers(TENSOR_SHAPE, "i", MAX_RANK)
    signature = table.integers(TENSOR_SIGNATURE, "i", MAX_RANK)
    if len(signature) == len(shape):
        pairs = zip(shape, signature, strict=True)
        shape = tuple(-1 if signed < 0 else size for size, signed in pairs)
    if min(shape, default=0) < -1:
        raise table.file.damaged(f"tensor {index} has the shape {list(shape)}")
    buffer = table.integer(TENSOR_BUFFER, "I")
    if buffer >= max(num_buffers, 1):
        raise table.file.damaged(f"tensor {index} has buffer {buffer} of {num_buffers}")
    return Tensor(
        index,
        table.text(TENSOR_NAME) or "",
        shape,
        converted_shape,
        element_type(table.integer(TENSOR_TYPE, "b")),
        _quantization(table.table(TENSOR_QUANTIZATION)),
        buffer,
        table,
    )


def _quantization(table: Table | None) -> Quantization | None:
    if table is None:
        return None
    scale = tuple(float(x) for x in table.numbers(QUANTIZATION_SCALE, "f", MAX_CHANNELS))
    if not scale:  # some converters write only the range that they saw
        return None
    zero_point = table.integers(QUANTIZATION_ZERO_POINT, "q", MAX_CHANNELS)
    if not zero_point:
        zero_point = (0,) * len(scale)
    if len(zero_point) != len(scale):
        raise table.file.damaged(f"{len(scale)} scales beside {len(zero_point)} zero points")
    return Quantization(scale, zero_point, table.integer(QUANTIZATION_DIMENSION, "i"))


def _operators(root: Table, graph: Table, num_tensors: int) -> Iterable[Operator]:
    names = [_operator_name(code) for code in root.tables(MODEL_CODES, MAX_OPERATORS)]
    for number, table in enumerate(graph.tables(GRAPH_OPERATORS, MAX_OPERATORS)):
        code = table.integer(OPERATOR_CODE, "I")
        if code >= len(names):
            raise table.file.damaged(f"operator {number} is of kind {code} of {len(names)}")
        name, is_custom = names[code]
        inputs = table.integers(OPERATOR_INPUTS, "i", MAX_TENSORS)
        outputs = table.integers(OPERATOR_OUTPUTS, "i", MAX_TENSORS)
        for index in (*inputs, *outputs):
            if not -1 <= index < num_tensors or index == -1 in outputs:
                raise table.file.damaged(f"operator {number} ({name}): tensor {index}")
        custom = table.span(OPERATOR_CUSTOM)
        yield Operator(
            name=name,
            is_custom=is_custom,
            inputs=inputs,
            outputs=outputs,
            options=None if is_custom else table.table(OPERATOR_OPTIONS),
            custom_options=memoryview(b"") if custom is None else custom,
            table=table,
        )


def _operator_name(code: Table) -> tuple[str, bool]:
    """The name, and whether the operator is a custom one.

    Old files have a byte for the number, which later ones fill with 127 where it is too small.
    """
    number = max(code.integer(CODE_OLD_BUILTIN, "b"), code.integer(CODE_BUILTIN, "i"))
    if number == CUSTOM:
        return code.text(CODE_CUSTOM) or "CUSTOM", True
    return builtin_name(number), False


def _ends(graph: Table, field: int, tensors: tuple[Tensor, ...]) -> Iterable[Tensor]:
    for index in graph.integers(field, "i", MAX_ENDS):
        if not 0 <= index < len(tensors):
            raise graph.file.damaged(f"entry {index} of {len(tensors)} tensors")
        yield tensors[index]


def _metadata(root: Table, buffers: tuple[tuple[int, int], ...]) -> dict[str, memoryview]:
    found: dict[str, memoryview] = {}
    for table in root.tables(MODEL_METADATA, MAX_ENDS):
        index = table.integer(METADATA_BUFFER, "I")
        if index >= len(buffers):
            raise root.file.damaged(f"metadata in buffer {index} of {len(buffers)}")
        # Of several of a name MediaPipe reads the first.
        found.setdefault(table.text(METADATA_NAME) or "", root.file.span(*buffers[index]))
    return found


def _output_names(root: Table) -> dict[int, str]:
    """The names of the first signature of the first subgraph."""
    for signature in root.tables(MODEL_SIGNATURES, MAX_ENDS):
        if signature.integer(SIGNATURE_GRAPH, "I") == 0:
            return {
                entry.integer(MAP_TENSOR, "I"): entry.text(MAP_NAME) or ""
                for entry in signature.tables(SIGNATURE_OUTPUTS, MAX_ENDS)
            }
    return {}
