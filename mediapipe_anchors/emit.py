"""Writes a complete MediaPipe graph, image in, detections out, from a detector's options.

The graph has the nodes of MediaPipe's own detectors: ImageToTensor, Inference, SsdAnchors,
TensorsToDetections, NonMaxSuppression, and the way back from the tensor to the image. It runs on
the CPU, and works alone or as a subgraph.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError, check_kind
from mediapipe_anchors.graph.text import comment, node, quoted, stream
from mediapipe_anchors.options import (
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.presets import Preset, check_count
from mediapipe_anchors.presets.image_input import BorderMode, ImageInput, MappedBackBy

_PARTS = {
    "anchors": SsdAnchorsOptions,
    "decode": TensorsToDetectionsOptions,
    "nms": NonMaxSuppressionOptions,
    "input": ImageInput,
}


@dataclasses.dataclass(frozen=True)
class _Detector:
    """The parts of a detector, complete."""

    anchors: SsdAnchorsOptions | None
    decode: TensorsToDetectionsOptions
    nms: NonMaxSuppressionOptions
    input: ImageInput
    model_path: str


def emit_graph(
    preset: Preset | None = None,
    model_path: str | os.PathLike[str] | None = None,
    *,
    anchors: SsdAnchorsOptions | None = None,
    decode: TensorsToDetectionsOptions | None = None,
    nms: NonMaxSuppressionOptions | None = None,
    input: ImageInput | None = None,
) -> str:
    """A commented `CalculatorGraphConfig` in text form, the same for the same arguments.

    Options come from the preset, from the keywords, or from both, the keywords winning. The graph
    has input stream "IMAGE:image" (ImageFrame or Image) and output stream "DETECTIONS:detections".
    Where `nms.return_empty_detections` is left unset, the graph sets it: every image then yields a
    packet, with an empty list where nothing was found. MediaPipe's own graphs mostly leave it unset
    and yield no packet there.

    Args:
        preset: the published detector to start from.
        model_path: the `.tflite` file as it shall stand in the graph; the preset's by default.
        anchors: options of the anchors. They may be missing where the model hands out anchors or
            finished detections itself, as the preset or `decode.tensor_mapping` then says.
        decode: options of the decoding.
        nms: options of the suppression.
        input: the input tensor.

    Raises:
        OptionsError: a part is missing, MediaPipe would reject, abort or hang on one, or the number
            of anchors is not `decode.num_boxes`.
    """
    if preset is not None:
        check_kind("preset", preset, Preset)
    given = {"anchors": anchors, "decode": decode, "nms": nms, "input": input}
    replaced = [name for name, value in given.items() if value is not None]
    detector = _complete(given, preset, model_path)
    _check(detector)
    blocks = [
        _header(preset, replaced, model_path is not None),
        _image(),
        _detections(detector),
        _image_to_tensor(detector.input),
        _inference(detector),
        _ssd_anchors(detector.anchors),
        _tensors_to_detections(detector),
        _non_max_suppression(detector),
        _map_back(detector.input),
    ]
    return "\n".join(block for block in blocks if block)


def _complete(given: dict[str, Any], preset: Preset | None, model_path: Any) -> _Detector:
    """The given parts, with the preset's where one is not given."""
    parts: dict[str, Any] = {}
    for name, kind in _PARTS.items():
        parts[name] = getattr(preset, name, None) if given[name] is None else given[name]
        if parts[name] is None and name == "anchors" and _needs_no_anchors(preset, given["decode"]):
            continue
        if not isinstance(parts[name], kind):
            expected = f"{kind.__name__}, or a preset that has it"
            raise OptionsError(field=name, value=parts[name], expected=expected)
    if parts["nms"].return_empty_detections is None:
        parts["nms"] = dataclasses.replace(parts["nms"], return_empty_detections=True)
    if model_path is None and preset is not None:
        model_path = preset.model.path
    return _Detector(**parts, model_path=_path(model_path))


