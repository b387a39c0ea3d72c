"""What `run_graph` makes of the rules: an error, a warning, or nothing.

MediaPipe checks much with assertions that end the process, or not at all; what would end the
process, hang it or read out of bounds is refused here, before MediaPipe sees it. What MediaPipe
itself answers with an error (unknown calculators, streams that nobody produces, wrong packet types)
is left to MediaPipe.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator

from mediapipe_anchors.errors import GraphWarning, MediaPipeAnchorsError, OptionsError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.rules import RULES, Ending, Finding, Rule, Severity, Subject

REFUSED = tuple(rule for rule in RULES if rule.is_refused)


class GraphCheck:
    """Checks a graph before it runs, and once more when its subgraphs are expanded.

    Args:
        warn: codes of rules that are to warn, whatever MediaPipe does.

    Raises:
        MediaPipeAnchorsError: a code that no rule has.
    """

    def __init__(self, warn: Collection[str] | str = ()) -> None:
        self._lowered = check_codes("warn", warn)
        self._told: set[tuple[str, str, str]] = set()

    def check(self, graph: Graph) -> None:
        """Raise `OptionsError` for the first finding that is refused; warn of the others, once."""
        found: list[tuple[Rule, Finding]] = []
        for rule, finding in find(Subject(graph), RULES):
            if rule.is_refused and rule.code not in self._lowered:
                raise _error(graph, rule, finding)
            if rule.code in self._lowered or _warns(rule):
                found.append((rule, finding))
        told = self._told.copy()
        for rule, finding in found:
            key = (rule.code, finding.field, repr(finding.value))
            self._told.add(key)
            if key not in told:
                text = f"{_place(graph, finding)}{finding}. {rule.effect} [{rule.code}]"
                warnings.warn(GraphWarning(text), stacklevel=_callers_level())


def find_dangers(graph: Graph) -> Iterator[Finding]:
    """What `GraphCheck` refuses, rule by rule; `GraphError` for options that cannot be read."""
    for _, finding in find(Subject(graph), REFUSED):
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


def check_codes(name: str, codes: Collection[str] | str) -> frozenset[str]:
    """The codes given as an argument; `MediaPipeAnchorsError` for one that no rule has."""
    given = (codes,) if isinstance(codes, str) else tuple(codes)
    known = [rule.code for rule in RULES]
    for code in given:
        if code not in known:
            close = difflib.get_close_matches(str(code), known, n=3, cutoff=0.5)
            raise MediaPipeAnchorsError(
                field=name,
                value=code,
                expected=f"the code of a rule, such as {' or '.join(close or known[:1])}",
                fix="mediapipe-anchors lint --explain lists all codes",
            )
    return frozenset(given)


def _warns(rule: Rule) -> bool:
    """Whether a run goes on under a warning: not where MediaPipe answers with an error itself."""
    misleads = rule.severity is Severity.ERROR and rule.ending is Ending.MISLEADS
    return misleads or rule.severity is Severity.WARNING


def _error(graph: Graph, rule: Rule, finding: Finding) -> OptionsError:
    return OptionsError(
        f"{_place(graph, finding)}{finding}",
        field=finding.field,
        value=finding.value,
        expected=finding.expected,
        fix=finding.fix,
        code=rule.code,
    )


def _place(graph: Graph, finding: Finding) -> str:
    number = line_of(graph, finding)
    if graph.path is None:
        return "" if number is None else f"line {number}: "
    return f"{graph.path}: " if number is None else f"{graph.path}:{number}: "


def _callers_level() -> int:
    """The `stacklevel` with which a warning names the caller of the package."""
    package = __name__.partition(".")[0]
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(package):
        frame, level = frame.f_back, level + 1
    return level
