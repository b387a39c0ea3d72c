"""Graphs in text and binary: read, edited and written without losing what is not understood."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import os
import random
import re
from pathlib import Path

import pytest
from conftest import needs_graph_api
from google.protobuf import text_format
from graph_strategies import OPTION_TYPES, messages, spelled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediapipe_anchors import (
    Graph,
    GraphError,
    NonMaxSuppressionOptions,
    OverlapType,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.graph import stream_name, stream_tag
from mediapipe_anchors.schema import message_class, pool

GRAPH_TYPE = "mediapipe.CalculatorGraphConfig"
many = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

KNOWN = """\
# A detector.
type: "Detector"
input_stream: "IMAGE:image"
output_stream: "DETECTIONS:detections"
input_side_packet: "labels"

node {  # the anchors
  name: "anchors"
  calculator: "SsdAnchorsCalculator"
  output_side_packet: "anchors"
  options: {
    [mediapipe.SsdAnchorsCalculatorOptions.ext] {
      # Sizes in pixels.
      input_size_width: 128  # wide
      input_size_height: 128
      num_layers: 4
      anchor_offset_x: 0.5  # its default, said aloud
      strides: [8, 16, 16, 16]
    }
  }
}
node {
  calculator: "TensorsToDetectionsCalculator"
  input_stream: "TENSORS:tensors"
  input_stream: "TENSORS:1:more"
  input_side_packet: "ANCHORS:anchors"
  output_stream: "DETECTIONS:raw"
  node_options: {
    [type.googleapis.com/mediapipe.TensorsToDetectionsCalculatorOptions] {
      num_classes: 1
      num_coords: 16
      tensor_mapping { detections_tensor_index: 1 scores_tensor_index: 0 }
    }
  }
}
node {
  calculator: "NonMaxSuppressionCalculator"
  input_stream: "raw"
  output_stream: "detections"
}
"""
UNKNOWN = (
    KNOWN.replace("strides:", "of_tomorrow: 7  # kept\n      strides:")
    + """\
