"""Every rule finds its flaw and nothing else, and stock MediaPipe shows what the rule says."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from conftest import needs_graph_api
from mediapipe_graphs import ANCHORS_128, DECODE_FACE, face_graph, plain_node
from rule_cases import (
    Flaw,
    anchor_flaws,
    decode_flaws,
    face_flaws,
    image_flaws,
    model_flaws,
    nms_flaws,
    postprocess,
    score_flaws,
    stream_flaws,
    tasks_flaws,
    truth_flaws,
)
from rule_cases.detection_options import MULTISCALE
from rule_cases.detector import (
    DECODED_BY_MODEL,
    NMS,
    anchors_node,
    decoder_node,
    detector,
    labels_node,
    nms_node,
)
from test_graph_rules import DANGERS

from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.checks import REFUSED, find
from mediapipe_anchors.graph.rules import RULES, Ending, Rule, Severity, Subject
from mediapipe_anchors.linting import lint
from mediapipe_anchors.linting.fixing import fix_graph

SUBJECTS = (
    anchor_flaws,
    decode_flaws,
    image_flaws,
    model_flaws,
    nms_flaws,
    postprocess,
    score_flaws,
    stream_flaws,
    truth_flaws,
)
FLAWS: dict[str, Flaw] = {name: flaw for module in SUBJECTS for name, flaw in module.FLAWS.items()}
# Of these the cases are in other files.
ELSEWHERE = {
    "mapped-tensor-missing": "test_graph_models.py",
    "subgraphs-unread": "test_lint.py",
    "switch-channel-missing": "test_graph_rules.py, which expands its graph",
    "too-many-landmarks": "test_graph_models.py",
}
RULE_OF = {rule.code: rule for rule in RULES}

DECODING, RANGE = "decoding-not-of-model", "output_tensor_float_range"

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


def test_every_rule_has_a_case():
    known = {flaw.code for flaw in (*FLAWS.values(), *tasks_flaws.FLAWS.values())}
    known |= {code for code, _, _ in face_flaws.FLAWS.values()}
    for danger in DANGERS.values():
        known |= {rule.code for rule, _ in find(Subject(Graph.read(danger.graph)), REFUSED)}
    answered = {rule.code for rule in RULES if rule.answered and rule.ending is Ending.REFUSES}
    assert {rule.code for rule in RULES} - known - answered == set(ELSEWHERE)


@by_flaw
def test_the_correction_corrects(name):
    flaw = FLAWS[name]
    graph = Graph.read(flaw.graph)
    found = [finding for rule, finding in find(Subject(graph)) if rule.code == flaw.code]
    if RULE_OF[flaw.code].severity is Severity.INFO or not all(each.replace for each in found):
        return
    fix_graph(graph)
    assert not fix_graph(graph)
    assert flaw.code not in {rule.code for rule, _ in found_in(graph.to_text())}


HUGE = 2147483647


@pytest.mark.parametrize(
    "text",
    [
        detector(
            DECODED_BY_MODEL,
            decoder=decoder_node(f"num_classes: {HUGE} num_coords: 4 {classes}", ""),
            labels=labels_node('label: "cat"'),
            nms=nms_node(f"{NMS} algorithm: WEIGHTED", 'input_stream: "labelled"'),
        )
        for classes in ("", "ignore_classes: 7", "allow_classes: 7")
    ]
    + [
        anchors_node(f"{MULTISCALE} min_level: {-HUGE} max_level: {HUGE} strides: 8"),
        anchors_node(f"{MULTISCALE} min_level: 0 max_level: {HUGE} strides: 8"),
        anchors_node(f"num_layers: 1 strides: [{', '.join(map(str, range(1, 30000)))}]"),
        anchors_node(f"num_layers: 1 aspect_ratios: [{', '.join(['-1'] * 30000)}]"),
        decoder_node(f"num_classes: 1 num_coords: 4 ignore_classes: [{', '.join(['5'] * 30000)}]"),
        "".join(plain_node("PassThroughCalculator", f"a{i}", f"b{i}") for i in range(1000)),
        "".join(plain_node("PassThroughCalculator", f"a{i}", f"a{i + 1}") for i in range(1000)),
        "".join(nms_node(wiring=f'input_stream: "detections{i}"') for i in range(100)),
    ],
    ids=range(11),
)
def test_numbers_and_lists_of_any_size_are_checked_in_time(text):
    assert len(found_in(text)) < 3000


def test_traps_exist():
    from differential.traps import TRAPS

    known = {trap.name for trap in TRAPS}
    assert {trap for flaw in FLAWS.values() for trap in flaw.traps} <= known


@needs_graph_api
@pytest.mark.parametrize(
    ("graph", "code", "field"),
    [
        (
            face_graph(decode=DECODE_FACE.replace("y_scale: 128", "y_scale: 127")),
            DECODING,
            "y_scale",
        ),
        (face_graph(decode=DECODE_FACE.replace("XYWH", "YXHW")), DECODING, "box_format"),
        (
            face_graph(anchors=f"{ANCHORS_128} anchor_offset_y: 0.4"),
            "anchors-not-of-model",
            "anchors",
        ),
        (face_graph().replace("min: -1", "min: 0"), "range-not-of-model", RANGE),
    ],
)
def test_a_published_model_is_known(graph, code, field):
    found = [(each.code, each.field) for each in lint(graph) if each.severity is not Severity.INFO]
    assert found == [(code, field)]


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
