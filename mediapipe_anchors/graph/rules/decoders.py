"""The decoders of a graph: what tensors they get, and which scores they can put out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules.model_tensors import Tensors, tensors_on
from mediapipe_anchors.graph.rules.nodes import stations_with
from mediapipe_anchors.graph.rules.subject import Subject, inference_options, is_inference
from mediapipe_anchors.graph.rules.walk import Arrival
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.options import TensorsToDetectionsOptions

POSTPROCESSED = 4  # the number of tensors of a model that decodes and suppresses itself


class Decoder(NamedTuple):
    """A decoder, with what is known of its tensors.

    Attributes:
        station: the node.
        options: its options.
        tensors: the models' outputs that may come to it, those that are known.
        counts: how many tensors may come at once; empty where that is not known.
        inferences: the nodes that run its models.
    """

    station: Station
    options: TensorsToDetectionsOptions
    tensors: tuple[Tensors, ...]
    counts: frozenset[int]
    inferences: tuple[Node, ...]

    @property
    def has_anchors(self) -> bool:
        """Whether a side packet of anchors is connected."""
        return any(entry.tag == "ANCHORS" for entry in self.station.side_inputs)

    @property
    def is_raw(self) -> bool:
        """Whether it gets boxes and scores of a model that leaves the decoding to it."""
        if self.counts:
            return POSTPROCESSED not in self.counts
        mapping = self.options.tensor_mapping
        if mapping is not None and mapping.num_detections_tensor_index is not None:
            return False
        return self.has_anchors or self.options.num_boxes > 0

    @property
    def is_postprocessed(self) -> bool:
        """Whether it gets boxes, classes, scores and their number, already decoded."""
        if self.counts:
            return self.counts == {POSTPROCESSED}
        mapping = self.options.tensor_mapping
        return mapping is not None and mapping.num_detections_tensor_index is not None

    @property
    def is_on_gpu(self) -> bool:
        """Whether a model of its own says that it runs on a GPU, which then decodes, too."""
        messages = [inference_options(node) for node in self.inferences]
        return any(m is not None and (m.use_gpu or m.delegate.HasField("gpu")) for m in messages)

    @property
    def highest_score(self) -> float:
        """The most that a score can be; infinite where the model decides."""
        if not self.options.sigmoid_score or self.is_postprocessed:
            return math.inf
        clipped = self.options.score_clipping_thresh
        if clipped is None or math.isnan(clipped):
            return 1.0
        with np.errstate(over="ignore"):
            return float(1 / (1 + np.exp(-np.float32(clipped))))

    @property
    def num_classes_left(self) -> int | None:
        """How many score columns its class filter leaves; None where their number is not set."""
        options, count = self.options, self.options.num_classes
        if count is None:
            return None
        named = {n for n in options.allow_classes or options.ignore_classes if 0 <= n < count}
        return len(named) if options.allow_classes else max(count, 0) - len(named)


def decoders(subject: Subject) -> list[Decoder]:
    """The decoders of a graph."""
    return subject.once(_decoders)


def decoders_before(subject: Subject, station: Station) -> Iterator[tuple[Decoder, Arrival]]:
    """The decoders whose detections come to a node, with where they come from."""
    found = subject.once(_known_before)
    if station not in found:
        found[station] = list(_decoders_before(subject, station))
    yield from found[station]


def _known_before(_: Subject) -> dict[Station, list[tuple[Decoder, Arrival]]]:
    """What has been worked out for each node, which several rules ask."""
    return {}


def _decoders_before(subject: Subject, station: Station) -> Iterator[tuple[Decoder, Arrival]]:
    known = {decoder.station.node: decoder for decoder in decoders(subject)}
    for entry in station.inputs:
        for arrival in subject.wiring.sources(entry.name):
            if arrival.station is not None and arrival.station.node in known:
                yield known[arrival.station.node], arrival


def _decoders(subject: Subject) -> list[Decoder]:
    return [
        _decoder(subject, station, options)
        for station, options in stations_with(subject, TensorsToDetectionsOptions)
    ]


def _decoder(subject: Subject, station: Station, options: TensorsToDetectionsOptions) -> Decoder:
    found = [t for entry in station.inputs_of("TENSORS") for t in tensors_on(subject, entry)]
    known = tuple(tensors for tensors in found if tensors is not None)
    all_known = found and len(known) == len(found)
    counts = {len(tensors.outputs) for tensors in known} if all_known else ()
    inferences = {
        arrival.station.node: None
        for entry in station.inputs
        for arrival in subject.wiring.sources(entry.name)
        if arrival.station is not None and is_inference(arrival.station.node)
    }
    return Decoder(station, options, known, frozenset(counts), tuple(inferences))
