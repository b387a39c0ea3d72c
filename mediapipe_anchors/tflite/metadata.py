"""What a TFLite model says of itself: its metadata (`TFLITE_METADATA`) and the files behind it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.tflite.associated_files import split_files
from mediapipe_anchors.tflite.flatbuffer import FlatBuffer
from mediapipe_anchors.tflite.model import Model
from mediapipe_anchors.tflite.records import Record, Schema, read_record, readable, write_record

Files = Mapping[str, "bytes | memoryview | None"]

ENTRY = "TFLITE_METADATA"
IDENTIFIER = b"M001"
MAX_TABLES, MAX_LABELS = 20_000, 2**20

# Numbers in the schema: what a file of labels is, and the kinds of a union.
AXIS_LABELS, VALUE_LABELS = 2, 3
IMAGE, BOX = 2, 3
NORMALIZATION = 1
RGB = 1
BOUNDARIES, RATIO = 1, 0

_CONTENT = "FeatureProperties|ImageProperties|BoundingBoxProperties|AudioProperties"
_CONTENT_NAMES = dict(enumerate(_CONTENT.split("|"), start=1))
_UNIT = (
    "NormalizationOptions|ScoreCalibrationOptions|ScoreThresholdingOptions|BertTokenizerOptions|"
    "SentencePieceTokenizerOptions|RegexTokenizerOptions"
)
SCHEMA: Schema = {
    "ModelMetadata": (
        "name text",
        "description text",
        "version text",
        "subgraph_metadata [SubGraphMetadata]",
        "author text",
        "license text",
        "associated_files [AssociatedFile]",
        "min_parser_version text",
    ),
    "SubGraphMetadata": (
        "name text",
        "description text",
        "input_tensor_metadata [TensorMetadata]",
        "output_tensor_metadata [TensorMetadata]",
        "associated_files [AssociatedFile]",
        "input_process_units [ProcessUnit]",
        "output_process_units [ProcessUnit]",
        "input_tensor_groups [TensorGroup]",
        "output_tensor_groups [TensorGroup]",
        "custom_metadata [CustomMetadata]",
    ),
    "TensorMetadata": (
        "name text",
        "description text",
        "dimension_names texts",
        "content Content",
        "process_units [ProcessUnit]",
        "stats Stats",
        "associated_files [AssociatedFile]",
    ),
    "CustomMetadata": ("name text", "data bytes"),
    "TensorGroup": ("name text", "tensor_names texts"),
    "AssociatedFile": (
        "name text",
        "description text",
        "type int8",
        "locale text",
        "version text",
    ),
    "Content": (
        "content_properties_type uint8",
        f"content_properties {_CONTENT}",
        "range ValueRange",
    ),
    "FeatureProperties": (),
    "ImageProperties": ("color_space int8", "default_size ImageSize"),
    "ImageSize": ("width uint32", "height uint32"),
    "BoundingBoxProperties": ("index uint32s", "type int8", "coordinate_type int8"),
    "AudioProperties": ("sample_rate uint32", "channels uint32"),
    "ValueRange": ("min int32", "max int32"),
    "Stats": ("max float32s", "min float32s"),
    "ProcessUnit": ("options_type uint8", f"options {_UNIT}"),
    "NormalizationOptions": ("mean float32s", "std float32s"),
    "ScoreCalibrationOptions": ("score_transformation int8", "default_score float32"),
    "ScoreThresholdingOptions": ("global_score_threshold float32",),
    "BertTokenizerOptions": ("vocab_file [AssociatedFile]",),
    "SentencePieceTokenizerOptions": (
        "sentencePiece_model [AssociatedFile]",
        "vocab_file [AssociatedFile]",
    ),
    "RegexTokenizerOptions": ("delim_regex_pattern text", "vocab_file [AssociatedFile]"),
}


@dataclasses.dataclass(frozen=True)
class TensorMetadata:
    """What a model says of an input or output.

    Attributes:
        name, description: "" where it has none.
        mean, std: an input is (pixel - mean) / std; one entry, or one for each channel; () where
            the model does not say.
        labels: the names of the classes, or None.
        content: "image", "box" and so on in the schema's words ("ImageProperties"), or "".
        properties: of the content, by the names of `SCHEMA`.
    """

    name: str = ""
    description: str = ""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    labels: tuple[str, ...] | None = None
    content: str = ""
    properties: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What a model says of itself and of its first subgraph.

    Attributes:
        name, description, version, author, license, min_parser_version: "" where not stated.
        inputs, outputs: in the model's order; () where the model says nothing of them.
        custom: {name: bytes} such as "DETECTOR_METADATA"; of several of a name the first.
        files: {name: contents} of the files behind the model; None for one that cannot be read.
        record: all of it, by the names of `SCHEMA`.
    """

    name: str
    description: str
    version: str
    author: str
    license: str
    min_parser_version: str
    inputs: tuple[TensorMetadata, ...]
    outputs: tuple[TensorMetadata, ...]
    custom: Mapping[str, bytes] = dataclasses.field(repr=False)
    files: Files = dataclasses.field(repr=False)
    record: Record = dataclasses.field(repr=False)


