"""The list of rules as a whole: codes, and that every error of `validate` has one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from mediapipe_anchors import (
    NonMaxSuppressionOptions,
    OptionsError,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.graph.rules import RULES
from mediapipe_anchors.graph.rules.valid_anchors import ANCHOR_RULES
from mediapipe_anchors.graph.rules.valid_decoding import DECODING_RULES
from mediapipe_anchors.graph.rules.valid_suppression import SUPPRESSION_RULES

OPTION_RULES = (ANCHOR_RULES, DECODING_RULES, SUPPRESSION_RULES)
SOURCES = Path(__file__).resolve().parents[1] / "cpp" / "src"
VALIDATING = {
    "tensors_to_detections_options.cc": TensorsToDetectionsOptions,
    "generate_anchors.cc": SsdAnchorsOptions,
    "multiscale_anchors.cc": SsdAnchorsOptions,
    "anchor_grid.cc": SsdAnchorsOptions,
    "non_max_suppression.cc": NonMaxSuppressionOptions,
}
FIELDS_OF_VARIABLES = {
    "anchor_grid.cc": [
        ("input_size_width", "input_size_height"),
        ("strides", "feature_map_height"),
    ],
    "multiscale_anchors.cc": [("min_level", "max_level")],
}
UNREACHABLE = {("fixed_anchors", "a multiple of {} numbers")}  # an array of Python is [N, 4]


def literals(code: str) -> list[str]:
    return re.findall(r'"((?:[^"\\]|\\.)*)"', code)


def validation_errors() -> list[tuple[type, str, str]]:
    """The class, field and expectation of every `BadOption` in the sources behind `validate`."""
    found = []
    for name, kind in VALIDATING.items():
        text = (SOURCES / name).read_text()
        variables = iter(FIELDS_OF_VARIABLES.get(name, []))
        for call in re.findall(r"BadOption\((.*?)\);", text, re.DOTALL):
            first, *rest = call.split(",", 1)
            fields = (first.strip('" \n'),) if '"' in first else next(variables)
            words = literals("".join(rest)) or [
                word
                for assigned in re.findall(r"expected =\s(.*?);", text, re.DOTALL)
                for word in literals(assigned)
            ]
            if '"' in rest[0] and "?" not in rest[0]:
                del words[1:]  # the advice that follows
            found += [(kind, field, word) for field in fields for word in words]
        assert next(variables, None) is None
    return found


def test_codes_are_unique_and_in_kebab_case():
    counts = Counter(rule.code for rule in RULES)
    assert [code for code, count in counts.items() if count > 1] == []
    for code in counts:
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", code), code


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_effect_is_a_sentence(rule):
    assert re.fullmatch(r"[A-Z].*\.", rule.effect)


def test_sources_of_validation_are_read():
    fields = {(kind, field) for kind, field, _ in validation_errors()}
    assert (SsdAnchorsOptions, "num_layers") in fields
    assert (TensorsToDetectionsOptions, "tensor_mapping") in fields
    assert (NonMaxSuppressionOptions, "overlap_type") in fields
    assert len(fields) == 27


@pytest.mark.parametrize(
    ("kind", "field", "expected"),
    [error for error in validation_errors() if error[1:] not in UNREACHABLE],
)
def test_every_error_of_validation_has_one_code(kind, field, expected):
    error = OptionsError(field=field, expected=expected)
    (rules,) = (rules for rules in OPTION_RULES if rules.options is kind)
    fitting = [mistake for mistake in rules.mistakes if mistake.fits(error)]
    assert len(fitting) == 1
