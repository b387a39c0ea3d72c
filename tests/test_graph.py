"""Graphs in text and binary: where they come from, what they hold, how they are written."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest
from conftest import needs_graph_api
from google.protobuf import text_format
from graph_strategies import many, said, spelled
from graph_texts import ANCHORS, DECODE, GRAPH_TYPE, KNOWN, NMS, UNKNOWN
from hypothesis import given

from mediapipe_anchors import (
    Graph,
    GraphError,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
)
from mediapipe_anchors.graph import stream_name, stream_tag
from mediapipe_anchors.schema import message_class


def test_reads_streams_and_nodes_of_a_text():
    graph = Graph.read(UNKNOWN)
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


@many
@given(spelled(GRAPH_TYPE))
def test_texts_survive_the_way_through_binary(case):
    message, text = case
    graph = Graph.read(text + '\nnode { calculator: "Last" }\n')
    assert graph.to_text().startswith(text)
    binary = Graph.read(graph.to_binary())
    message.node.add(calculator="Last")
    assert binary.to_text().split() == said(message).split()  # but for the breaks of lines


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
        Graph.read(UNKNOWN).save(tmp_path / "unknown.binarypb")
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