node {
  calculator: "MyCalculator"
  options { [my.Options.ext] { a: 1 b < c: "}" > } }  # mine
  node_options { [example.com/my.More] { d: [1, 2] } }
  new_field: SOME
}
"""
)


def texts() -> Graph:
    return Graph.read(UNKNOWN)


def test_reads_streams_and_nodes_of_a_text():
    graph = texts()
    assert graph.is_text
    assert graph.path is None
    assert graph.input_streams == ["IMAGE:image"]
    assert graph.output_streams == ["DETECTIONS:detections"]
    assert graph.input_side_packets == ["labels"]
    assert graph.output_side_packets == []
    anchors, decode, nms, mine = graph.nodes
    assert [node.line for node in graph.nodes] == [7, 23, 37, 42]
    assert (anchors.name, anchors.calculator) == ("anchors", "SsdAnchorsCalculator")
    assert anchors.output_side_packets == ["anchors"]
    assert decode.name == ""
    assert decode.input_streams == ["TENSORS:tensors", "TENSORS:1:more"]
    assert decode.input_side_packets == ["ANCHORS:anchors"]
    assert nms.output_streams == ["detections"]
    assert mine.calculator == "MyCalculator"
    assert repr(graph) == "Graph(4 nodes)"
    assert repr(mine) == "Node('MyCalculator', line=42)"


def test_binary_says_the_same_as_text_but_has_no_lines():
    text = Graph.read(KNOWN)
    binary = Graph.read(text.to_binary())
    assert not binary.is_text
    for name in ("input_streams", "output_streams", "input_side_packets", "output_side_packets"):
        assert getattr(binary, name) == getattr(text, name)
    for ours, other in zip(binary.nodes, text.nodes, strict=True):
        assert ours.line is None
        assert (ours.name, ours.calculator) == (other.name, other.calculator)
        assert ours.input_streams == other.input_streams
        assert ours.output_side_packets == other.output_side_packets
        assert ours.options() == other.options()
    assert Graph.read(binary.to_text()).to_binary() == binary.to_binary()


def test_nodes_may_stand_in_a_list():
    graph = Graph.read('node {}\nnode: [\n  { name: "a" },\n  { name: "b" }\n]\nnode {}\n')
    assert [node.name for node in graph.nodes] == ["", "a", "b", ""]
    assert [node.line for node in graph.nodes] == [1, 3, 4, 6]


def test_stream_entries():
    entries = ["TAG:name", "TAG:0:name", "name"]
    assert [stream_name(entry) for entry in entries] == ["name"] * 3
    assert [stream_tag(entry) for entry in entries] == ["TAG", "TAG", ""]


ANCHORS = SsdAnchorsOptions(
    input_size_width=128, input_size_height=128, num_layers=4, strides=[8, 16, 16, 16]
)
DECODE = TensorsToDetectionsOptions(
    num_classes=1,
    num_coords=16,
    tensor_mapping=TensorMapping(detections_tensor_index=1, scores_tensor_index=0),
)


@pytest.mark.parametrize("binary", [False, True])
def test_options_from_both_places_and_from_none(binary):
    graph = Graph.read(Graph.read(KNOWN).to_binary() if binary else KNOWN)
    assert [node.options() for node in graph.nodes] == [ANCHORS, DECODE, NonMaxSuppressionOptions()]
    other = Graph.read('node { calculator: "PassThroughCalculator" }')
    assert other.nodes[0].options() is None


def test_the_extension_comes_before_node_options_and_the_last_of_these_counts():
    extension = "options { [mediapipe.SsdAnchorsCalculatorOptions.ext] { num_layers: 1 } }"
    packed = (
        "node_options { [type.googleapis.com/mediapipe.SsdAnchorsCalculatorOptions]"
        " { num_layers: %d } }"
    )
    several = f"{packed % 2} {packed % 3}"
    for content, layers in [(f"{several} {extension}", 1), (several, 3)]:
        text = f'node {{ calculator: "SsdAnchorsCalculator" {content} }}'
        for graph in (Graph.read(text), Graph.read(Graph.read(text).to_binary())):
            assert graph.nodes[0].options().num_layers == layers


def test_an_any_may_be_spelled_out_raw():
    data = SsdAnchorsOptions(num_layers=5).to_bytes()
    octal = "".join(f"\\{byte:03o}" for byte in data)
    url = "type.googleapis.com/mediapipe.SsdAnchorsCalculatorOptions"
    graph = Graph.read(
        f'node {{ calculator: "SsdAnchorsCalculator"\n'
        f'  node_options {{ type_url: "{url}" value: "{octal}" }} }}'
    )
    (node,) = graph.nodes
    assert node.options() == SsdAnchorsOptions(num_layers=5)
    node.set_options(SsdAnchorsOptions(num_layers=6))
    assert f"node_options {{ [{url}] {{ num_layers: 6 }} }} }}" in graph.to_text()
    assert node.options() == SsdAnchorsOptions(num_layers=6)


def test_setting_options_in_text_changes_only_what_differs():
    graph = texts()
    anchors, decode, _, _ = graph.nodes
    anchors.set_options(
        SsdAnchorsOptions(
            input_size_width=192,
            num_layers=2,
            strides=[8, 16],
            min_scale=0.1,
            fixed_anchor_size=True,
        )
    )
    decode.set_options(
        TensorsToDetectionsOptions(
            num_classes=2,
            num_coords=16,
            tensor_mapping=TensorMapping(detections_tensor_index=0, scores_tensor_index=1),
        )
    )
    expected = UNKNOWN
    for before, after in [
        ("input_size_width: 128  # wide", "input_size_width: 192  # wide"),
        ("      input_size_height: 128\n", ""),
        ("num_layers: 4", "num_layers: 2"),
        (
            "strides: [8, 16, 16, 16]\n",
            "strides: [8, 16]\n      min_scale: 0.1\n      fixed_anchor_size: true\n",
        ),
        ("num_classes: 1", "num_classes: 2"),
        ("detections_tensor_index: 1 scores_tensor_index: 0",
         "detections_tensor_index: 0 scores_tensor_index: 1"),
    ]:  # fmt: skip
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    assert graph.to_text() == expected


@pytest.mark.parametrize("binary", [False, True])
def test_setting_options_to_what_they_are_changes_nothing(binary):
    graph = Graph.read(Graph.read(KNOWN).to_binary() if binary else UNKNOWN)
    before = graph.to_binary() if binary else graph.to_text()
    for node, options in zip(
        graph.nodes, (ANCHORS, DECODE, NonMaxSuppressionOptions()), strict=False
    ):
        node.set_options(options)
    assert (graph.to_binary() if binary else graph.to_text()) == before


def test_a_field_set_to_its_default_stays_set_and_unset_means_removed():
    graph = Graph.read(KNOWN)
    node = graph.nodes[0]
    node.set_options(SsdAnchorsOptions(anchor_offset_y=0.5, num_layers=None))
    message = node.message("mediapipe.SsdAnchorsCalculatorOptions")
    assert message.HasField("anchor_offset_x")
    assert not message.HasField("anchor_offset_y")
    assert not message.HasField("num_layers")
    assert "anchor_offset_x: 0.5  # its default, said aloud" in graph.to_text()


NMS = NonMaxSuppressionOptions(
    min_suppression_threshold=0.3, overlap_type=OverlapType.INTERSECTION_OVER_UNION
)


@pytest.mark.parametrize(
    ("others", "form"),
    [
        ("", "options"),
        ("options { merge_fields: true }", "options"),
        ("node_options { [a.b/c.D] {} }", "node_options"),
        ("options {}\n  node_options { [a.b/c.D] {} }", "options"),
    ],
)
def test_options_that_are_not_there_take_the_form_the_graph_uses(others, form):
    text = f'node {{\n  calculator: "Other"\n  {others}\n}}\n'
    added = 'node {\n  calculator: "NonMaxSuppressionCalculator"  # last\n}\n'
    graph = Graph.read(text + added)
    graph.nodes[1].set_options(NMS)
    name = {
        "options": "[mediapipe.NonMaxSuppressionCalculatorOptions.ext]",
        "node_options": "[type.googleapis.com/mediapipe.NonMaxSuppressionCalculatorOptions]",
    }[form]
    assert graph.to_text() == text + added.replace(
        "# last\n",
        f"# last\n  {form} {{\n    {name} {{\n      min_suppression_threshold: 0.3\n"
        "      overlap_type: INTERSECTION_OVER_UNION\n    }\n  }\n",
    )
    assert graph.nodes[1].options() == NMS


def test_an_extension_joins_the_options_that_the_node_has():
    graph = Graph.read(
        'node { calculator: "NonMaxSuppressionCalculator" options { merge_fields: true } }'
    )
    graph.nodes[0].set_options(NonMaxSuppressionOptions(max_num_detections=3))
    assert graph.to_text() == (
        'node { calculator: "NonMaxSuppressionCalculator" options { merge_fields: true '
        "[mediapipe.NonMaxSuppressionCalculatorOptions.ext] { max_num_detections: 3 } } }"
    )


@pytest.mark.parametrize("packed", [False, True])
def test_adding_options_in_binary(packed):
    message = message_class(GRAPH_TYPE)()
    if packed:
        message.node.add(calculator="Other").node_options.add(type_url="a.b/c.D", value=b"\1")
    message.node.add(calculator="NonMaxSuppressionCalculator")
    graph = Graph.read(message)
    graph.nodes[-1].set_options(NMS)
    assert graph.nodes[-1].options() == NMS
    node = message_class(GRAPH_TYPE).FromString(graph.to_binary()).node[-1]
    assert node.HasField("options") is not packed
    assert [each.type_url for each in node.node_options] == (
        ["type.googleapis.com/mediapipe.NonMaxSuppressionCalculatorOptions"] if packed else []
    )


@many
@given(st.data(), st.sampled_from(OPTION_TYPES), st.booleans())
def test_setting_any_message_in_text_and_binary_agrees(data, type_name, packed):
    first, second = data.draw(messages(type_name)), data.draw(messages(type_name))
    text = 'node { calculator: "X" }\nnode { calculator: "Y"%s }\n' % (
        " node_options {}" if packed else ""
    )
    graph = Graph.read(text)
    for message in (first, second):
        graph.nodes[0].set_message(message)
        binary = Graph.read(Graph.read(text).to_binary())
        binary.nodes[0].set_message(message)
        for form in (graph, Graph.read(graph.to_binary()), binary):
            assert said(form.nodes[0].message(type_name)) == said(message)
    assert graph.to_text().endswith(text.split("\n")[1] + "\n")


@many
@given(spelled(GRAPH_TYPE), st.sampled_from(OPTION_TYPES).flatmap(messages))
def test_setting_a_message_leaves_all_other_nodes_as_they_stand(case, message):
    _, text = case
    ours, after = '\nnode { calculator: "X" ', "} # end\nnode { calculator: 'Y' }"
    graph = Graph.read(text + ours + after)
    graph.nodes[-2].set_message(message)
    assert graph.to_text().startswith(text + ours)
    assert graph.to_text().endswith(after)
    assert said(graph.nodes[-2].message(message.DESCRIPTOR.full_name)) == said(message)


def said(message) -> str:
    return text_format.MessageToString(message, descriptor_pool=pool())


@pytest.mark.parametrize("binary", [False, True])
def test_generic_messages_such_as_the_model_path(binary):
    graph = Graph.read('node {\n  calculator: "InferenceCalculator"\n}\n')
    graph = Graph.read(graph.to_binary()) if binary else graph
    (node,) = graph.nodes
    name = "mediapipe.InferenceCalculatorOptions"
    assert node.message(name) is None
    message = message_class(name)()
    message.model_path = "a.tflite"
    message.delegate.xnnpack.SetInParent()
    node.set_message(message)
    assert 'model_path: "a.tflite"\n' in graph.to_text()
    read = node.message(name)
    read.model_path = "b.tflite"
    assert node.message(name).model_path == "a.tflite", "a copy must not reach the graph"
    node.set_message(read)
    assert graph.to_text().count("tflite") == 1
    assert node.message(name).delegate.WhichOneof("delegate") == "xnnpack"


@many
@given(spelled(GRAPH_TYPE))
def test_texts_survive_the_way_through_binary(case):
    message, text = case
    graph = Graph.read(text + '\nnode { calculator: "Last" }\n')
    assert graph.to_text().startswith(text)
    binary = Graph.read(graph.to_binary())
    message.node.add(calculator="Last")
    assert binary.to_text() == said(message)


def field(number: int, data: bytes) -> bytes:
    """A length-delimited field as protobuf serializes it; `number` takes a tag of two bytes."""
    tag = number << 3 | 2
    return bytes([tag & 127 | 128, tag >> 7, len(data)]) + data


@many
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_unknown_fields_of_a_binary_graph_stay(first, second):
    node = b"\x12\x01X" + field(1500, first)
    data = b"\x0a" + bytes([len(node)]) + node + field(1600, second)
    graph = Graph.read(data)
    assert graph.to_binary() == data
    with pytest.raises(GraphError, match=r"field or extension 1[56]00 is not in the schema"):
        graph.to_text()


@pytest.mark.parametrize("packed", [False, True])
def test_setting_options_in_binary_keeps_their_unknown_fields(packed):
    content = ANCHORS.to_bytes() + field(1500, b"later")
    message = message_class(GRAPH_TYPE)()
    node = message.node.add(calculator="SsdAnchorsCalculator")
    if packed:
        node.node_options.add(type_url="a/mediapipe.SsdAnchorsCalculatorOptions", value=content)
    else:
        extension = pool().FindExtensionByName("mediapipe.SsdAnchorsCalculatorOptions.ext")
        node.options.Extensions[extension].ParseFromString(content)
    graph = Graph.read(message.SerializeToString())
    changed = dataclasses.replace(ANCHORS, num_layers=2)
    assert graph.nodes[0].options() == ANCHORS
    graph.nodes[0].set_options(changed)
    assert graph.nodes[0].options() == changed
    assert b"later" in graph.to_binary()


def test_setting_the_same_anchors_in_binary_keeps_their_unknown_fields():
    options = SsdAnchorsOptions(fixed_anchors=[[0.5, 0.5, 1, 1]])
    message = message_class("mediapipe.SsdAnchorsCalculatorOptions").FromString(options.to_bytes())
    message.fixed_anchors[0].MergeFromString(field(1500, b"later"))
    graph = Graph.read(message_class(GRAPH_TYPE)(node=[{"calculator": "SsdAnchorsCalculator"}]))
    graph.nodes[0].set_message(message)
    graph.nodes[0].set_options(dataclasses.replace(options, anchor_offset_x=0))
    assert b"later" in graph.to_binary()


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


def test_text_options_with_an_unknown_field_are_not_read_but_can_be_set():
    node = texts().nodes[0]
    with pytest.raises(GraphError, match="field of_tomorrow"):
        node.options()


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


def test_options_of_another_kind_are_refused():
    node = Graph.read(KNOWN).nodes[0]
    with pytest.raises(
        GraphError, match=r"got a NonMaxSuppressionOptions, expected SsdAnchors"
    ) as e:
        node.set_options(NMS)
    assert e.value.line == 7
    other = Graph.read('node { calculator: "X" }').nodes[0]
    with pytest.raises(GraphError, match="through set_message"):
        other.set_options(NMS)
    with pytest.raises(GraphError, match="expected a protobuf message"):
        other.set_message({"num_layers": 1})
    with pytest.raises(GraphError, match="not in the schema"):
        other.message("mediapipe.Nothing")


def test_sources(tmp_path):
    text, binary = tmp_path / "a.pbtxt", tmp_path / "b.any"
    text.write_bytes(b"\xef\xbb\xbf" + UNKNOWN.replace("\n", "\r\n").encode())
    binary.write_bytes(Graph.read(KNOWN).to_binary())
    graph = Graph.read(text)
    assert graph.path == text
    assert graph.nodes[3].line == 42
    assert Graph.read(graph) is graph
    assert Graph.read(str(binary)).path == binary
    assert not Graph.read(str(binary)).is_text
    for source in (KNOWN, KNOWN.encode(), bytearray(KNOWN.encode()), "type:'A'", "node{}"):
        assert Graph.read(source).is_text
        assert Graph.read(source).path is None
    for source in (binary.read_bytes(), memoryview(binary.read_bytes())):
        assert not Graph.read(source).is_text
    graph.save(tmp_path / "copy.pbtxt")
    assert (tmp_path / "copy.pbtxt").read_bytes() == text.read_bytes()


def test_saving_by_name(tmp_path):
    graph = Graph.read(KNOWN)
    graph.save(tmp_path / "a.binarypb")
    graph.save(str(tmp_path / "a.pbtxt"))
    assert (tmp_path / "a.pbtxt").read_text() == KNOWN
    assert Graph.read(tmp_path / "a.binarypb").to_binary() == graph.to_binary()
    with pytest.raises(GraphError, match=r"ends in \.pbtxt or \.binarypb"):
        graph.save(tmp_path / "a.txt")
    with pytest.raises(GraphError, match="cannot be written"):
        graph.save(tmp_path / "missing" / "a.pbtxt")
    with pytest.raises(GraphError, match="of_tomorrow"):
        texts().save(tmp_path / "unknown.binarypb")
    assert not (tmp_path / "unknown.binarypb").exists()


def test_sources_that_hold_no_graph(tmp_path):
    empty, blank, image = tmp_path / "empty", tmp_path / "blank.pbtxt", tmp_path / "a.png"
    empty.write_bytes(b"")
    blank.write_text("# nothing\n")
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    cases = [
        ("", "empty"),
        (b"", "empty"),
        (" \n", "empty"),
        (empty, f"{empty}: empty"),
        (blank, "empty"),
        (tmp_path, "is a directory"),
        (tmp_path / "missing.pbtxt", "no such file"),
        ("missing.pbtxt", "no such file"),
        ("C:\\missing.pbtxt", "no such file"),
        ("a\0b", "no such file"),
        (fifo, "not a regular file"),
        (image, "not text in UTF-8, and not a binary"),
        (b"\xff\xfen\0o\0", "not text in UTF-8"),
        (b"node {}\n# \x00", "not text, for the '\\x00' in line 2"),
        ("# \ud800\n", "not Unicode"),
        (5, "got a int"),
        (None, "got a NoneType"),
        (["node {}"], "got a list"),
        (message_class("mediapipe.Color")(r=1), "expected a mediapipe.CalculatorGraphConfig"),
    ]
    for source, words in cases:
        with pytest.raises(GraphError, match=re.escape(words)):
            Graph.read(source)


def test_a_binary_graph_of_printable_characters_is_told_from_text():
    message = message_class(GRAPH_TYPE)(input_stream=["a" * 33], output_stream=["b" * 32])
    data = message.SerializeToString()
    assert data.decode().isascii()
    assert Graph.read(data).input_streams == ["a" * 33]
    unknown = b" a"  # field 4, which a graph does not have
    with pytest.raises(GraphError, match="line 1"):
        Graph.read(data + unknown)


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


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def wheel_graphs() -> list[Path]:
    spec = importlib.util.find_spec("mediapipe")
    assert spec is not None
    assert spec.origin is not None
    return sorted(Path(spec.origin).parent.glob("modules/**/*.binarypb"))


@needs_graph_api
def test_every_graph_of_the_mediapipe_wheel_survives():
    from mediapipe.framework import calculator_pb2

    paths, unknown = wheel_graphs(), []
    assert len(paths) == 8
    for path in paths:
        graph = Graph.read(path)
        theirs = calculator_pb2.CalculatorGraphConfig.FromString(path.read_bytes())
        assert graph.to_binary() == path.read_bytes()
        assert [node.calculator for node in graph.nodes] == [
            node.calculator for node in theirs.node
        ]
        try:
            text = graph.to_text()
        except GraphError as error:
            unknown.append((path.name, str(error)))
            continue
        assert Graph.read(text).to_binary() == graph.to_binary()
        assert text_format.Parse(text, calculator_pb2.CalculatorGraphConfig()) == theirs
    # Lift2DFrameAnnotationTo3DCalculatorOptions: of no detector, so not in the schema.
    assert [name for name, _ in unknown] == ["objectron_cpu.binarypb"]
    assert "node[14]: mediapipe.CalculatorOptions: field or extension 290166284" in unknown[0][1]


@needs_graph_api
def test_mediapipes_own_config_object_is_a_source_and_reads_ours():
    from mediapipe.calculators.util import non_max_suppression_calculator_pb2 as nms_pb2
    from mediapipe.framework import calculator_pb2

    config = calculator_pb2.CalculatorGraphConfig()
    node = config.node.add(calculator="NonMaxSuppressionCalculator")
    extension = nms_pb2.NonMaxSuppressionCalculatorOptions.ext
    node.options.Extensions[extension].max_num_detections = 7
    graph = Graph.read(config)
    assert graph.nodes[0].options() == NonMaxSuppressionOptions(max_num_detections=7)
    graph.nodes[0].set_message(nms_pb2.NonMaxSuppressionCalculatorOptions(max_num_detections=8))
    assert graph.nodes[0].options() == NonMaxSuppressionOptions(max_num_detections=8)
    theirs = calculator_pb2.CalculatorGraphConfig.FromString(graph.to_binary())
    text = Graph.read(graph.to_text())
    text.nodes[0].set_options(NMS)
    graph.nodes[0].set_options(NMS)
    changed = calculator_pb2.CalculatorGraphConfig.FromString(graph.to_binary())
    assert text_format.Parse(text.to_text(), calculator_pb2.CalculatorGraphConfig()) == changed
    assert theirs.node[0].options.Extensions[extension].max_num_detections == 8
