"""`extract_anchors`: what a `.tflite` model itself says of its anchors."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.embed.postprocess import find_postprocess, read_anchors, read_decode
from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.options import SsdAnchorsOptions, TensorMapping, TensorsToDetectionsOptions
from mediapipe_anchors.tflite import Model, read_model
from mediapipe_anchors.tflite.detector_metadata import (
    DETECTOR,
    FACE_DETECTOR,
    DetectorMetadata,
    read_detector_metadata,
    read_face_detector_metadata,
)
from mediapipe_anchors.tflite.flexbuffer import Value
from mediapipe_anchors.tflite.metadata import Metadata, read_metadata

Kind = Literal["detector_metadata", "face_detector_metadata", "postprocess"]


@dataclasses.dataclass(frozen=True, eq=False)
class EmbeddedAnchors:
    """What a model says of its anchors and of what belongs to them.

    Attributes:
        kind: where it says so: in the metadata for MediaPipe Tasks' ObjectDetector or FaceDetector,
            or in the operator `TFLite_Detection_PostProcess`.
        anchors: float32 [N, 4], x_center, y_center, w, h; those of a quantised constant as the
            operator computes with them.
        options: the same as options; `fixed_anchors`, save for FaceDetector.
        decode: how raw boxes and scores read; where the operator reads them, how it does. Its
            `tensor_mapping` says which of a model's two outputs is which where Tasks is told so.
        labels: names of the classes, or None.
        mean, std: the float32 input is (pixel - mean) / std; None where the model does not say, or
            says several.
        postprocess: all options of the operator that are numbers; None without the operator.
    """

    kind: Kind
    anchors: npt.NDArray[np.float32]
    options: SsdAnchorsOptions
    decode: TensorsToDetectionsOptions
    labels: tuple[str, ...] | None
    mean: float | None
    std: float | None
    postprocess: Mapping[str, Value] | None


def extract_anchors(model: str | os.PathLike[str] | bytes) -> EmbeddedAnchors:
    """The anchors in a `.tflite` model: what `embed_anchors` or MediaPipe's own tools put there.

    Args:
        model: a path, or the bytes of the file.

    Raises:
        ModelError: no anchors there, or no such model, or a damaged one.
        OptionsError: metadata for FaceDetector that MediaPipe refuses.
    """
    read = read_model(model)
    metadata = read_metadata(read)
    found = find_postprocess(read)
    if found is not None:
        anchors = read_anchors(read, found)
        options = SsdAnchorsOptions(fixed_anchors=anchors)
        decode = read_decode(found)
        return EmbeddedAnchors(
            "postprocess", anchors, options, decode, *_about(metadata), found.options
        )
    for name, kind in ((DETECTOR, "detector_metadata"), (FACE_DETECTOR, "face_detector_metadata")):
        if metadata is not None and name in metadata.custom:
            stated = _read(read, name, metadata)
            anchors = generate_anchors(stated.anchors)
            return EmbeddedAnchors(
                kind,  # type: ignore[arg-type]
                anchors,
                stated.anchors,
                stated.decode,
                *_about(metadata),
                None,
            )
    raise ModelError(
        f"no anchors in it: neither an operator TFLite_Detection_PostProcess nor {DETECTOR} in its "
        "metadata; they are in its graph, or in the code around it",
        path=read.path,
    )


def _read(model: Model, name: str, metadata: Metadata) -> DetectorMetadata:
    data = metadata.custom[name]
    if name == DETECTOR:
        stated = read_detector_metadata(data)
        mapping = _mapping(metadata, stated.decode)
        return dataclasses.replace(
            stated, decode=dataclasses.replace(stated.decode, tensor_mapping=mapping)
        )
    shape = model.inputs[0].converted_shape if model.inputs else ()
    if len(shape) != 4:
        raise ModelError(f"its input is {list(shape)}, expected an image", path=model.path)
    return read_face_detector_metadata(data, (shape[2], shape[1]))


def _mapping(metadata: Metadata, decode: TensorsToDetectionsOptions) -> TensorMapping | None:
    """Which output Tasks takes for the boxes; None for the first, where the shapes tell as well."""
    names = [tensor.name for tensor in metadata.outputs]
    boxes, scores = (1, 0) if names == ["score", "location"] else (0, 1)
    if boxes == 0 and decode.num_coords != decode.num_classes:
        return None
    return TensorMapping(detections_tensor_index=boxes, scores_tensor_index=scores)


def _about(
    metadata: Metadata | None,
) -> tuple[tuple[str, ...] | None, float | None, float | None]:
    """Labels, mean and std."""
    if metadata is None:
        return None, None, None
    labels = next((tensor.labels for tensor in metadata.outputs if tensor.labels), None)
    image = metadata.inputs[0] if metadata.inputs else None
    pairs = set() if image is None else set(zip(image.mean, image.std, strict=False))
    mean, std = pairs.pop() if len(pairs) == 1 else (None, None)
    return labels, mean, std
