"""What the options of decoders say of the detections on a stream, before there are any."""

from __future__ import annotations

from typing import NamedTuple

from mediapipe_anchors.graph import Graph, Node, stream_name, stream_tag
from mediapipe_anchors.graph.flow import handed_on
from mediapipe_anchors.options import TensorsToDetectionsOptions

# They hand detections on, with their keypoints and their classes (NMS: with the top one).
KEEPS_DETECTIONS = (
    "ClipDetectionVectorSizeCalculator",
    "DetectionLabelIdToTextCalculator",
    "DetectionLetterboxRemovalCalculator",
    "DetectionProjectionCalculator",
    "GateCalculator",
    "NonMaxSuppressionCalculator",
    "PassThroughCalculator",
)


class DetectionLayout(NamedTuple):
    """How many keypoints and classes the arrays of detections have room for, at the least."""

    num_keypoints: int
    max_classes: int


UNKNOWN_LAYOUT = DetectionLayout(num_keypoints=0, max_classes=1)


def detection_layouts(graph: Graph) -> dict[str, DetectionLayout]:
    """The layouts of the streams whose detections all come from decoders of one layout.

    Args:
        graph: a graph without subgraphs.
    """
    layouts: dict[str, DetectionLayout] = {}
    kept = []
    for node in graph.nodes:
        options = node.options()
        if isinstance(options, TensorsToDetectionsOptions):
            layout = DetectionLayout(options.num_keypoints, _max_classes(node, options))
            layouts.update(dict.fromkeys(map(stream_name, node.output_streams), layout))
        elif node.calculator in KEEPS_DETECTIONS:
            is_nms = node.calculator == "NonMaxSuppressionCalculator"
            kept += [(stream, sources, is_nms) for stream, sources in _sources(node).items()]
    known = -1
    while known != len(layouts):
        known = len(layouts)
        for stream, sources, is_nms in kept:
            found = {layouts.get(source) for source in sources}
            only = found.pop() if len(found) == 1 else None
            if only is not None:
                layouts[stream] = only._replace(max_classes=1) if is_nms else only
    return layouts


def _sources(node: Node) -> dict[str, set[str]]:
    """The streams whose detections a node hands on, for each of its outputs."""
    sources: dict[str, set[str]] = {}
    for entry, output in handed_on(node):
        if stream_tag(entry) == stream_tag(output):
            sources.setdefault(stream_name(output), set()).add(stream_name(entry))
    return sources


def _max_classes(node: Node, options: TensorsToDetectionsOptions) -> int:
    """Above 1 with four tensors only; with fewer MediaPipe does not look at the option."""
    mapping = options.tensor_mapping
    fewer = mapping is not None and mapping.num_detections_tensor_index is None
    has_anchors = any(stream_tag(entry) == "ANCHORS" for entry in node.input_side_packets)
    return 1 if fewer or has_anchors else max(options.max_classes_per_detection, 1)
