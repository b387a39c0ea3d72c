"""Corrects what can be corrected in only one way."""

from __future__ import annotations

import os
from collections.abc import Collection

from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules import Severity
from mediapipe_anchors.linting import Examined, examine
from mediapipe_anchors.linting.values import put

_Field = tuple[Node, str, str]
_Step = tuple[_Field, str]


def fix_graph(
    graph: Graph,
    model: str | os.PathLike[str] | None = None,
    *,
    ignore: Collection[str] | str = (),
) -> list[Examined]:
    """Correct a graph in place, and return what has been corrected.

    Only values change; a text graph keeps its comments and every byte beside them. Errors and
    warnings are corrected, notes are not. A second call finds nothing more to do.
    """
    done: dict[_Step, Examined] = {}
    while True:
        todo = [each for each in examine(graph, model, ignore=ignore) if _is_due(each, done)]
        if not todo:
            return list({id(each): each for each in done.values()}.values())
        changed: set[_Field] = set()  # in this round; what else is found there may be mended by it
        for each in todo:
            if not changed & _fields(each):
                _correct(each)
                changed |= _fields(each)
                done.update(dict.fromkeys(_steps(each), each))


def _is_due(each: Examined, done: Collection[_Step]) -> bool:
    """Whether a finding has a correction that has not been tried."""
    matters = each.finding.severity is not Severity.INFO and each.raw.node is each.node
    return matters and bool(each.raw.replace) and not _steps(each) & set(done)


def _correct(each: Examined) -> None:
    """Put in the replacements."""
    for replacement in each.raw.replace:
        assert each.node is not None
        put(each.node, replacement)


def _fields(each: Examined) -> set[_Field]:
    """The fields that a finding would change."""
    if each.node is None:
        return set()
    return {(each.node, part.options, part.field) for part in each.raw.replace}


def _steps(each: Examined) -> set[_Step]:
    """The fields, each with the rule that would change it: no rule does so twice."""
    return {(field, each.finding.code) for field in _fields(each)}