def _needs_no_anchors(preset: Preset | None, decode: Any) -> bool:
    """Whether the model hands out its anchors, or finished detections, as further tensors."""
    if preset is not None and preset.anchors is None:
        return True
    mapping = getattr(decode, "tensor_mapping", None)
    return mapping is not None and (
        mapping.anchors_tensor_index is not None or mapping.num_detections_tensor_index is not None
    )


def _path(model_path: Any) -> str:
    try:
        text = os.fsdecode(model_path)
    except TypeError:
        text = ""
    if not text or not text.isprintable():
        expected = "the path of a .tflite file, in printable characters"
        raise OptionsError(field="model_path", value=model_path, expected=expected)
    return text


def _check(detector: _Detector) -> None:
    for options in (detector.anchors, detector.decode, detector.nms):
        if options is not None:
            options.validate()
    check_count(detector.anchors, detector.decode.num_boxes)


def _header(preset: Preset | None, replaced: list[str], other_model: bool) -> str:
    text = "Finds objects in an image, on the CPU."
    if preset is not None:
        text += f" Preset {preset.name}"
        text += f", after MediaPipe's {preset.graphs[0]}" if preset.graphs else ""
        text += f", with other {' and '.join(replaced)}." if replaced else "."
        if preset.note and not replaced and not other_model:
            text += f" {preset.note}"
    return comment(text)


def _image() -> str:
    return stream("input_stream", "IMAGE:image", "The RGB image, as ImageFrame or Image.")


def _detections(detector: _Detector) -> str:
    what = "boxes and keypoints" if detector.decode.num_keypoints else "boxes"
    text = f"The detections, best first (std::vector<Detection>); {what} in fractions of the image."
    if detector.nms.return_empty_detections:
        text += " One packet an image, an empty list where nothing was found."
    else:
        text += " No packet for an image where nothing was found."
    return stream("output_stream", "DETECTIONS:detections", text)


def _image_to_tensor(image: ImageInput) -> str:
    size = f"{image.width}x{image.height} pixels"
    if not image.keep_aspect_ratio:
        text = f"Stretches the image to {size}."
    elif image.border_mode is BorderMode.BORDER_ZERO:
        text = f"Fits the image into {size}, its aspect ratio kept, and fills the rest with black."
    else:
        text = f"Fits the image into {size}, its aspect ratio kept, and repeats its edge beyond it."
    if image.float_range is None:
        kind, values = "uint8", "output_tensor_uint_range { min: 0 max: 255 }"
    else:
        low, high = image.float_range
        kind = f"float32, {low:g} to {high:g}"
        values = f"output_tensor_float_range {{ min: {low!r} max: {high!r} }}"
    options = (
        f"output_tensor_width: {image.width}\n"
        f"output_tensor_height: {image.height}\n"
        f"keep_aspect_ratio: {str(image.keep_aspect_ratio).lower()}\n"
        f"{values}\n"
    )
    if image.keep_aspect_ratio:
        options += f"border_mode: {image.border_mode.name}\n"
    shape = f"[1, {image.height}, {image.width}, 3]"
    streams = [
        stream("input_stream", "IMAGE:image"),
        stream("output_stream", "TENSORS:input_tensors", f"One tensor {shape}, RGB, {kind}."),
    ]
    if image.mapped_back_by is MappedBackBy.PROJECTION:
        what = "The 4x4 matrix from fractions of the tensor to fractions of the image."
        streams.append(stream("output_stream", "MATRIX:transform_matrix", what))
    elif image.mapped_back_by is MappedBackBy.LETTERBOX_REMOVAL:
        what = "The filling left, top, right and bottom, in fractions of the tensor."
        streams.append(stream("output_stream", "LETTERBOX_PADDING:letterbox_padding", what))
    return node(text, "ImageToTensorCalculator", streams, options)


def _inference(detector: _Detector) -> str:
    streams = [
        stream("input_stream", "TENSORS:input_tensors"),
        stream("output_stream", "TENSORS:detection_tensors", _outputs(detector)),
    ]
    options = f"model_path: {quoted(detector.model_path)}\ndelegate {{ xnnpack {{}} }}\n"
    return node("Runs the model.", "InferenceCalculator", streams, options)


