"""How data that nodes hand on flows through a graph."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mediapipe_anchors.graph import Node

# Inputs that say when or whether a node hands on what its other inputs hold.
STEERING_TAGS = (
    "ALLOW",
    "BATCH_END",
    "DISALLOW",
    "ENABLE",
    "FINISHED",
    "MAIN",
    "MATRIX",
    "OUTPUT_SIZE",
    "SELECT",
    "TICK",
)


def handed_on(node: Node) -> list[tuple[str, str]]:
    """The (input, output) streams, as written, between which a node hands data on, if it does.

    What comes in goes out under the same tag and index. An input or output without such a
    counterpart goes with all.
    """
    inputs, outputs = _places(node.input_streams), _places(node.output_streams)
    return [
        (entry, output)
        for source, entry in inputs.items()
        for target, output in outputs.items()
        if source[0] not in STEERING_TAGS
        and (source == target or source not in outputs or target not in inputs)
    ]


def _places(entries: Sequence[str]) -> dict[tuple[str, str], str]:
    """The entries by tag and index: "TAG:name" has index 0, those without a tag are counted."""
    untagged = itertools.count()
    places = {}
    for entry in entries:
        tag, _, index = entry.rpartition(":")[0].partition(":")
        places[tag, index or ("0" if tag else str(next(untagged)))] = entry
    return places
