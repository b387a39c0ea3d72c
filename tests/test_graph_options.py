"""Setting options in a graph: what changes, and that nothing else does."""

from __future__ import annotations

import dataclasses

import pytest
from graph_strategies import OPTION_TYPES, many, messages, said, spelled
from graph_texts import ANCHORS, DECODE, GRAPH_TYPE, KNOWN, NMS, UNKNOWN, field
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors import (
    Graph,
    GraphError,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.schema import message_class, pool


def test_setting_options_in_text_changes_only_what_differs():
    graph = Graph.read(UNKNOWN)
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


def test_text_options_with_an_unknown_field_are_not_read_but_can_be_set():
    node = Graph.read(UNKNOWN).nodes[0]
    with pytest.raises(GraphError, match="field of_tomorrow"):
        node.options()


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
