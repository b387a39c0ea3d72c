"""The nodes of a graph that hold the options of one kind, for the rules on these."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.options_message import from_message, type_name_of
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.options import CalculatorOptions, TensorsToDetectionsOptions
from mediapipe_anchors.schema import parse_message

_Options = TypeVar("_Options", bound=CalculatorOptions)

LEGACY_DECODER = "TfLiteTensorsToDetectionsCalculator"


def stations_with(subject: Subject, kind: type[_Options]) -> Iterator[tuple[Station, _Options]]:
    """The stations with options of a kind, the older TfLite decoder too, where these are all there.

    A subgraph's node with `option_value` takes some of them from its callers.
    """
    for station in subject.wiring.stations:
        options = options_of(subject, station.node)
        if isinstance(options, kind) and not station.node.option_values:
            yield station, options


def options_of(subject: Subject, node: Node) -> Any | None:
    """The node's options if it is one of the detection calculators, or the older TfLite decoder."""
    if node.calculator != LEGACY_DECODER:
        return subject.options(node)
    message = node.message(f"mediapipe.{LEGACY_DECODER}Options")
    kind = TensorsToDetectionsOptions
    if message is None:
        return kind()
    # The two messages number their common fields alike.
    return from_message(kind, parse_message(message.SerializeToString(), type_name_of(kind)))


def set_fields(node: Node) -> set[str]:
    """The names of the fields that a node's options message sets, to their default or not."""
    message = node.message(f"mediapipe.{node.calculator}Options")
    return set() if message is None else {field.name for field, _ in message.ListFields()}


def changed_fields(options: CalculatorOptions, names: Iterable[str]) -> list[str]:
    """Those of the fields that are not at their default."""
    defaults = {field.name: field.default for field in dataclasses.fields(options)}  # type: ignore[arg-type]
    return [name for name in names if getattr(options, name) != defaults[name]]
