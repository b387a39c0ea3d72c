"""Which nodes make the tensors that boxes are found in, and which lead the boxes back."""

from __future__ import annotations

from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules.decoders import decoders
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.schema import message_class

LETTERBOX_REMOVAL = "DetectionLetterboxRemovalCalculator"
PROJECTION = "DetectionProjectionCalculator"
MAPPING_INPUTS = {LETTERBOX_REMOVAL: "LETTERBOX_PADDING", PROJECTION: "PROJECTION_MATRIX"}

TO_TENSOR = "ImageToTensorCalculator"
TRANSFORMATION = "ImageTransformationCalculator"
PADDING = ("LETTERBOX_PADDING", "MATRIX")  # outputs that tell how the image lies in the tensor


def tensor_makers(subject: Subject) -> dict[Station, list[Node]]:
    """The nodes that fit images into tensors, each with the decoders that read what comes of it."""
    return subject.once(_tensor_makers)


def _tensor_makers(subject: Subject) -> dict[Station, list[Node]]:
    found: dict[Station, list[Node]] = {}
    for decoder in decoders(subject):
        for entry in decoder.station.inputs:
            for arrival in subject.wiring.sources(entry.name, depends=True):
                maker = arrival.station
                if maker is None or maker.node.calculator not in (TO_TENSOR, TRANSFORMATION):
                    continue
                if decoder.station.node not in found.setdefault(maker, []):
                    found[maker].append(decoder.station.node)
    return found


def keeps_aspect_ratio(node: Node) -> bool:
    """Whether a node fits the image into its output with margins."""
    message = node.message(f"mediapipe.{node.calculator}Options")
    if message is None or node.option_values:
        return False
    if node.calculator == TO_TENSOR:
        return bool(message.keep_aspect_ratio)
    return bool(message.scale_mode == message_class("mediapipe.ScaleMode").FIT)


def mapped_from(subject: Subject, node: Node) -> Node | None:
    """The node whose matrix or padding a node maps boxes back with, if that is known."""
    tag = MAPPING_INPUTS.get(node.calculator)
    names = [e.rpartition(":")[2] for e in node.input_streams if e.partition(":")[0] == tag]
    makers = {
        arrival.station.node
        for name in names
        for arrival in subject.wiring.sources(name)
        if arrival.station is not None and arrival.tag in PADDING
    }
    return makers.pop() if len(makers) == 1 else None
