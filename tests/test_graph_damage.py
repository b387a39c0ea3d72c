"""Graphs with parts that nobody knows, and graphs that are broken."""

from __future__ import annotations

import contextlib
import random
import re

import pytest
from graph_strategies import many
from graph_texts import GRAPH_TYPE, KNOWN, NMS, field, varint
from hypothesis import given, settings
from hypothesis import strategies as st

from mediapipe_anchors import (
    Graph,
    GraphError,
)
from mediapipe_anchors.schema import message_class


@many
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_unknown_fields_of_a_binary_graph_stay(first, second):
    node = b"\x12\x01X" + field(1500, first)
    data = b"\x0a" + bytes([len(node)]) + node + field(1600, second)
    graph = Graph.read(data)
    assert graph.to_binary() == data
    with pytest.raises(GraphError, match=r"field or extension 1[56]00 is not in the schema"):
        graph.to_text()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("new_field: SOME", "field new_field of mediapipe.CalculatorGraphConfig.Node"),
        ("options { [my.Options.ext] {} }", "extension [my.Options.ext] of mediapipe.Calculator"),
        ("node_options { [example.com/my.More] {} }", "message [example.com/my.More]"),
        (
            "input_stream_handler { options { [mediapipe.SsdAnchorsCalculatorOptions.ext] {} } }",
            "extension [mediapipe.SsdAnchorsCalculatorOptions.ext] of mediapipe.MediaPipeOptions",
        ),
    ],
)
def test_text_with_unknown_parts_does_not_become_binary(content, words):
    graph = Graph.read(f"{KNOWN}node {{\n  {content}\n}}\n")
    with pytest.raises(GraphError, match=re.escape(words)) as raised:
        graph.to_binary()
    assert raised.value.line == KNOWN.count("\n") + 2
    assert ("keep this graph as text" in str(raised.value)) == ("field" not in words)


def test_an_unknown_any_of_a_binary_graph_becomes_text_as_it_is():
    message = message_class(GRAPH_TYPE)()
    node = message.node.add(calculator="X")
    node.node_options.add(type_url="example.com/my.More", value=b"\x00\xff")
    node.node_options.add(
        type_url="a/mediapipe.NonMaxSuppressionCalculatorOptions", value=NMS.to_bytes()
    )
    text = Graph.read(message).to_text()
    assert 'value: "\\000\\377"' in text
    assert "[a/mediapipe.NonMaxSuppressionCalculatorOptions] {" in text
    assert Graph.read(text).to_binary() == message.SerializeToString(deterministic=True)


def test_a_broken_any_of_a_binary_graph_is_a_typed_error():
    message = message_class(GRAPH_TYPE)()
    node = message.node.add(calculator="NonMaxSuppressionCalculator")
    node.node_options.add(
        type_url="a/mediapipe.NonMaxSuppressionCalculatorOptions", value=b"\xff\xff"
    )
    graph = Graph.read(message)
    for use in (graph.to_text, graph.nodes[0].options, lambda: graph.nodes[0].set_options(NMS)):
        with pytest.raises(GraphError, match="not a serialized"):
            use()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("node { calculator: 5 }", "expected a quoted string, found '5'"),
        ("node: 5\nnode {}", "node: expected a message"),
        ('node { calculator: "A" calculator: "B" }', "calculator is set 2 times"),
        ('node { calculator: "SsdAnchorsCalculator" options: 5 }', "options: expected a message"),
        (
            'node { calculator: "SsdAnchorsCalculator" options {} options {} }',
            "options: is already set in line 2",
        ),
        (
            'node { calculator: "SsdAnchorsCalculator" '
            "options { [mediapipe.SsdAnchorsCalculatorOptions.ext] { num_layers: 1.5 } } }",
            "num_layers: got '1.5'",
        ),
        ('node { calculator: "\\377" }', "expected a string in UTF-8"),
    ],
)
def test_malformed_nodes_are_typed_errors_with_a_line(text, words):
    node = Graph.read("\n" + text).nodes[-1]
    with pytest.raises(GraphError, match=re.escape(words)) as raised:
        node.options()
    assert raised.value.line == 2


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.integers(0, 2**32).map(lambda seed: damaged(seed)))
def test_any_bytes_are_a_graph_or_a_typed_error(data):
    with contextlib.suppress(GraphError):  # any other error fails the test
        graph = Graph.read(data)
        for node in graph.nodes:
            node.options()
        graph.to_text()
        graph.to_binary()


def damaged(seed: int) -> bytes:
    """A binary graph with a few bytes changed."""
    rng = random.Random(seed)
    data = bytearray(Graph.read(KNOWN).to_binary())
    for _ in range(rng.randint(1, 4)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data[: rng.randint(1, len(data))] if rng.random() < 0.3 else data)


def test_deep_binary_nesting_is_a_typed_error():
    node = b""
    for _ in range(200):  # a SwitchContainer in a SwitchContainer in ...
        for number in (2, 345967970, 7):  # contained_node, the extension, options
            node = varint(number << 3 | 2) + varint(len(node)) + node
    with pytest.raises(GraphError, match=r"not a serialized|not a binary"):
        Graph.read(b"\x0a" + varint(len(node)) + node).to_text()
