"""Every graph that ends stock MediaPipe's process, hangs it or reads out of bounds is refused."""

from __future__ import annotations

import pytest
from conftest import has_graph_api, needs_graph_api
from rule_cases import (
    detection_options,
    forwarding,
    labels,
    mixing,
    option_values,
    postprocess,
    whole_graph,
)

from mediapipe_anchors import OptionsError, run_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.checks import REFUSED, find, find_dangers
from mediapipe_anchors.graph.rules import RULES, Finding, Severity, Subject
from mediapipe_anchors.linting import lint
from mediapipe_anchors.run.mediapipe_api import load_mediapipe
from mediapipe_anchors.schema import message_class

SUBJECTS = (detection_options, option_values, whole_graph, forwarding, mixing, labels, postprocess)
DANGERS = {name: danger for subject in SUBJECTS for name, danger in subject.DANGERS.items()}
SAFE = {name: safe for subject in SUBJECTS for name, safe in subject.SAFE.items()}

by_danger = pytest.mark.parametrize("name", DANGERS)
by_safe = pytest.mark.parametrize("name", SAFE)


def findings_of(text: str) -> list[Finding]:
    """What is found in a graph, or, where it holds the one subgraph of these cases, behind that."""
    return list(find_dangers(read(text)))


def codes_of(text: str) -> list[str]:
    """The codes of these."""
    return [rule.code for rule, _ in find(Subject(read(text)), REFUSED)]


def read(text: str) -> Graph:
    """A graph; expanded where it holds the one subgraph of these cases."""
    graph = Graph.read(text)
    if 'calculator: "SwitchContainer"' not in text:
        return graph
    if not has_graph_api():
        pytest.skip("needs the extra 'graph' (mediapipe 0.10.21) to expand a subgraph")
    config = load_mediapipe().validated_graph_config()
    config.initialize(graph_config=text)
    expanded = message_class("mediapipe.CalculatorGraphConfig").FromString(config.binary_config)
    return graph if list(find_dangers(graph)) else Graph.read(expanded)


def stock_end(text: str, frames: int, timeout: float = 60) -> tuple[str, str]:
    """How stock MediaPipe ends on a graph: returned, raised, died or hung; and its words."""
    from oracle import stock_outcome, stock_run_graph

    outcome = stock_outcome(stock_run_graph, text, frames, timeout=timeout)
    words = {"ok": "returned", "error": "raised", "hang": "hung"}
    return words.get(outcome.kind, "died"), outcome.text


def what_is_said(code: str) -> tuple[str, ...]:
    """What MediaPipe says, as the rule has it."""
    return next(rule.says for rule in RULES if rule.code == code)


def test_no_case_hides_another():
    cases = [[*subject.DANGERS, *subject.SAFE] for subject in SUBJECTS]
    assert len(DANGERS | SAFE) == sum(map(len, cases))


@by_danger
def test_danger_is_found(name):
    danger = DANGERS[name]
    findings = findings_of(danger.graph)
    assert [finding.field for finding in findings] == [danger.field]
    assert danger.field in str(findings[0])
    assert findings[0].expected


@by_safe
def test_safe_graph_passes(name):
    assert findings_of(SAFE[name].graph) == []


@needs_graph_api
@by_safe
def test_safe_graph_gives_no_false_alarm(name):
    found = {f.code for f in lint(SAFE[name].graph) if f.severity is not Severity.INFO}
    assert found == set(SAFE[name].codes)


@needs_graph_api
@by_danger
def test_run_graph_refuses(name):
    with pytest.raises(OptionsError) as caught:
        run_graph(DANGERS[name].graph, {}, outputs=["detections"])
    assert caught.value.field == DANGERS[name].field


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize("name", [name for name, case in DANGERS.items() if case.stock])
def test_danger_is_real(name):
    danger = DANGERS[name]
    timeout = 5 if danger.stock == "hung" else 60
    end, words = stock_end(danger.graph, danger.frames, timeout)
    assert end == danger.stock
    if words and not words.startswith("SIG"):
        (code,) = codes_of(danger.graph)
        assert any(text in " ".join(words.split()) for text in what_is_said(code)), words


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize("name", [name for name, case in SAFE.items() if case.stock])
def test_safe_graph_runs_on_stock(name):
    assert stock_end(SAFE[name].graph, SAFE[name].frames)[0] == SAFE[name].stock
