"""The metadata that MediaPipe Tasks' ObjectDetector wants of a model, put into what it has.

What ObjectDetector does not look at stays: names, descriptions, authors, other custom metadata,
other files, other process units.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mediapipe_anchors.errors import MediaPipeAnchorsError, ModelError
from mediapipe_anchors.tflite import metadata as schema
from mediapipe_anchors.tflite.associated_files import ZippedFile
from mediapipe_anchors.tflite.records import Record, readable

PARSER_VERSION = (1, 5, 0)  # the first that knows custom metadata


@dataclasses.dataclass
class Draft:
    """The metadata of a model while they are changed.

    Attributes:
        record: by the names of `metadata.SCHEMA`.
        files: the files behind the model, by name as bytes.
    """

    record: Record
    files: dict[bytes, ZippedFile]

    @classmethod
    def of(cls, record: Record | None, files: Iterable[ZippedFile]) -> Draft:
        """From what a model has; it is not changed."""
        return cls({} if record is None else record, {file.name: file for file in files})

    @property
    def graph(self) -> Record:
        """The metadata of the subgraph."""
        graphs: list[Record] = self.record.setdefault("subgraph_metadata", [])
        if not graphs:
            graphs.append({})
        return graphs[0]

    def input(self) -> Record:
        """The metadata of the image."""
        tensors: list[Record] = self.graph.setdefault("input_tensor_metadata", [])
        if not tensors:
            tensors.append({"name": "image"})
        return tensors[0]

    def outputs(self, names: Sequence[str]) -> list[Record]:
        """The metadata of the outputs, one each and with these names, by which Tasks knows them."""
        tensors: list[Record] = self.graph.setdefault("output_tensor_metadata", [])
        del tensors[len(names) :]
        tensors += [{} for _ in range(len(names) - len(tensors))]
        for tensor, name in zip(tensors, names, strict=True):
            tensor["name"] = name
        return tensors

    def set_version(self) -> None:
        """State the least parser version, or leave a later one."""
        stated = self.record.get("min_parser_version", "")
        parts = tuple(map(int, re.findall(r"\d{1,9}", stated)))[:3]
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9}){0,2}", stated) or parts < PARSER_VERSION:
            self.record["min_parser_version"] = ".".join(map(str, PARSER_VERSION))

    def set_custom(self, name: str, data: bytes) -> None:
        """Put custom metadata first: Tasks crashes on one without a name that comes before it."""
        entries = [entry for entry in self.graph.get("custom_metadata", ()) if _not(entry, name)]
        self.graph["custom_metadata"] = [{"name": name, "data": data}, *entries]


def _not(entry: Mapping[str, Any], name: str) -> bool:
    return bool(entry.get("name") != name)


def set_image(tensor: Record) -> None:
    """State that the input is RGB."""
    content = tensor.setdefault("content", {})
    if content.get("content_properties_type") != schema.IMAGE:
        content["content_properties_type"] = schema.IMAGE
        content["content_properties"] = {}
    content.setdefault("content_properties", {})["color_space"] = schema.RGB


def set_normalization(tensor: Record, mean: float, std: float) -> None:
    """State how pixels become the input: (pixel - mean) / std."""
    options = {"mean": [mean], "std": [std]}
    unit = {"options_type": schema.NORMALIZATION, "options": options}
    units = tensor.get("process_units", [])
    tensor["process_units"] = [unit, *(other for other in units if not _normalizes(other))]


def normalizations(tensor: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the metadata of an input say of its normalisation; more than one is a mistake."""
    units = tensor.get("process_units", ())
    return [unit.get("options", {}) for unit in units if _normalizes(unit)]


