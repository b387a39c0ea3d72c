"""What in a graph would abort MediaPipe's process, hang it, or make it read out of bounds.

MediaPipe checks much of this with assertions that end the process, or not at all; each case is one
rule of `rules`, which needs no mediapipe. What MediaPipe itself answers with an error (unknown
calculators, streams that nobody produces, wrong packet types) is left to MediaPipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules import RULES, Finding, Rule, Subject


def check_graph(graph: Graph) -> None:
    """Raise `OptionsError` for the first finding, with the graph's path and the field's line."""
    refused = (rule for rule in RULES if rule.is_refused)
    for rule, finding in find(Subject(graph), refused):
        number = line_of(graph, finding)
        path = "" if graph.path is None else f"{graph.path}:"
        line = "" if number is None else f"{number}:"
        raise OptionsError(
            f"{path}{line} {finding}".strip(),
            field=finding.field,
            value=finding.value,
            expected=finding.expected,
            fix=finding.fix,
            code=rule.code,
        )


def find_dangers(graph: Graph) -> Iterator[Finding]:
    """What `check_graph` refuses, rule by rule; `GraphError` for options that cannot be read."""
    for _, finding in find(Subject(graph), (rule for rule in RULES if rule.is_refused)):
        yield finding


def find(subject: Subject, rules: Iterable[Rule] = RULES) -> Iterator[tuple[Rule, Finding]]:
    """What the rules find, rule by rule; `GraphError` for options that cannot be read."""
    for rule in rules:
        for finding in rule.check(subject):
            yield rule, finding


def line_of(graph: Graph, finding: Finding) -> int | None:
    """The 1-based line of a finding's field, else of its node; None in a binary graph."""
    place = finding.field if finding.place is None else finding.place
    return graph.line_of(place) if finding.node is None else finding.node.line_of(place)
