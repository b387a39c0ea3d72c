"""The rules of `checks.py`: small functions that yield what they find wrong with a graph."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterator

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError, shorten
from mediapipe_anchors.graph import Graph, Node, stream_name, stream_tag
from mediapipe_anchors.options import (
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.schema import find_extension, message_class

# MediaPipe reserves memory for this many detections at once: with 23 GiB it died at 200 million.
MAX_NUM_DETECTIONS = 1_000_000

MAX_THREADS = 256
MAX_XNNPACK_THREADS = max(16, os.cpu_count() or 1)  # they spin: with 64 on two cores for minutes
MAX_PIXELS = 2**26
MAX_SIDE = 32766  # of an image that OpenCV, inside MediaPipe, can warp
SIZED_IMAGES = (
    ("mediapipe.ImageToTensorCalculatorOptions", "output_tensor_width", "output_tensor_height"),
    ("mediapipe.ImageTransformationCalculatorOptions", "output_width", "output_height"),
)

KEEPS_KEYPOINTS = (
    "DetectionLetterboxRemovalCalculator",
    "DetectionProjectionCalculator",
    "NonMaxSuppressionCalculator",
)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a node of a graph, or with the graph (`node` is None)."""

    node: Node | None
    field: str
    value: object
    expected: str
    fix: str | None = None

    def __str__(self) -> str:
        name = "" if self.node is None else f"{self.node.calculator}: "
        if self.node is not None and self.node.name:
            name = f"{self.node.calculator} ({self.node.name}): "
        text = f"{name}{self.field}: got {shorten(self.value)}, expected {self.expected}"
        return f"{text}; {self.fix}" if self.fix else text


def _options_are_valid(graph: Graph) -> Iterator[Finding]:
    """Each node's options, by themselves."""
    for node in graph.nodes:
        options = node.options()
        if options is None:
            continue
        try:
            options.validate()
        except OptionsError as error:
            yield Finding(
                node, str(error.field), error.value, error.expected or str(error), error.fix
            )


def _anchors_go_somewhere(graph: Graph) -> Iterator[Finding]:
    """SsdAnchorsCalculator aborts unless its first output side packet has no tag."""
    for node in graph.nodes:
        if node.calculator != "SsdAnchorsCalculator":
            continue
        if not any(stream_tag(entry) == "" for entry in node.output_side_packets):
            yield Finding(
                node,
                "output_side_packet",
                list(node.output_side_packets),
                "one without a tag",
                'write output_side_packet: "anchors"',
            )


def _enough_anchors(graph: Graph) -> Iterator[Finding]:
    """A decoder reads past the end of anchors that are fewer than its `num_boxes`."""
    anchor_nodes = {
        stream_name(entry): node
        for node in graph.nodes
        if node.calculator == "SsdAnchorsCalculator"
        for entry in node.output_side_packets
    }
    for node in graph.nodes:
        options = node.options()
        if not isinstance(options, TensorsToDetectionsOptions):
            continue
        for entry in node.input_side_packets:
            source = anchor_nodes.get(stream_name(entry))
            if stream_tag(entry) != "ANCHORS" or source is None:
                continue
            count = _count_anchors(source)
            if count is not None and count < options.num_boxes:
                place = "" if source.line is None else f" (line {source.line})"
                yield Finding(
                    node,
                    "num_boxes",
                    options.num_boxes,
                    f"at most {count}, the anchors that {source.calculator}{place} makes",
                    "num_boxes is the model's number of rows; correct the options of the anchors",
                )


def _count_anchors(node: Node) -> int | None:
    """How many anchors a node makes; None where its options are wrong, as another rule finds."""
    options = node.options()
    assert isinstance(options, SsdAnchorsOptions)
    try:
        return count_anchors(options)
    except OptionsError:
        return None


def _nms_inputs_fit(graph: Graph) -> Iterator[Finding]:
    """`num_detection_streams` counts the untagged inputs; a huge number hangs MediaPipe."""
    for node, options in _nms_nodes(graph):
        untagged = [entry for entry in node.input_streams if stream_tag(entry) == ""]
        if len(untagged) != options.num_detection_streams:
            yield Finding(
                node,
                "num_detection_streams",
                options.num_detection_streams,
                f"{len(untagged)}, the number of input streams without a tag",
            )


def _nms_memory_fits(graph: Graph) -> Iterator[Finding]:
    """Memory is reserved for `max_num_detections`, however few there are."""
    for node, options in _nms_nodes(graph):
        if options.max_num_detections > MAX_NUM_DETECTIONS:
            yield Finding(
                node,
                "max_num_detections",
                options.max_num_detections,
                f"at most {MAX_NUM_DETECTIONS}",
                "-1 stands for no limit",
            )