def check_normalization(tensor: Mapping[str, Any]) -> None:
    """Refuse a float input whose metadata do not say, as Tasks takes it, what it is.

    Raises:
        MediaPipeAnchorsError: no mean and std, or more than one pair of them.
    """
    stated = normalizations(tensor)
    if len(stated) == 1:
        mean, std = stated[0].get("mean", ()), stated[0].get("std", ())
        pairs = set(zip(mean, std, strict=False))
        sizes_fit = len(mean) == len(std) and len(mean) in (1, 3)
        if sizes_fit and len(pairs) == 1 and check_std(*pairs.pop()):
            return
    raise MediaPipeAnchorsError(
        field="mean, std",
        value=[dict(options) for options in stated] or None,
        expected="a mean and a std for the float32 input, the same for all channels",
        fix="pass those that the model was trained with: mean=127.5, std=127.5 for an input from "
        "-1 to 1, mean=0, std=255 for one from 0 to 1",
    )


def check_std(mean: float, std: float) -> bool:
    """Whether MediaPipe takes these two."""
    return bool(np.isfinite(mean) and np.isfinite(std) and abs(std) > np.finfo(np.float32).eps)


def _normalizes(unit: Mapping[str, Any]) -> bool:
    return unit.get("options_type") == schema.NORMALIZATION


def set_boxes(tensor: Record, index: Sequence[int] | None) -> None:
    """State that boxes are fractions of the image; `index`: where left, top, right, bottom are."""
    properties: Record = {"type": schema.BOUNDARIES, "coordinate_type": schema.RATIO}
    if index is not None:
        properties["index"] = list(index)
    content = tensor.setdefault("content", {})
    content["content_properties_type"] = schema.BOX
    content["content_properties"] = properties


def set_labels(draft: Draft, tensor: Record, kind: int, labels: Sequence[str]) -> None:
    """Put a file of labels behind the model, in place of the one that the tensor names."""
    old = [entry for entry in tensor.get("associated_files", ()) if entry.get("type") == kind]
    kept = [entry for entry in tensor.get("associated_files", ()) if entry.get("type") != kind]
    tensor["associated_files"] = kept
    named_elsewhere = _file_names(draft.record)
    own = [_key(entry["name"]) for entry in old if "name" in entry]
    own = [name for name in own if name not in named_elsewhere]
    for other in own[1:]:
        draft.files.pop(other, None)
    name = own[0] if own else _free_name(draft)
    draft.files[name] = ZippedFile(name, "".join(f"{label}\n" for label in labels).encode())
    entry = {
        "name": name.decode("utf-8", "surrogateescape"),
        "description": "Names of the classes, a line each.",
        "type": kind,
    }
    tensor["associated_files"] = [entry, *kept]


def _free_name(draft: Draft) -> bytes:
    names = (f"labels{number}.txt".encode() for number in itertools.count(2))
    return next(name for name in itertools.chain([b"labels.txt"], names) if name not in draft.files)


def stated_labels(draft: Draft, tensor: Mapping[str, Any], kind: int) -> tuple[str, ...] | None:
    """The labels that the tensor names, as Tasks reads them; None where it names none.

    Raises:
        ModelError: the file is not there, or empty.
    """
    for entry in tensor.get("associated_files", ()):
        if entry.get("type") == kind and "name" in entry:
            file = draft.files.get(_key(entry["name"]))
            if file is None or not file.data:
                raise ModelError(
                    f"its metadata name the labels {readable(entry['name'])!r}, but this file is "
                    f"{'not behind the model' if file is None else 'empty'}; pass labels"
                )
            return schema.labels_in(file.data)
    return None


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _file_names(value: Any) -> set[bytes]:
    """The names of all files that a record names."""
    if isinstance(value, list):
        return set().union(*map(_file_names, value))
    if not isinstance(value, dict):
        return set()
    lists = [entry for key, entry in value.items() if key in ("associated_files", "vocab_file")]
    lists.append(value.get("sentencePiece_model", ()))
    named = {_key(entry["name"]) for entries in lists for entry in entries if "name" in entry}
    return named.union(*map(_file_names, value.values()))
