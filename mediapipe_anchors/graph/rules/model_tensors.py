"""Rules for the tensors that a model hands to a node, as far as the model can be read."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.forwarding import Entry
from mediapipe_anchors.graph.rules.subject import Subject, inference_options
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.options import TensorMapping, TensorsToDetectionsOptions
from mediapipe_anchors.tflite import Model, Tensor

Shape = tuple[int, ...]


class Tensors(NamedTuple):
    """What a model puts out, in the order in which it leaves the node that runs it.

    Attributes:
        node: the node that runs the model.
        network: the model.
        outputs: its outputs.
    """

    node: Node
    network: Model
    outputs: tuple[Tensor, ...]

    @property
    def model(self) -> str:
        """The name of the model's file."""
        return "the model" if self.network.path is None else Path(self.network.path).name

    @property
    def shapes(self) -> list[Shape | None]:
        """The shapes; None where the file leaves a size open until the model runs."""
        return [tensor.shape if tensor.is_fixed else None for tensor in self.outputs]


@rule(
    "mapped-tensor-missing",
    Severity.ERROR,
    Ending.STRAYS,
    effect="MediaPipe reads a tensor that is not there, out of bounds.",
    calculator="TensorsToDetectionsCalculator",
    cause="`tensor_mapping` names an output by an index that the model does not have. "
    "MediaPipe checks the indices against each other, not against the model.",
    cure="Count the model's outputs from 0, in the order of the file.",
    before="tensor_mapping { detections_tensor_index: 0 scores_tensor_index: 1\n  "
    "anchors_tensor_index: 2 }  # the model has two outputs",
    after="tensor_mapping { detections_tensor_index: 0 scores_tensor_index: 1 }",
)
def mapped_tensors_exist(subject: Subject) -> Iterator[Finding]:
    """A decoder looks up the tensors of its `tensor_mapping` whether they are there or not."""
    for station in subject.wiring.stations:
        options = subject.options(station.node)
        if not isinstance(options, TensorsToDetectionsOptions) or options.tensor_mapping is None:
            continue
        for tensors in _known_tensors(subject, station):
            count = len(tensors.shapes)
            for field, index in _looked_up(options.tensor_mapping, count):
                expected = f"below {count}, the number of outputs of {tensors.model}"
                yield Finding(station.node, f"tensor_mapping.{field}", index, expected)


@rule(
    "too-many-landmarks",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process at the first frame.",
    calculator="TensorsToLandmarksCalculator",
    cause="`num_landmarks` is more than the values of the model's first output.",
    cure="Write the number of landmarks that the model gives.",
    before="num_landmarks: 64  # of an output of 63 values",
    after="num_landmarks: 21",
)
def landmarks_fit(subject: Subject) -> Iterator[Finding]:
    """TensorsToLandmarksCalculator aborts on more landmarks than its tensor has values."""
    for station in subject.wiring.stations:
        if station.node.calculator != "TensorsToLandmarksCalculator":
            continue
        message = station.node.message("mediapipe.TensorsToLandmarksCalculatorOptions")
        count = 0 if message is None else message.num_landmarks
        for tensors in _known_tensors(subject, station):
            shape = tensors.shapes[0] if tensors.shapes else None
            if shape is not None and count > math.prod(shape):
                expected = (
                    f"at most {math.prod(shape)}, the values in {tensors.model}'s first output"
                )
                yield Finding(station.node, "num_landmarks", count, expected)


def tensors_on(subject: Subject, entry: Entry, stop: Collection[str] = ()) -> list[Tensors | None]:
    """What comes on a stream of tensors, for each of its origins; None where it is not known.

    What comes to the calculators of `stop` is left out of account.
    """
    return [
        _put_out(arrival.station.node, subject)
        if arrival.station is not None and arrival.tag == "TENSORS"
        else None
        for arrival in subject.wiring.sources(entry.name, stop=stop)
        if arrival.is_origin
    ]


def _known_tensors(subject: Subject, station: Station) -> Iterator[Tensors]:
    for entry in station.inputs_of("TENSORS"):
        yield from (tensors for tensors in tensors_on(subject, entry) if tensors is not None)


def _looked_up(mapping: TensorMapping, count: int) -> Iterator[tuple[str, int]]:
    """The fields of a mapping that name none of `count` tensors, and are looked up all the same."""
    if count not in (2, 3):  # of four all are there; any other number MediaPipe refuses
        return
    for part in ("detections", "scores", "anchors")[:count]:
        field = f"{part}_tensor_index"
        index = getattr(mapping, field)
        if index is not None and index >= count:
            yield field, index


def _put_out(node: Node, subject: Subject) -> Tensors | None:
    """What a node that runs a model puts out; None for other nodes and unreadable models."""
    network = subject.network(node)
    if network is None:
        return None
    message = inference_options(node)
    tensors = Tensors(node, network, network.outputs)
    return tensors if message is None else _in_order(tensors, message)


def _in_order(tensors: Tensors, message: Any) -> Tensors | None:
    """The tensors as `input_output_config` orders them; None where it names them."""
    if not hasattr(message, "input_output_config"):  # the older TfLite calculator
        return tensors
    config = message.input_output_config
    if config.feedback_tensor_links or config.HasField("output_tensor_names_map"):
        return None
    order = list(config.output_tensor_indices_map.model_tensor_indices)
    if not order:
        return tensors
    if sorted(order) != list(range(len(tensors.outputs))):  # MediaPipe takes a permutation only
        return None
    return tensors._replace(outputs=tuple(tensors.outputs[index] for index in order))