def _outputs(detector: _Detector) -> str:
    """What tensors the decoding expects, and in which order."""
    decode, mapping = detector.decode, detector.decode.tensor_mapping
    if mapping is not None and mapping.num_detections_tensor_index is not None:
        return "Finished detections in four tensors: boxes, classes, scores and their number."
    boxes = f"boxes [1, {decode.num_boxes}, {decode.num_coords}]"
    scores = f"scores [1, {decode.num_boxes}, {decode.num_classes}]"
    anchors = "" if detector.anchors is not None else f" and anchors [{decode.num_boxes}, 4]"
    if mapping is not None:
        return f"{boxes}, {scores}{anchors}, in the order of tensor_mapping.".capitalize()
    return f"{boxes}, then {scores}{anchors}.".capitalize()


def _ssd_anchors(anchors: SsdAnchorsOptions | None) -> str:
    if anchors is None:
        return ""
    text = "Lays the anchors, once: the boxes that the rows of the model's output are offsets from."
    what = f"{count_anchors(anchors)} anchors, in fractions of the tensor."
    side_packet = stream("output_side_packet", "anchors", what)
    return node(text, "SsdAnchorsCalculator", [side_packet], anchors.to_pbtxt())


def _tensors_to_detections(detector: _Detector) -> str:
    threshold = detector.decode.min_score_thresh
    text = "Turns rows into detections"
    text += "." if threshold is None else f", those that score at least {threshold:g}."
    for verb, classes in (
        ("Leaves out", detector.decode.ignore_classes),
        ("Looks only at", detector.decode.allow_classes),
    ):
        if classes:
            text += f" {verb} class{'es' * (len(classes) > 1)} {', '.join(map(str, classes))}."
    streams = [
        stream("input_stream", "TENSORS:detection_tensors"),
        stream(
            "output_stream",
            "DETECTIONS:unfiltered_detections",
            "Often several for one object, in fractions of the tensor.",
        ),
    ]
    if detector.anchors is not None:
        streams.insert(1, stream("input_side_packet", "ANCHORS:anchors"))
    return node(text, "TensorsToDetectionsCalculator", streams, detector.decode.to_pbtxt())


def _non_max_suppression(detector: _Detector) -> str:
    nms = detector.nms
    overlap = nms.overlap_type.name.lower().replace("_", " ")
    text = (
        "Keeps one detection an object, the mean of those that overlap it, weighted by score"
        if nms.algorithm is NmsAlgorithm.WEIGHTED
        else "Keeps one detection an object, the best, and drops those that overlap it"
    )
    text += f" ({overlap} above {nms.min_suppression_threshold:g})."
    if nms.max_num_detections > 0 and nms.algorithm is NmsAlgorithm.DEFAULT:
        text += f" At most {nms.max_num_detections} are kept."
    mapped = detector.input.mapped_back_by is not MappedBackBy.NOTHING
    streams = [
        stream("input_stream", "unfiltered_detections"),
        stream("output_stream", "filtered_detections", "In fractions of the tensor.")
        if mapped
        else stream(
            "output_stream",
            "detections",
            "In fractions of the tensor, and so of the stretched image.",
        ),
    ]
    return node(text, "NonMaxSuppressionCalculator", streams, nms.to_pbtxt())


def _map_back(image: ImageInput) -> str:
    if image.mapped_back_by is MappedBackBy.NOTHING:
        return ""
    way = {
        MappedBackBy.PROJECTION: "PROJECTION_MATRIX:transform_matrix",
        MappedBackBy.LETTERBOX_REMOVAL: "LETTERBOX_PADDING:letterbox_padding",
    }[image.mapped_back_by]
    streams = [
        stream("input_stream", "DETECTIONS:filtered_detections"),
        stream("input_stream", way),
        stream("output_stream", "DETECTIONS:detections"),
    ]
    text = "Turns fractions of the tensor into fractions of the image."
    assert image.mapped_back_by.value is not None
    return node(text, image.mapped_back_by.value, streams)
