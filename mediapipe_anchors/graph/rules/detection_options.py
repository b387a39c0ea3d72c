"""Rules for the three detection calculators, a node by itself."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.graph import Graph, Node, stream_tag
from mediapipe_anchors.graph.rules.finding import Finding
from mediapipe_anchors.options import NonMaxSuppressionOptions

# MediaPipe reserves memory for this many detections at once: with 23 GiB it died at 200 million.
MAX_NUM_DETECTIONS = 1_000_000


def options_are_valid(graph: Graph) -> Iterator[Finding]:
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


def anchors_go_somewhere(graph: Graph) -> Iterator[Finding]:
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


def nms_inputs_fit(graph: Graph) -> Iterator[Finding]:
    """`num_detection_streams` counts the untagged inputs; a huge number hangs MediaPipe."""
    for node, options in nms_nodes(graph):
        untagged = [entry for entry in node.input_streams if stream_tag(entry) == ""]
        if len(untagged) != options.num_detection_streams:
            yield Finding(
                node,
                "num_detection_streams",
                options.num_detection_streams,
                f"{len(untagged)}, the number of input streams without a tag",
            )


def nms_memory_fits(graph: Graph) -> Iterator[Finding]:
    """Memory is reserved for `max_num_detections`, however few there are."""
    for node, options in nms_nodes(graph):
        if options.max_num_detections > MAX_NUM_DETECTIONS:
            yield Finding(
                node,
                "max_num_detections",
                options.max_num_detections,
                f"at most {MAX_NUM_DETECTIONS}",
                "-1 stands for no limit",
            )


def nms_nodes(graph: Graph) -> Iterator[tuple[Node, NonMaxSuppressionOptions]]:
    """The nodes of NonMaxSuppressionCalculator, with their options."""
    for node in graph.nodes:
        options = node.options()
        if isinstance(options, NonMaxSuppressionOptions):
            yield node, options
