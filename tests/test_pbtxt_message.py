"""Between text and messages: the same as protobuf, with a line for what does not fit."""

from __future__ import annotations

import contextlib
import re

import pytest
from google.protobuf import text_format
from graph_strategies import many, messages, said, spelled
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.pbtxt import parse
from mediapipe_anchors.pbtxt.edit import to_lines
from mediapipe_anchors.pbtxt.message import check_fields, to_message
from mediapipe_anchors.schema import message_class, pool

SSD = "mediapipe.SsdAnchorsCalculatorOptions"

GRAPH = "mediapipe.CalculatorGraphConfig"


@many
@given(spelled(GRAPH))
def test_reads_what_protobuf_reads(case):
    message, text = case
    expected = text_format.Parse(text, message_class(GRAPH)(), descriptor_pool=pool())
    document = parse(text)
    ours = to_message(document, document.root, GRAPH)
    assert said(ours) == said(expected) == said(message)


@many
@given(messages(GRAPH))
def test_writes_what_protobuf_reads(message):
    text = "\n".join(to_lines(message))
    read = text_format.Parse(text, message_class(GRAPH)(), descriptor_pool=pool())
    document = parse(text)
    assert said(read) == said(message) == said(to_message(document, document.root, GRAPH))


@many
@given(spelled(GRAPH), st.data())
def test_damaged_texts_are_read_or_refused(case, data):
    _, text = case
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    damaged = (
        text[:at] + data.draw(st.sampled_from(["", "{", '"', "]", "\\", "7"])) + text[at + cut :]
    )
    with contextlib.suppress(GraphError):
        document = parse(damaged)
        to_message(document, document.root, GRAPH)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("min_scal: 0.1", "field min_scal of mediapipe.SsdAnchorsCalculatorOptions"),
        ("min_scal: 0.1", "did you mean min_scale?"),
        ("[mediapipe.X.ext] {}", "extension [mediapipe.X.ext]"),
        ("num_layers: 1.5", "num_layers: got '1.5', expected a whole number"),
        ("num_layers: 2147483648", "to 2147483647"),
        ("num_layers: 1" + "0" * 5000, "expected a whole number"),
        ('num_layers: "1"', "expected a whole number"),
        ("num_layers {}", "got a message"),
        ("min_scale: big", "expected a number"),
        ("min_scale: 0x10", "expected a number"),
        ("min_scale: 010", "expected a number"),
        ("fixed_anchor_size: yes", "expected true or false"),
        ("fixed_anchors: 5", "expected a message"),
        ("num_layers: 1 num_layers: 1", "num_layers is already set in line 1"),
        ("num_layers: [1]", "takes one value, found a list"),
        ("fixed_anchors { x_center: 1 y_center: 1 w: 1 }", "lacks its required field h"),
    ],
)
def test_values_that_do_not_fit_are_named(text, words):
    document = parse(text)
    with pytest.raises(GraphError, match=re.escape(words)) as raised:
        to_message(document, document.root, SSD)
    assert raised.value.line == 1


def test_a_oneof_takes_one_member():
    text = "output_tensor_float_range {}\noutput_tensor_int_range {}"
    document = parse(text)
    with pytest.raises(GraphError, match="one of range is already set in line 1"):
        to_message(document, document.root, "mediapipe.ImageToTensorCalculatorOptions")


def test_floats_become_the_nearest_float32():
    document = parse("min_scale: 0.1 max_scale: 1e39 anchor_scale: -1e-60 anchor_offset_x: -nan")
    message = to_message(document, document.root, SSD)
    assert to_lines(message) == [
        "min_scale: 0.1", "max_scale: inf", "anchor_offset_x: nan", "anchor_scale: -0.0"
    ]  # fmt: skip


def test_check_fields_passes_over_foreign_extensions_and_types_alone() -> None:
    own = (
        'node { calculator: "Own" options { [acme.Own.ext] { x: 1 } } '
        "node_options { [acme.org/acme.Own] { y: 2 } } }"
    )
    document = parse(own)
    check_fields(document, document.root, "mediapipe.CalculatorGraphConfig")
    for wrong in ("nod { }", 'node { calculater: "Own" }', "num_threads: true"):
        document = parse(f"{own}\n{wrong}")
        with pytest.raises(GraphError, match="line 2"):
            check_fields(document, document.root, "mediapipe.CalculatorGraphConfig")
