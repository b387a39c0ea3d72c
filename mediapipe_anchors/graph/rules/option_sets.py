"""Options that end MediaPipe's process by what they are together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mediapipe_anchors.graph import Graph, Node, stream_tag
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.subject import Subject

MAX_PIXELS = 2**26
MAX_SIDE = 32766  # of an image that OpenCV, inside MediaPipe, can warp


class _ImageSize(NamedTuple):
    """The options that size what a calculator makes, from `least` a side to `most`."""

    calculator: str
    width: str
    height: str
    least: float = -math.inf
    most: float = math.inf
    unless: tuple[str, ...] = ()  # inputs beside which they do not count


IMAGE_SIZES = (
    _ImageSize("FlatColorImageCalculator", "output_width", "output_height", least=0),
    _ImageSize(
        "ImageToTensorCalculator", "output_tensor_width", "output_tensor_height", most=MAX_SIDE
    ),
    _ImageSize("ImageTransformationCalculator", "output_width", "output_height", most=MAX_SIDE),
    _ImageSize(
        "AnnotationOverlayCalculator",
        "canvas_width_px",
        "canvas_height_px",
        least=1,
        unless=("IMAGE", "IMAGE_GPU", "UIMAGE"),
    ),
)


@rule(
    "image-size",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process when it makes the image or tensor.",
    calculator="ImageToTensorCalculator",
    cause="The options ask for an image or a tensor that is empty, or larger than OpenCV or "
    "memory takes.",
    cure="Write the size in pixels; for ImageToTensorCalculator, that of the model's input.",
    before="output_tensor_width: 300000 output_tensor_height: 300000",
    after="output_tensor_width: 300 output_tensor_height: 300",
    says=(
        "AllocateCpuBuffer failed.",
        "Check failed: image_width > 0",
        "terminate called after throwing an instance of 'cv::Exception'",
    ),
)
def image_sizes_fit(subject: Subject) -> Iterator[Finding]:
    """MediaPipe aborts on images and tensors beyond its memory, or beyond 2**31 values."""
    for size in IMAGE_SIZES:
        for node, message in _nodes(subject.graph, size.calculator):
            if any(stream_tag(entry) in size.unless for entry in node.input_streams):
                continue
            width, height = getattr(message, size.width), getattr(message, size.height)
            sides = sorted((width, height))
            if width * height > MAX_PIXELS or sides[0] < size.least or sides[1] > size.most:
                yield Finding(
                    node,
                    f"{size.width} x {size.height}",
                    f"{width} x {height}",
                    _sizes_in_words(size),
                    place=size.width,
                )


def _sizes_in_words(size: _ImageSize) -> str:
    words = [f"at most {MAX_PIXELS} pixels"]
    words += [f"at least {size.least} a side"] if math.isfinite(size.least) else []
    words += [f"at most {size.most} a side"] if math.isfinite(size.most) else []
    return " and ".join(words)


@rule(
    "tensor-range-descends",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process when the graph starts.",
    calculator="TensorConverterCalculator",
    cause="The `min` of `output_tensor_float_range` is not below its `max`; an end that is "
    "left out is 0.",
    cure="Write both ends, the lower one first, as the model was trained: -1 and 1, or 0 and 1.",
    before="output_tensor_float_range { min: 1 }",
    after="output_tensor_float_range { min: -1 max: 1 }",
    says=("Check failed: output_range_->second > output_range_->first",),
)
def tensor_ranges_ascend(subject: Subject) -> Iterator[Finding]:
    """TensorConverterCalculator aborts on a range of values that does not go up."""
    for node, message in _nodes(subject.graph, "TensorConverterCalculator"):
        values = message.output_tensor_float_range
        if message.HasField("output_tensor_float_range") and not values.min < values.max:
            yield Finding(
                node,
                "output_tensor_float_range.max",
                values.max,
                f"more than output_tensor_float_range.min, {values.min}",
            )


@rule(
    "split-range",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process or reads out of bounds.",
    calculator="SplitDetectionVectorCalculator",
    cause="With `combine_outputs`, a calculator that splits a list does not check its "
    "`ranges`: one begins below 0, or ends before it begins.",
    cure="Write `begin` from 0 on, and `end` (the first that is left out) above it.",
    before="ranges { begin: 3 end: 1 }\ncombine_outputs: true",
    after="ranges { begin: 1 end: 3 }\ncombine_outputs: true",
    says=("terminate called after throwing an instance of 'std::length_error'",),
)
def combined_ranges_ascend(subject: Subject) -> Iterator[Finding]:
    """With `combine_outputs`, the calculators that split a list do not check their ranges."""
    for node in subject.graph.nodes:
        split = re.fullmatch(r"(?:Movable)?Split\w+(Vector|List)Calculator", node.calculator)
        message = node.message("mediapipe.SplitVectorCalculatorOptions") if split else None
        if split is None or message is None or not message.combine_outputs:
            continue
        for index, part in enumerate(message.ranges):
            if part.begin < 0:
                yield Finding(node, f"ranges[{index}].begin", part.begin, "0 or more")
            elif split[1] == "Vector" and part.end < part.begin:
                yield Finding(
                    node, f"ranges[{index}].end", part.end, f"at least its begin, {part.begin}"
                )


@rule(
    "averaged-landmark-missing",
    Severity.ERROR,
    Ending.STRAYS,
    effect="MediaPipe reads a landmark that is not there, out of bounds.",
    calculator="LandmarksRefinementCalculator",
    cause="`indexes_for_average` names a landmark that no `indexes_mapping` fills.",
    cure="Name landmarks from 0 to their number less 1.",
    before="indexes_mapping: [0, 1]\nz_refinement { assign_average { indexes_for_average: 2 } }",
    after="indexes_mapping: [0, 1]\nz_refinement { assign_average { indexes_for_average: 1 } }",
)
def averaged_landmarks_exist(subject: Subject) -> Iterator[Finding]:
    """LandmarksRefinementCalculator averages over landmarks that may lie out of bounds."""
    for node, message in _nodes(subject.graph, "LandmarksRefinementCalculator"):
        landmarks = {index for part in message.refinement for index in part.indexes_mapping}
        count = len(landmarks)
        if landmarks != set(range(count)):  # MediaPipe says so
            continue
        for part_index, part in enumerate(message.refinement):
            for index in part.z_refinement.assign_average.indexes_for_average:
                if not 0 <= index < count:
                    yield Finding(
                        node,
                        f"refinement[{part_index}].z_refinement.assign_average.indexes_for_average",
                        index,
                        f"0 or more, and below {count}, the landmarks of all indexes_mapping",
                    )


@rule(
    "option-value-malformed",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe crashes when it reads the graph.",
    cause="An `option_value` of a node has no name on one side of its colon, or no colon.",
    cure="Write the field of the node's options, a colon, and the field of the graph's "
    "options that it takes its value from.",
    before='option_value: "model_path:"',
    after='option_value: "model_path:model_path"',
)
def option_values_have_sources(subject: Subject) -> Iterator[Finding]:
    """MediaPipe crashes on an `option_value` without a name on both sides of its colon."""
    for node in subject.graph.nodes:
        for index, entry in enumerate(node.option_values):
            if not re.fullmatch(r"[^:]+(:[^:]+)+", entry):
                yield Finding(
                    node,
                    "option_value",
                    entry,
                    '"field:field", as in "model_path:model_path"',
                    place=f"option_value[{index}]",
                )


def _nodes(graph: Graph, calculator: str) -> Iterator[tuple[Node, Any]]:
    """The nodes of a calculator that have options of its own, with these."""
    for node in graph.nodes:
        if node.calculator == calculator:
            message = node.message(f"mediapipe.{calculator}Options")
            if message is not None:
                yield node, message
