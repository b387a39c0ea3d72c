"""Every rule finds its flaw and nothing else, and stock MediaPipe shows what the rule says."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from conftest import needs_graph_api
from rule_cases import (
    Flaw,
    anchor_flaws,
    decode_flaws,
    image_flaws,
    model_flaws,
    nms_flaws,
    score_flaws,
    stream_flaws,
)

from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.checks import find
from mediapipe_anchors.graph.rules import RULES, Ending, Rule, Severity, Subject

SUBJECTS = (
    anchor_flaws,
    decode_flaws,
    image_flaws,
    model_flaws,
    nms_flaws,
    score_flaws,
    stream_flaws,
)
FLAWS: dict[str, Flaw] = {name: flaw for module in SUBJECTS for name, flaw in module.FLAWS.items()}
RULE_OF = {rule.code: rule for rule in RULES}

by_flaw = pytest.mark.parametrize("name", FLAWS)


def found_in(text: str) -> list[tuple[Rule, Any]]:
    return list(find(Subject(Graph.read(text))))


def test_no_case_hides_another():
    assert len(FLAWS) == sum(len(module.FLAWS) for module in SUBJECTS)


@by_flaw
def test_flaw_is_found(name):
    flaw = FLAWS[name]
    found = [(rule.code, finding.field) for rule, finding in found_in(flaw.graph)]
    assert (flaw.code, flaw.field) in found
    assert {code for code, _ in found} - set(flaw.beside) == {flaw.code}


@by_flaw
def test_nothing_is_found_without_it(name):
    flaw = FLAWS[name]
    found = found_in(flaw.sound)
    assert [str(finding) for rule, finding in found if rule.code not in flaw.beside] == []
    assert all(rule.severity is Severity.INFO for rule, _ in found)


@by_flaw
def test_flaw_is_proven(name):
    """A rule that counts is shown on stock MediaPipe, here or by a trap."""
    flaw, rule = FLAWS[name], RULE_OF[FLAWS[name].code]
    if rule.severity is not Severity.INFO:
        assert flaw.shows or flaw.traps or flaw.unproven


def test_what_is_refused_is_shown():
    refused = {flaw.code for flaw in FLAWS.values() if flaw.shows == "refused" or flaw.traps}
    codes = {flaw.code for flaw in FLAWS.values()}
    ends = {code for code in codes if RULE_OF[code].ending is Ending.REFUSES}
    assert ends <= refused


def test_traps_exist():
    from differential.traps import TRAPS

    known = {trap.name for trap in TRAPS}
    assert {trap for flaw in FLAWS.values() for trap in flaw.traps} <= known


@functools.cache
def stock_results() -> dict[str, Any]:
    """What stock MediaPipe makes of all graphs, in one process."""
    from oracle import stock_found, stock_outcome

    texts = {text for flaw in FLAWS.values() if flaw.shows for text in (flaw.graph, flaw.sound)}
    ordered = sorted(texts)
    outcome = stock_outcome(stock_found, ordered, timeout=300)
    assert outcome.kind == "ok", outcome
    return dict(zip(ordered, outcome.result, strict=True))


def shown(found: Any, sound: list[Any]) -> str:
    """How the detections of a graph differ from those of a sound one."""
    if isinstance(found, str):
        return "refused"
    if not found:
        return "none" if sound else "same"
    if len(found) != len(sound):
        return "fewer" if len(found) < len(sound) else "more"
    return "same" if repr(found) == repr(sound) else "others"


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize("name", [name for name, flaw in FLAWS.items() if flaw.shows])
def test_flaw_shows_on_stock(name):
    flaw = FLAWS[name]
    found, sound = stock_results()[flaw.graph], stock_results()[flaw.sound]
    assert not isinstance(sound, str), sound
    assert shown(found, sound) == flaw.shows, (found, sound)
    if isinstance(found, str):
        assert any(words in found for words in RULE_OF[flaw.code].says), found
