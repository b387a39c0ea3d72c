"""A graph as the rules see it: as it is written and, where that can be had, with its subgraphs."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator
from pathlib import Path

from mediapipe_anchors.errors import GraphRunError, MissingExtraError
from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.checks import REFUSED, find
from mediapipe_anchors.graph.rules import Subject
from mediapipe_anchors.graph.rules.subgraphs import subgraphs

MAX_REASON = 300  # characters of what MediaPipe says


class View:
    """A subject, and where its nodes stand in the graph that the user has written."""

    def __init__(self, subject: Subject, source: Graph) -> None:
        self.subject = subject
        self._names = _canonical_names(source)

    def origin_of(self, node: Node | None) -> Node | None:
        """The node as written, or the subgraph that it comes out of; None where that is unclear."""
        if node is None or node in self._names:
            return node
        prefix, inside, _ = node.name.partition("__")
        for written, name in self._names.items():
            if prefix == name if inside else _wiring(node) == _wiring(written):
                return written
        return None


def views_of(graph: Graph, model: Path | None) -> Iterator[View]:
    """The graph, and then, if it has subgraphs that can be looked into, its expanded form."""
    package = _mediapipe_folder()
    beside = Path() if graph.path is None else graph.path.parent
    folders = (beside, *([] if package is None else [package, package.parent]))
    written = Subject(graph, model, folders)
    expanded, unread = None, ""
    if any(subgraphs(graph)):
        expanded, unread = _expand(written)
    yield View(Subject(graph, model, folders, unread), graph)
    if expanded is not None:
        yield View(Subject(expanded, model, folders), graph)


def _expand(subject: Subject) -> tuple[Graph | None, str]:
    """The graph with nodes in place of subgraphs; or None, and why."""
    from mediapipe_anchors.run.validation import expanded_graph, validate

    for _ in find(subject, REFUSED):  # it may end the process as soon as MediaPipe reads it
        return None, "correct the errors first; MediaPipe may not survive them"
    try:
        return expanded_graph(validate(subject.graph)), ""
    except MissingExtraError as error:
        return None, str(error)
    except GraphRunError as error:
        reason = " ".join(str(error).split())
        return None, reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}..."


def _mediapipe_folder() -> Path | None:
    """The folder of the package `mediapipe`, which holds models; None where it is not installed."""
    from mediapipe_anchors.run.mediapipe_api import find_mediapipe

    try:
        return find_mediapipe()
    except (MissingExtraError, GraphRunError):
        return None


def _canonical_names(graph: Graph) -> dict[Node, str]:
    """How MediaPipe begins the names of the nodes that come out of each node."""
    names = [node.name or node.calculator for node in graph.nodes]
    counts, seen = collections.Counter(names), collections.Counter[str]()
    canonical = {}
    for node, name in zip(graph.nodes, names, strict=True):
        seen[name] += 1
        numbered = f"{name}_{seen[name]}" if counts[name] > 1 else name
        canonical[node] = re.sub(r"\W", "_", numbered.lower())
    return canonical


def _wiring(node: Node) -> tuple[str, ...]:
    return (node.calculator, *node.input_streams, ">", *node.output_streams, *node.option_values)
