"""How data that nodes hand on flows through a graph."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mediapipe_anchors.graph import Node


def handed_on(node: Node) -> list[tuple[str, str]]:
    """The (input, output) streams, as written, between which a node hands data on, if it does.

    What comes in goes out under the same tag and index; what has no such output, under all.
    """
    outputs = _places(node.output_streams)
    return [
        (entry, output)
        for place, entry in _places(node.input_streams).items()
        for output in ([outputs[place]] if place in outputs else outputs.values())
    ]


def _places(entries: Sequence[str]) -> dict[tuple[str, str], str]:
    """The entries by tag and index: "TAG:name" has index 0, those without a tag are counted."""
    untagged = itertools.count()
    places = {}
    for entry in entries:
        tag, _, rest = entry.rpartition(":")[0].partition(":")
        places[tag, rest or ("0" if tag else str(next(untagged)))] = entry
    return places
