"""Corrects what can be corrected in only one way."""

from __future__ import annotations

import os
from collections.abc import Collection

from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules import Severity
from mediapipe_anchors.linting import Examined, examine
from mediapipe_anchors.linting.values import put


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
    done: dict[tuple[Node, str, str], Examined] = {}
    while True:
        todo = [each for each in examine(graph, model, ignore=ignore) if _is_due(each, done)]
        if not todo:
            return list({id(each): each for each in done.values()}.values())
        for each in todo:
            _correct(each, done)


def _is_due(each: Examined, done: Collection[tuple[Node, str, str]]) -> bool:
    """Whether a finding has a correction that has not been tried."""
    matters = each.finding.severity is not Severity.INFO and each.raw.node is each.node
    return matters and bool(each.raw.replace) and not any(_keys(each) & set(done))


def _correct(each: Examined, done: dict[tuple[Node, str, str], Examined]) -> None:
    """Put in the replacements, unless another finding of this round has changed such a field."""
    node, keys = each.node, _keys(each)
    if node is None or keys & set(done):
        return
    for replacement in each.raw.replace:
        put(node, replacement)
    done.update(dict.fromkeys(keys, each))


def _keys(each: Examined) -> set[tuple[Node, str, str]]:
    if each.node is None:
        return set()
    return {(each.node, part.options, part.field) for part in each.raw.replace}
