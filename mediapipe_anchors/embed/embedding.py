"""`embed_anchors`: a model with the anchors and the decoding that its outputs need."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.embed.output_roles import raw_outputs
from mediapipe_anchors.embed.postprocess import (
    PostProcess,
    find_postprocess,
    write_anchors,
    write_options,
)
from mediapipe_anchors.embed.request import Request, make_request
from mediapipe_anchors.embed.tasks_limits import check_decode, check_model
from mediapipe_anchors.embed.tasks_metadata import (
    Draft,
    check_normalization,
    set_boxes,
    set_image,
    set_labels,
    set_normalization,
    stated_labels,
)
from mediapipe_anchors.errors import ModelError, OptionsError
from mediapipe_anchors.options import SsdAnchorsOptions, TensorsToDetectionsOptions
from mediapipe_anchors.presets import Preset
from mediapipe_anchors.tflite import Model, read_model
from mediapipe_anchors.tflite.associated_files import ZippedFile, split_files
from mediapipe_anchors.tflite.detector_metadata import DETECTOR, write_detector_metadata
from mediapipe_anchors.tflite.metadata import (
    AXIS_LABELS,
    ENTRY,
    VALUE_LABELS,
    read_metadata,
    read_metadata_record,
    write_metadata_record,
)
from mediapipe_anchors.tflite.rewrite import Changes, rewrite_model

_POSTPROCESS_NAMES = ("location", "category", "score", "number of detections")
_LEFT_TOP_RIGHT_BOTTOM = (1, 0, 3, 2)  # columns of the operator's boxes, which are y before x


def embed_anchors(
    model: str | os.PathLike[str] | bytes,
    anchors: SsdAnchorsOptions | npt.ArrayLike | str | os.PathLike[str] | Any | None = None,
    decode: TensorsToDetectionsOptions | None = None,
    *,
    graph: Any | None = None,
    preset: Preset | str | None = None,
    labels: Sequence[str] | None = None,
    mean: float | None = None,
    std: float | None = None,
    stretch: bool = False,
    ignore_at_run_time: bool = False,
    output: str | os.PathLike[str] | None = None,
) -> bytes:
    """Put anchors into a `.tflite` model, so that it runs without a graph that generates them.

    A model with two outputs, raw boxes and scores, gets the metadata with which MediaPipe Tasks'
    ObjectDetector runs it: every anchor, the decoding, labels and normalisation. A model that ends
    in `TFLite_Detection_PostProcess` gets the anchors in that operator's constant, and the scales
    in its options; with labels, mean and std, or a graph or preset that says what pixels become,
    also the metadata for ObjectDetector. All else stays as it is, byte for byte; doing it again
    gives the same file.

    Args:
        model: a path, or the bytes of the file.
        anchors: `SsdAnchorsOptions`; a fitted `GridAnchorFitter`; a file with options (.pbtxt,
            .binarypb, also a graph) or anchors (.csv, .npy, .json); or float32 [N, 4], x_center,
            y_center, w, h. One anchor for each row of the outputs.
        decode: how the raw outputs read. Its `tensor_mapping` says which output holds the boxes,
            where neither their shapes nor their names do. Thresholds and limits of numbers are not
            part of a model: pass them to ObjectDetector.
        graph: takes anchors, decoding and the range of the input from its nodes, where `anchors`,
            `decode`, `mean` and `std` do not say otherwise; whatever `Graph.read` takes.
        preset: the same from a published detector, or its name.
        labels: names of the classes, one for each column of the scores; those of the model by
            default. For a model with four outputs, one for each class number that it puts out.
        mean: the float32 input is (pixel - mean) / std; by default what the model states, or the
            graph or preset says.
        std: see `mean`.
        stretch: images may be stretched though the graph or preset keeps their aspect ratio.
        ignore_at_run_time: the caller passes `category_denylist` (or `category_allowlist`) for the
            `ignore_classes` (or `allow_classes`) of `decode`, which metadata cannot hold.
        output: also write the file here.

    Returns:
        The bytes of the new file.

    Raises:
        OptionsError: something is missing, does not fit the model, or is beyond MediaPipe Tasks;
            the message names the field and other ways.
        ModelError: no such detector, or a model that MediaPipe Tasks does not load.
        MediaPipeAnchorsError: of another kind for anchors, graphs and labels that cannot be read.
    """
    read = read_model(model)
    request = make_request(
        anchors=anchors,
        decode=decode,
        graph=graph,
        preset=preset,
        labels=labels,
        mean=mean,
        std=std,
        stretch=stretch,
        ignore_at_run_time=ignore_at_run_time,
    )
    written = rewrite_model(read, _changes(read, request))
    if output is not None:
        Path(output).write_bytes(written)
    return written


def _changes(model: Model, request: Request) -> Changes:
    files = split_files(bytes(model.file.data))[1]
    for file in files:
        if file.data is None:
            raise ModelError(
                f"file {file.name!r} behind the model cannot be read, so it would be lost",
                path=model.path,
            )
    found = find_postprocess(model)
    if found is not None:
        return _into_postprocess(model, request, files, found)
    if len(model.outputs) != 2:
        raise ModelError(
            f"it has {len(model.outputs)} outputs, expected two, boxes and scores, or the four of "
            "TFLite_Detection_PostProcess: no other model holds anchors",
            path=model.path,
        )
    return _into_metadata(model, request, Draft.of(read_metadata_record(model), files))


def _into_metadata(model: Model, request: Request, draft: Draft) -> Changes:
    """The changes for a model with two outputs."""
    check_model(model)
    decode = _decode_for(model, request)
    outputs = raw_outputs(model, decode, read_metadata(model))
    check_decode(decode, request.ignore_at_run_time)
    request.check_stretch()
    anchors = _anchors_for(request, decode.num_boxes)
    _set_input(model, request, draft)
    names = ["location", "score"] if outputs.boxes == 0 else ["score", "location"]
    tensors = draft.outputs(names)
    set_boxes(tensors[outputs.boxes], None)
    _set_labels(request, draft, tensors[outputs.scores], AXIS_LABELS, decode.num_classes)
    draft.set_custom(DETECTOR, write_detector_metadata(anchors, decode))
    draft.set_version()
    return Changes(write_metadata_record(draft.record), tuple(draft.files.values()))


def _decode_for(model: Model, request: Request) -> TensorsToDetectionsOptions:
    """The decoding, with the number of boxes where only that is left open."""
    decode = request.decode
    if decode is None:
        raise OptionsError(
            field="decode",
            value=None,
            expected="TensorsToDetectionsOptions, since no model states how its outputs read",
            fix="or pass the graph or preset that has them",
        )
    if not decode.num_boxes:
        rows = model.outputs[0].converted_shape[-2:-1]
        return dataclasses.replace(decode, num_boxes=max((*rows, 0)))
    return decode


def _anchors_for(request: Request, rows: int) -> npt.NDArray[np.float32]:
    if request.anchors is None:
        raise OptionsError(
            field="anchors",
            value=None,
            expected="options, a fit, a file or an array",
            fix="or pass the graph or preset that has them",
        )
    if len(request.anchors) != rows:
        raise OptionsError(
            field="anchors",
            value=f"{len(request.anchors)} anchors",
            expected=f"{rows}, one for each row of the model's boxes",
            fix="MediaPipe would read beyond them, or leave some out",
        )
    return request.anchors


def _set_input(model: Model, request: Request, draft: Draft) -> None:
    tensor = draft.input()
    set_image(tensor)
    if request.normalization is not None:
        set_normalization(tensor, *request.normalization)
    elif model.inputs[0].dtype == "float32":
        request.set_range(tensor)
        check_normalization(tensor)


def _set_labels(
    request: Request, draft: Draft, tensor: dict[str, Any], kind: int, count: int | None
) -> None:
    labels = request.labels
    if labels is None:
        labels = stated_labels(draft, tensor, kind)
        if labels is None or kind == VALUE_LABELS or len(labels) == count:
            return
    elif len(labels) == count:
        set_labels(draft, tensor, kind, labels)
        return
    raise OptionsError(
        field="labels",
        value=f"{len(labels)} labels" + (" in the model" if request.labels is None else ""),
        expected=f"{count}, one for each class, the background too if there is one",
        fix="pass labels" if request.labels is None else None,
    )


def _into_postprocess(
    model: Model, request: Request, files: tuple[ZippedFile, ...], found: PostProcess
) -> Changes:
    """The changes for a model that ends in `TFLite_Detection_PostProcess`."""
    anchors = _anchors_for(request, found.num_boxes)
    changes = Changes(
        metadata=bytes(model.metadata[ENTRY]) if ENTRY in model.metadata else None,
        files=files,
        constants={found.anchors.index: write_anchors(model, found, anchors)},
        custom_options={found.number: write_options(found, request.decode)},
    )
    if not request.is_about_tasks:
        return changes
    check_model(model)
    draft = Draft.of(read_metadata_record(model), files)
    _describe_postprocess(model, request, draft, found)
    return dataclasses.replace(
        changes,
        metadata=write_metadata_record(draft.record),
        files=tuple(draft.files.values()),
    )


def _describe_postprocess(model: Model, request: Request, draft: Draft, found: PostProcess) -> None:
    """Write the metadata with which ObjectDetector runs the model."""
    request.check_stretch()
    order = [tensor.index for tensor in model.outputs]
    if sorted(order) != sorted(found.operator.outputs):
        raise ModelError(
            "its outputs are not those of TFLite_Detection_PostProcess, as MediaPipe Tasks needs",
            path=model.path,
        )
    roles = [found.operator.outputs.index(index) for index in order]
    tensors = draft.outputs([_POSTPROCESS_NAMES[role] for role in roles])
    set_boxes(tensors[roles.index(0)], _LEFT_TOP_RIGHT_BOTTOM)
    _set_input(model, request, draft)
    category = tensors[roles.index(1)]
    _set_labels(request, draft, category, VALUE_LABELS, found.num_labels)
    draft.set_version()
