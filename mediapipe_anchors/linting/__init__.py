"""`lint`: every mistake of a graph, before it runs."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.checks import check_codes, find, line_of
from mediapipe_anchors.graph.rules import Finding, Rule, Severity
from mediapipe_anchors.linting.values import WIRING, replacement_text
from mediapipe_anchors.linting.views import View, views_of

__all__ = ["LintFinding", "lint"]


@dataclasses.dataclass(frozen=True)
class LintFinding:
    """One thing that is wrong with a graph.

    Attributes:
        code: of the rule; it stays the same from version to version.
        severity: a `Severity`, which is a str: "error", "warning" or "info".
        node: the calculator, with the node's name if it has one, and the subgraph that it is in;
            None for what belongs to the graph as a whole.
        field: the field at fault.
        line: its 1-based line, or that of the node where it is not written; None in a binary graph.
        message: what is wrong, and what happens at run time.
        fix: what to write instead.
    """

    code: str
    severity: Severity
    node: str | None
    field: str
    line: int | None
    message: str
    fix: str


def lint(
    graph: Any,
    model: str | os.PathLike[str] | None = None,
    *,
    ignore: Collection[str] | str = (),
    warn: Collection[str] | str = (),
) -> list[LintFinding]:
    """Find what MediaPipe aborts on, hangs on, or turns into no or wrong detections.

    Needs no mediapipe. Where mediapipe 0.10.21 is installed, subgraphs are looked into as well.

    Args:
        graph: what `Graph.read` takes: a path, text, bytes, a message, or a `Graph`.
        model: the .tflite file that the graph runs, where its nodes do not say or it is not there:
            it stands for a model of the same file name, or else for all of them.
        ignore: codes that are not reported.
        warn: codes of errors that are reported as warnings.

    Returns:
        The findings, by line. Errors and warnings are to be corrected; an info is worth knowing.

    Raises:
        GraphError: the graph cannot be read, or has a field that the schema does not know.
        ModelError: `model` is not a file.
        MediaPipeAnchorsError: a code that no rule has.
    """
    return [each.finding for each in examine(Graph.read(graph), model, ignore=ignore, warn=warn)]


class Examined(NamedTuple):
    """A finding as it is reported, beside what the rule says; `node` is the node as written."""

    finding: LintFinding
    raw: Finding
    node: Node | None


def examine(
    graph: Graph,
    model: str | os.PathLike[str] | None = None,
    *,
    ignore: Collection[str] | str = (),
    warn: Collection[str] | str = (),
) -> list[Examined]:
    """As `lint`."""
    ignored, lowered = check_codes("ignore", ignore), check_codes("warn", warn)
    graph.check_fields()
    found: dict[tuple[str, Node | None, str, str], Examined] = {}
    for view in views_of(graph, _check_model(model)):
        for rule, raw, origin in _found(view, ignored):
            key = (rule.code, origin, raw.field, repr(raw.value))
            reported = _report(graph, rule, raw, origin, rule.code in lowered)
            found.setdefault(key, Examined(reported, raw, origin))
    return sorted(found.values(), key=lambda each: (each[0].line is None, each[0].line or 0))


def _found(view: View, ignored: Collection[str]) -> Iterator[tuple[Rule, Finding, Node | None]]:
    for rule, finding in find(view.subject):
        if rule.code not in ignored:
            yield rule, finding, view.origin_of(finding.node)


def _report(
    graph: Graph, rule: Rule, raw: Finding, origin: Node | None, is_lowered: bool
) -> LintFinding:
    severity = rule.severity
    if is_lowered and severity is Severity.ERROR:
        severity = Severity.WARNING
    return LintFinding(
        rule.code,
        severity,
        _label(raw.node, origin),
        raw.field,
        _line(graph, raw, origin),
        f"{raw.what}. {rule.effect}",
        _fix(rule, raw),
    )


def _line(graph: Graph, raw: Finding, origin: Node | None) -> int | None:
    """The line of the field; in a subgraph, of the option that it hands on, or of its node."""
    if raw.node is origin:
        return line_of(graph, raw)
    place = raw.field if raw.place is None else raw.place
    if origin is None:
        return None
    is_subgraph = not origin.calculator.endswith("Calculator")
    return origin.line if is_subgraph and place.startswith(WIRING) else origin.line_of(place)


def _label(node: Node | None, origin: Node | None) -> str | None:
    if node is None:
        return None
    if origin is not None and origin.calculator.endswith("Calculator"):
        node = origin  # what MediaPipe makes of it has another name
    name = f" ({node.name})" if node.name and "__" not in node.name else ""
    inside = "" if origin is None or origin is node else f" in {origin.calculator}"
    return f"{node.calculator}{name}{inside}"


def _fix(rule: Rule, raw: Finding) -> str:
    if raw.replace:
        written = " and ".join(map(replacement_text, raw.replace))
        return f"{written}; {raw.fix}" if raw.fix else written
    return raw.fix or rule.cure


def _check_model(model: str | os.PathLike[str] | None) -> Path | None:
    if model is None:
        return None
    path = Path(model)
    if not path.is_file():
        raise ModelError("no such file", path=path)
    return path
