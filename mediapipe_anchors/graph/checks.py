"""What in a graph would abort MediaPipe's process, hang it, or make it read out of bounds.

MediaPipe checks much of this with assertions that end the process, or not at all; each case is
one rule in `rules.py`, which needs no mediapipe. What MediaPipe itself answers with an error
(unknown calculators, streams that nobody produces, wrong packet types) is left to MediaPipe.
"""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules import RULES, Finding


def check_graph(graph: Graph) -> None:
    """Raise `OptionsError` for the first finding, with the graph's path and the node's line."""
    for finding in find_dangers(graph):
        number = None if finding.node is None else finding.node.line
        path = "" if graph.path is None else f"{graph.path}:"
        line = "" if number is None else f"{number}:"
        raise OptionsError(
            f"{path}{line} {finding}".strip(),
            field=finding.field,
            value=finding.value,
            expected=finding.expected,
            fix=finding.fix,
        )


def find_dangers(graph: Graph) -> Iterator[Finding]:
    """What the rules find, rule by rule; `GraphError` for options that cannot be read."""
    for rule in RULES:
        yield from rule(graph)
