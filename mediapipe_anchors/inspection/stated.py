"""What a model's file states of itself, and what MediaPipe Tasks would say against it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.errors import MediaPipeAnchorsError, ModelError
from mediapipe_anchors.inspection.report import MetadataReport
from mediapipe_anchors.options import TensorsToDetectionsOptions
from mediapipe_anchors.tflite import Model
from mediapipe_anchors.tflite.detector_metadata import (
    DETECTOR,
    FACE_DETECTOR,
    DetectorMetadata,
    read_detector_metadata,
    read_face_detector_metadata,
)
from mediapipe_anchors.tflite.metadata import BOUNDARIES, RATIO, Metadata, read_metadata

TWO_NAMES = ("location", "score")
FOUR_NAMES = ("location", "category", "score", "number of detections")
NO_DETECTOR = "it is no SSD-style detector"


@dataclasses.dataclass(frozen=True, eq=False)
class Stated:
    """The metadata of a model, as far as it can be read.

    Attributes:
        metadata: None where there is none, or a damaged one.
        detector: what DETECTOR_METADATA or FACE_DETECTOR_METADATA holds, or None.
        anchors: float32 [N, 4] of it, or None.
        problems: in words what cannot be read.
    """

    metadata: Metadata | None = None
    detector: DetectorMetadata | None = None
    anchors: npt.NDArray[np.float32] | None = None
    problems: tuple[str, ...] = ()


def read_stated(model: Model, input_size: tuple[int, int] | None) -> Stated:
    """The metadata; damage is told in `problems`, since the model itself may still be sound."""
    try:
        metadata = read_metadata(model)
    except ModelError as error:
        return Stated(problems=(f"its metadata cannot be read: {error}",))
    if metadata is None:
        return Stated()
    try:
        detector = _detector(metadata, input_size)
    except MediaPipeAnchorsError as error:
        return Stated(metadata, problems=(f"its anchors in metadata cannot be read: {error}",))
    if detector is None:
        return Stated(metadata)
    try:
        return Stated(metadata, detector, generate_anchors(detector.anchors))
    except MediaPipeAnchorsError as error:
        return Stated(metadata, detector, problems=(f"{detector.entry}: {error}",))


def _detector(metadata: Metadata, input_size: tuple[int, int] | None) -> DetectorMetadata | None:
    if DETECTOR in metadata.custom:
        return read_detector_metadata(metadata.custom[DETECTOR])
    if FACE_DETECTOR in metadata.custom and input_size is not None:
        return read_face_detector_metadata(metadata.custom[FACE_DETECTOR], input_size)
    return None


def report_stated(
    model: Model, stated: Stated, is_detector: bool, output_order: str
) -> MetadataReport | None:
    """The report; None for a model without metadata that is no detector.

    Args:
        model: the model.
        stated: what `read_stated` gave.
        is_detector: whether MediaPipe Tasks ObjectDetector could be meant to take it.
        output_order: "boxes, scores" or "scores, boxes", or "" where that says nothing.
    """
    metadata = stated.metadata
    if metadata is None and not is_detector:
        return None
    image = metadata.inputs[0] if metadata is not None and metadata.inputs else None
    outputs = () if metadata is None else metadata.outputs
    labels = next((entry.labels for entry in outputs if entry.labels is not None), None)
    return MetadataReport(
        name="" if metadata is None else metadata.name,
        tables=_tables(model, metadata),
        num_labels=None if labels is None else len(labels),
        mean=image.mean if image is not None and image.mean else None,
        std=image.std if image is not None and image.std else None,
        output_names=tuple(entry.name for entry in outputs),
        options={} if stated.detector is None else _options(stated.detector),
        tasks=tuple(_objections(model, stated, output_order)) if is_detector else (NO_DETECTOR,),
    )


def _tables(model: Model, metadata: Metadata | None) -> tuple[str, ...]:
    names = () if metadata is None else tuple(metadata.custom)
    return (*model.metadata, *names)


def _options(detector: DetectorMetadata) -> dict[str, Any]:
    """The decoding and the anchors by name; of fixed anchors their number."""
    found: dict[str, Any] = {}
    for options in (detector.anchors, detector.decode):
        for field in dataclasses.fields(options):
            value = getattr(options, field.name)
            if field.name == "fixed_anchors":
                found["num_fixed_anchors"] = 0 if value is None else len(value)
            elif value is not None and value != field.default and value != ():
                found[field.name] = value
    return found


def _objections(model: Model, stated: Stated, output_order: str) -> Iterator[str]:
    """Why MediaPipe Tasks ObjectDetector refuses the model, or finds nothing or wrong boxes."""
    if model.num_subgraphs != 1:
        yield f"it has {model.num_subgraphs} subgraphs, not 1"
    if len(model.outputs) not in (2, 4):
        yield f"it has {len(model.outputs)} outputs, not 2 or 4"
        return
    yield from _dtypes(model)
    metadata = stated.metadata
    if metadata is None:
        yield "it has no TFLite metadata"
        return
    is_float = any(tensor.dtype == "float32" for tensor in model.inputs)
    if is_float and not (metadata.inputs and metadata.inputs[0].mean):
        yield "its metadata does not state mean and std of the float32 input"
    yield from _outputs(model, metadata, output_order)
    if len(model.outputs) == 2:
        yield from _decoding(stated)


def _dtypes(model: Model) -> Iterator[str]:
    kinds = {tensor.dtype for tensor in model.outputs}
    if kinds != {"float32"} and kinds != {"uint8"}:
        found = ", ".join(tensor.dtype for tensor in model.outputs)
        yield f"its outputs are {found}, not all float32 or all uint8"
    if len(model.inputs) != 1:
        yield f"it has {len(model.inputs)} inputs, not 1"
    for tensor in model.inputs[:1]:
        if tensor.dtype not in ("float32", "uint8"):
            yield f"its input is {tensor.dtype}, not float32 or uint8"


def _outputs(model: Model, metadata: Metadata, output_order: str) -> Iterator[str]:
    count = len(model.outputs)
    if len(metadata.outputs) != count:
        yield f"its metadata describes {len(metadata.outputs)} outputs of {count}"
        return
    names = tuple(entry.name for entry in metadata.outputs)
    wanted = TWO_NAMES if count == 2 else FOUR_NAMES
    order = output_order
    if set(names) == set(wanted):
        place = names.index("location")
        order = "boxes, scores" if place == 0 else "scores, boxes"
    elif count == 2:
        place, order = 0, "boxes, scores"  # what Tasks takes where the names say nothing
    else:
        place = 0
    if count == 2 and output_order and order != output_order:
        yield (
            f"its outputs are {output_order}, but Tasks takes them for {order}, as their names in "
            f"the metadata ({', '.join(names)}) say or leave open"
        )
    location = metadata.outputs[place]
    properties = location.properties
    if location.content != "BoundingBoxProperties":
        yield "the metadata of its boxes has no BoundingBoxProperties"
    elif (properties.get("type", 0), properties.get("coordinate_type", 0)) != (BOUNDARIES, RATIO):
        yield "the BoundingBoxProperties of its boxes are not BOUNDARIES in RATIO"


def _decoding(stated: Stated) -> Iterator[str]:
    detector = stated.detector
    if detector is None or detector.entry != DETECTOR:
        yield f"its metadata has no {DETECTOR}, which holds anchors and decoding"
        return
    decode: TensorsToDetectionsOptions = detector.decode
    if decode.num_values_per_keypoint != 2:
        yield (
            f"num_values_per_keypoint in {DETECTOR} is {decode.num_values_per_keypoint}: the "
            "process aborts, as it does for every other number than 2"
        )
    if 0 in (decode.x_scale, decode.y_scale, decode.w_scale, decode.h_scale):
        yield f"a scale in {DETECTOR} is 0: every box is dropped"
    count = 0 if stated.anchors is None else len(stated.anchors)
    if count != decode.num_boxes:
        yield f"{DETECTOR} has {count} anchors for num_boxes: {decode.num_boxes}"