def _blended_keypoints_match(graph: Graph) -> Iterator[Finding]:
    """WEIGHTED reads as many keypoints of every detection as the best one has, there or not."""
    makers = {stream_name(entry): node for node in graph.nodes for entry in node.output_streams}
    for node, options in _nms_nodes(graph):
        counts = _keypoint_counts(node, makers)
        if options.algorithm == NmsAlgorithm.WEIGHTED and len(counts) > 1:
            yield Finding(
                node,
                "algorithm",
                "WEIGHTED",
                f"detections of one num_keypoints, not of {sorted(counts)}",
                "use algorithm: DEFAULT, or one NonMaxSuppressionCalculator a detector",
            )


def _keypoint_counts(node: Node, makers: dict[str, Node]) -> set[int]:
    """The `num_keypoints` of the decoders whose detections reach a node."""
    counts: set[int] = set()
    pending, seen = [node], set()
    while pending:
        for entry in pending.pop().input_streams:
            maker = makers.get(stream_name(entry))
            if maker is None or stream_tag(entry) not in ("", "DETECTIONS") or maker in seen:
                continue
            seen.add(maker)
            options = maker.options()
            if isinstance(options, TensorsToDetectionsOptions):
                counts.add(options.num_keypoints)
            elif maker.calculator in KEEPS_KEYPOINTS:
                pending.append(maker)
    return counts


def _nms_boxes_are_relative(graph: Graph) -> Iterator[Finding]:
    """NMS aborts on boxes in pixels, except DEFAULT with the image connected."""
    pixel_streams = {
        stream_name(entry)
        for node in graph.nodes
        if node.calculator == "DetectionTransformationCalculator"
        for entry in node.output_streams
        if stream_tag(entry).startswith("PIXEL")
    }
    for node, options in _nms_nodes(graph):
        names = [stream_name(e) for e in node.input_streams if stream_tag(e) == ""]
        has_image = any(stream_tag(entry) == "IMAGE" for entry in node.input_streams)
        usable = has_image and options.algorithm == NmsAlgorithm.DEFAULT
        for name in names:
            if name in pixel_streams and not usable:
                yield Finding(
                    node,
                    "input_stream",
                    name,
                    "detections with relative boxes",
                    "move DetectionTransformationCalculator behind this node",
                )


def _option_values_have_sources(graph: Graph) -> Iterator[Finding]:
    """MediaPipe crashes on an `option_value` without a name on both sides of its colon."""
    for node in graph.nodes:
        for entry in node.option_values:
            if not re.fullmatch(r"[^:]+(:[^:]+)+", entry):
                yield Finding(
                    node, "option_value", entry, '"field:field", as in "model_path:model_path"'
                )


def _image_sizes_fit(graph: Graph) -> Iterator[Finding]:
    """MediaPipe aborts on images and tensors beyond its memory, or beyond 2**31 values."""
    for node in graph.nodes:
        for type_name, width_field, height_field in SIZED_IMAGES:
            message = node.message(type_name)
            if message is None:
                continue
            width, height = getattr(message, width_field), getattr(message, height_field)
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                yield Finding(
                    node,
                    f"{width_field} x {height_field}",
                    f"{width} x {height}",
                    f"at most {MAX_PIXELS} pixels, and {MAX_SIDE} a side",
                )


def _inference_threads_fit(graph: Graph) -> Iterator[Finding]:
    """TFLite starts all threads that it is asked for, and then waits for them in a spin."""
    for node in graph.nodes:
        message = node.message("mediapipe.InferenceCalculatorOptions")
        if message is None:
            continue
        xnnpack = message.delegate.xnnpack.num_threads
        for field, count, limit in (
            ("cpu_num_thread", message.cpu_num_thread, MAX_THREADS),
            ("delegate.xnnpack.num_threads", xnnpack, MAX_XNNPACK_THREADS),
        ):
            if count > limit:
                yield Finding(node, field, count, f"at most {limit}", "leave it unset")


def _executor_threads_fit(graph: Graph) -> Iterator[Finding]:
    """MediaPipe aborts where the system has no room for an executor's threads.

    Only in a binary graph: MediaPipe's expanded form of a graph is one, with `num_threads` in it.
    """
    if graph.is_text:
        return
    config = message_class("mediapipe.CalculatorGraphConfig").FromString(graph.to_binary())
    extension = find_extension("mediapipe.ThreadPoolExecutorOptions.ext")
    counts = [config.num_threads]
    counts += [executor.options.Extensions[extension].num_threads for executor in config.executor]
    for count in counts:
        if count > MAX_THREADS:
            yield Finding(None, "num_threads", count, f"at most {MAX_THREADS}", "leave it unset")


RULES: list[Callable[[Graph], Iterator[Finding]]] = [
    _options_are_valid,
    _anchors_go_somewhere,
    _enough_anchors,
    _nms_inputs_fit,
    _nms_memory_fits,
    _blended_keypoints_match,
    _nms_boxes_are_relative,
    _option_values_have_sources,
    _image_sizes_fit,
    _inference_threads_fit,
    _executor_threads_fit,
]


def _nms_nodes(graph: Graph) -> Iterator[tuple[Node, NonMaxSuppressionOptions]]:
    for node in graph.nodes:
        options = node.options()
        if isinstance(options, NonMaxSuppressionOptions):
            yield node, options