def read_metadata(model: Model) -> Metadata | None:
    """The metadata of a model; None where it has none.

    Raises:
        ModelError: damaged metadata, metadata of a later version, or damaged files behind the
            model.
    """
    record = read_metadata_record(model)
    if record is None:
        return None
    files = {
        file.name.decode("utf-8", "replace"): file.data
        for file in split_files(bytes(model.file.data))[1]
    }
    graph: Record = next(iter(record.get("subgraph_metadata", ())), {})
    custom: dict[str, bytes] = {}
    for entry in graph.get("custom_metadata", ()):
        custom.setdefault(readable(entry.get("name", "")), entry.get("data", b""))
    texts = ("name", "description", "version", "author", "license", "min_parser_version")
    labels = _LabelFiles(files)
    return Metadata(
        **{label: readable(record.get(label, "")) for label in texts},
        inputs=tuple(_tensor(entry, labels) for entry in graph.get("input_tensor_metadata", ())),
        outputs=tuple(_tensor(entry, labels) for entry in graph.get("output_tensor_metadata", ())),
        custom=custom,
        files=files,
        record=record,
    )


def read_metadata_record(model: Model) -> Record | None:
    """The metadata by the names of `SCHEMA`; None where the model has none. Raises likewise."""
    data = model.metadata.get(ENTRY)
    if data is None:
        return None
    what = "TFLite metadata"
    file = FlatBuffer(data, what, IDENTIFIER, model.path, max_tables=MAX_TABLES)
    return read_record(file.root, "ModelMetadata", SCHEMA)


def write_metadata_record(record: Mapping[str, Any]) -> bytes:
    """The FlatBuffer of what `read_metadata_record` gave; the same for the same record."""
    import flatbuffers

    builder = flatbuffers.Builder(4096)
    builder.Finish(write_record(builder, record, "ModelMetadata", SCHEMA), IDENTIFIER)
    return bytes(builder.Output())


def labels_in(data: bytes | memoryview) -> tuple[str, ...]:
    """The labels in a file, a line each, as MediaPipe reads them; an empty last line is none.

    Raises:
        ModelError: more than 2**20 lines.
    """
    if bytes(data).count(b"\n") > MAX_LABELS:
        raise _too_many_labels()
    lines = bytes(data).decode("utf-8", "replace").split("\n")
    if lines[-1] == "":
        del lines[-1]
    return tuple(line.removesuffix("\r") for line in lines)


class _LabelFiles:
    """The labels in files, each read once: many tensors may name one long file."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._read: dict[str, tuple[str, ...]] = {}

    def of(self, named: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
        """The labels of the first file of labels among those named; None where there is none."""
        for entry in named:
            if entry.get("type") in (AXIS_LABELS, VALUE_LABELS):
                return self._labels(readable(entry.get("name", "")))
        return None

    def _labels(self, name: str) -> tuple[str, ...] | None:
        data = self._files.get(name)
        if data is None:
            return None
        if name not in self._read:
            self._read[name] = labels_in(data)
            if sum(map(len, self._read.values())) > MAX_LABELS:
                raise _too_many_labels()
        return self._read[name]


def _too_many_labels() -> ModelError:
    return ModelError(f"more than {MAX_LABELS} labels")


def _tensor(entry: Mapping[str, Any], labels: _LabelFiles) -> TensorMetadata:
    content = entry.get("content", {})
    kind = content.get("content_properties_type", 0)
    options: Record = {}
    for unit in entry.get("process_units", ()):
        if unit.get("options_type") == NORMALIZATION:
            options = options or unit.get("options", {})
    return TensorMetadata(
        name=readable(entry.get("name", "")),
        description=readable(entry.get("description", "")),
        mean=tuple(options.get("mean", ())),
        std=tuple(options.get("std", ())),
        labels=labels.of(entry.get("associated_files", ())),
        content=_CONTENT_NAMES.get(kind, f"type_{kind}") if kind else "",
        properties=content.get("content_properties", {}),
    )
