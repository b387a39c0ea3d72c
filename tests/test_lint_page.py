"""docs/lint.md: up to date, complete, and its examples true."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from conftest import needs_graph_api
from rule_examples import EXAMPLES, NOT_ALONE, RUNNABLE, codes_of

from mediapipe_anchors.graph.rules import RULES, Ending

DOCS = Path(__file__).parents[1] / "docs"

by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def test_the_page_is_what_its_generator_writes():
    script = runpy.run_path(str(DOCS / "generate.py"))
    assert (DOCS / "lint.md").read_text(encoding="utf-8") == script["page_text"]()


@by_rule
def test_every_code_has_a_cause_a_cure_and_an_example(rule):
    for text in (rule.effect, rule.cause, rule.cure):
        assert text[:1] == "`" or text[:1].isupper() or text[:1].isdigit()
        assert text.endswith((".", ".)"))
    for example in (rule.before, rule.after):
        assert 1 <= len(example.splitlines()) <= 4
        assert max(map(len, example.splitlines())) <= 90
    assert rule.before != rule.after
    assert all(text == text.strip() and "\n" not in text for text in rule.says)


def test_those_whose_example_does_not_stand_alone_exist():
    assert set(NOT_ALONE) <= {rule.code for rule in RULES}


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.code not in NOT_ALONE], ids=lambda rule: rule.code
)
def test_the_example_has_the_mistake_and_its_correction_has_not(rule):
    frames = [frame for frame in EXAMPLES if rule.code in codes_of(frame(rule.before))]
    assert frames, "no frame makes a graph of it in which the rule finds something"
    assert rule.code not in codes_of(frames[0](rule.after))


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize(
    "rule",
    [rule for rule in RULES if rule.answered and rule.ending is Ending.REFUSES],
    ids=lambda rule: rule.code,
)
def test_mediapipe_says_what_the_page_says(rule):
    """Of what MediaPipe answers itself; the rest is proven in `test_graph_rules.py`."""
    from oracle import stock_outcome, stock_run_graph

    frame = next(frame for frame in RUNNABLE if rule.code in codes_of(frame(rule.before)))
    outcome = stock_outcome(stock_run_graph, frame(rule.before), timeout=60)
    assert outcome.kind == "error"
    said = " ".join(outcome.text.split())
    assert any(text in said for text in rule.says), said
    outcome = stock_outcome(stock_run_graph, frame(rule.after), timeout=60)
    assert not any(text in " ".join(outcome.text.split()) for text in rule.says)
