"""The options classes against text, bytes, graphs, and mediapipe's own proto classes."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from conftest import needs_graph_api
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mediapipe_anchors import (
    BoxBoundariesIndices,
    BoxFormat,
    Graph,
    GraphError,
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    OverlapType,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.graph.options_message import OPTIONS_OF_CALCULATOR, type_name_of
from mediapipe_anchors.schema import is_repeated, message_class

KINDS = list(OPTIONS_OF_CALCULATOR.values())
BY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

INT32 = st.integers(-(2**31), 2**31 - 1)
FLOAT32 = st.floats(width=32)
ANCHORS = st.lists(st.tuples(FLOAT32, FLOAT32, FLOAT32, FLOAT32), min_size=1, max_size=3)
NESTED = {"tensor_mapping": TensorMapping, "box_boundaries_indices": BoxBoundariesIndices}
ENUMS = {"overlap_type": OverlapType, "algorithm": NmsAlgorithm, "box_format": BoxFormat}


def values_of(kind: type, name: str) -> st.SearchStrategy:
    """Values of one option, told by the type that the class declares for it."""
    if name == "fixed_anchors":
        return ANCHORS.map(lambda rows: np.array(rows, np.float32))
    if name in NESTED:
        return options_of(NESTED[name])
    if name in ENUMS:
        return st.sampled_from(ENUMS[name])
    declared = {field.name: field.type for field in dataclasses.fields(kind)}[name]
    if "Sequence" in declared:
        return st.lists(FLOAT32 if "float" in declared else INT32, max_size=3)
    return {"int": INT32, "float": FLOAT32, "bool": st.booleans()}[declared.split(" ")[0]]


def options_of(kind: type) -> st.SearchStrategy:
    """Options with any subset of their fields set."""
    names = [field.name for field in dataclasses.fields(kind)]
    chosen = st.fixed_dictionaries({}, optional={name: values_of(kind, name) for name in names})
    return chosen.map(lambda values: kind(**values))


ANY_OPTIONS = st.sampled_from(KINDS).flatmap(options_of)


def same(first, second) -> bool:
    """Equal, with NaN equal to NaN and -0.0 apart from 0.0."""
    return repr(first) == repr(second)


@BY_KIND
def test_fields_and_defaults_are_those_of_the_message(kind):
    message = message_class(type_name_of(kind))()
    fields = message.DESCRIPTOR.fields_by_name
    assert {field.name for field in dataclasses.fields(kind)} == set(fields)
    for field in dataclasses.fields(kind):
        if is_repeated(fields[field.name]):
            assert field.default in ((), None)
        elif field.default is not None:
            assert getattr(message, field.name) == field.default
        else:
            no_default = fields[field.name].default_value in (0, False, None)
            assert no_default, f"{field.name} has a default, which None hides"


@settings(max_examples=150, deadline=None)
@given(ANY_OPTIONS)
@example(SsdAnchorsOptions(min_scale=float("nan"), max_scale=float("-inf"), anchor_scale=-0.0))
@example(TensorsToDetectionsOptions(score_clipping_thresh=0.0, x_scale=-0.0, max_results=-1))
@example(TensorsToDetectionsOptions(box_format="UNSPECIFIED", tensor_mapping=TensorMapping()))
def test_round_trips(options):
    kind = type(options)
    assert same(kind.from_pbtxt(options.to_pbtxt()), options)
    assert same(kind.from_bytes(options.to_bytes()), options)
    graph = Graph.read(f'node {{ calculator: "{type_name_of(kind)[10:-7]}" }}')
    graph.nodes[0].set_options(options)
    assert same(kind.from_pbtxt(graph), options)
    assert same(Graph.read(graph.to_binary()).nodes[0].options(), options)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(options_of(kind), options_of(kind))))
def test_one_options_after_another_in_text_and_binary(pair):
    first, second = pair
    text = f'node {{ calculator: "{type_name_of(type(first))[10:-7]}" }}'
    for graph in (Graph.read(text), Graph.read(Graph.read(text).to_binary())):
        graph.nodes[0].set_options(first)
        graph.nodes[0].set_options(second)
        assert same(graph.nodes[0].options(), second)


@BY_KIND
def test_defaults_are_not_written(kind):
    assert kind().to_pbtxt() == ""
    assert kind().to_bytes() == b""
    assert kind.from_pbtxt("") == kind.from_bytes(b"") == kind()


def test_text_has_bare_fields_in_the_order_of_the_proto_with_the_shortest_floats():
    options = SsdAnchorsOptions(
        aspect_ratios=[1, 1 / 3],
        strides=[8, 16],
        max_scale=np.float32(0.75),
        min_scale=0.1484375,
        anchor_offset_x=0.5,
        normalize_coordinates=True,
        interpolated_scale_aspect_ratio=np.float32(0.1),
        fixed_anchors=[[0.1, 0.2, 0.3, 0.4]],
        num_layers=0,
    )
    assert options.to_pbtxt() == (
        "min_scale: 0.1484375\nmax_scale: 0.75\nnum_layers: 0\nstrides: 8\nstrides: 16\n"
        "aspect_ratios: 1.0\naspect_ratios: 0.33333334\ninterpolated_scale_aspect_ratio: 0.1\n"
        "fixed_anchors { x_center: 0.1 y_center: 0.2 h: 0.4 w: 0.3 }\n"
    )


@settings(max_examples=200, deadline=None)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_floats_are_the_shortest_that_give_the_float32_back(number):
    text = NonMaxSuppressionOptions(min_suppression_threshold=number).to_pbtxt()
    if number == 1.0:
        assert text == ""
        return
    written = text.removeprefix("min_suppression_threshold: ").strip()
    assert np.float32(written) == np.float32(number)
    digits = len(re.sub(r"e.*|[-.]", "", written).strip("0"))
    assert digits <= len(re.sub(r"e.*|[-.]", "", str(np.float32(number))).strip("0"))


NODE = """\
node {
  calculator: "SsdAnchorsCalculator"
  options { [mediapipe.SsdAnchorsCalculatorOptions.ext] { num_layers: %d } }
}
"""


def test_sources(tmp_path):
    bare, graph = tmp_path / "bare.pbtxt", tmp_path / "graph.pbtxt"
    bare.write_text("# bare\nnum_layers: 3 strides: [8, 16]\n")
    graph.write_text('input_stream: "a"\n' + NODE % 4)
    Graph.read(graph).save(tmp_path / "graph.binarypb")
    read = SsdAnchorsOptions.from_pbtxt
    assert read(bare) == read(str(bare)) == SsdAnchorsOptions(num_layers=3, strides=[8, 16])
    assert read("num_layers: 3").num_layers == 3
    assert read("num_layers: 3 strides: 1\n").strides == (1,)
    assert read(b"num_layers: 3").num_layers == 3
    for source in (graph, Graph.read(graph), NODE % 4, tmp_path / "graph.binarypb"):
        assert read(source) == SsdAnchorsOptions(num_layers=4)
    assert (
        NonMaxSuppressionOptions.from_pbtxt('node { calculator: "NonMaxSuppressionCalculator" }')
        == NonMaxSuppressionOptions()
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (NODE % 1 + NODE % 2, "2 nodes (lines 1, 5) of SsdAnchorsCalculator, expected one"),
        ('node { calculator: "Other" }', "0 nodes of SsdAnchorsCalculator, expected one"),
        ("num_layers: 1\nmin_scal: 2", "line 2: field min_scal"),
        ("num_layers: 1\nnum_layers: 2", "line 2: num_layers: num_layers is already set in line 1"),
        ("overlap_type: JACCARD", "field overlap_type"),
        ("num_layers: 1.5", "expected a whole number"),
        ("missing.pbtxt", "missing.pbtxt: no such file"),
        (7, "got a int"),
    ],
)
def test_sources_that_do_not_hold_the_options(source, words):
    with pytest.raises(GraphError, match=re.escape(words)):
        SsdAnchorsOptions.from_pbtxt(source)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff", "not a serialized mediapipe.SsdAnchorsCalculatorOptions"),
        (b"\xf8\x07\x01", "field 127 of mediapipe.SsdAnchorsCalculatorOptions"),
        (b"\xaa\x01\x05\x0d\x00\x00\x00\x00", "lacks its required field"),
        ("num_layers: 1", "got a str, expected bytes"),
        (5, "got a int, expected bytes"),
    ],
)
def test_bytes_that_do_not_hold_the_options(data, words):
    with pytest.raises(GraphError, match=re.escape(words)):
        SsdAnchorsOptions.from_bytes(data)


def mediapipe_class(kind: type):
    from mediapipe.calculators.tensor import tensors_to_detections_calculator_pb2 as decode_pb2
    from mediapipe.calculators.tflite import ssd_anchors_calculator_pb2 as anchors_pb2
    from mediapipe.calculators.util import non_max_suppression_calculator_pb2 as nms_pb2

    return {
        SsdAnchorsOptions: anchors_pb2.SsdAnchorsCalculatorOptions,
        TensorsToDetectionsOptions: decode_pb2.TensorsToDetectionsCalculatorOptions,
        NonMaxSuppressionOptions: nms_pb2.NonMaxSuppressionCalculatorOptions,
    }[kind]


def as_mediapipe(options, message=None):
    """The options in mediapipe's own message, set field by field without our conversion."""
    message = mediapipe_class(type(options))() if message is None else message
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if value is None:
            continue
        if field.name == "fixed_anchors":
            for x, y, w, h in value.tolist():
                message.fixed_anchors.add(x_center=x, y_center=y, w=w, h=h)
        elif isinstance(value, tuple):
            getattr(message, field.name).extend(value)
        elif dataclasses.is_dataclass(value):
            getattr(message, field.name).SetInParent()
            as_mediapipe(value, getattr(message, field.name))
        else:
            setattr(message, field.name, value)
    return message


@needs_graph_api
@settings(max_examples=150, deadline=None)
@given(ANY_OPTIONS)
def test_reads_what_mediapipe_wrote(options):
    theirs = as_mediapipe(options)
    assert same(type(options).from_bytes(theirs.SerializeToString()), options)
    assert same(type(options).from_pbtxt(str(theirs)), options)


@needs_graph_api
@settings(max_examples=150, deadline=None)
@given(ANY_OPTIONS)
def test_mediapipe_reads_what_we_wrote(options):
    from google.protobuf import text_format

    theirs = mediapipe_class(type(options))
    expected = as_mediapipe(options)
    for read in (
        theirs.FromString(options.to_bytes()),
        text_format.Parse(options.to_pbtxt(), theirs()),
    ):
        assert_says_the_same(read, expected, options)


def assert_says_the_same(read, expected, options) -> None:
    """Equal values in every field, and equal presence where presence means something."""
    for option in dataclasses.fields(options):
        ours, theirs = getattr(read, option.name), getattr(expected, option.name)
        if option.name == "fixed_anchors":
            assert same([row(anchor) for anchor in ours], [row(anchor) for anchor in theirs])
            continue
        if isinstance(option.default, tuple):
            assert same(list(ours), list(theirs)), option.name
            continue
        if option.default is None:
            assert read.HasField(option.name) == expected.HasField(option.name), option.name
        if option.name not in NESTED:
            assert same(ours, theirs), option.name
        elif read.HasField(option.name):
            assert_says_the_same(ours, theirs, getattr(options, option.name))


def row(anchor) -> tuple[float, ...]:
    return anchor.x_center, anchor.y_center, anchor.w, anchor.h


def test_many_fixed_anchors_go_through_text():
    rng = np.random.default_rng(5)
    options = SsdAnchorsOptions(fixed_anchors=rng.random((2000, 4), np.float32))
    assert SsdAnchorsOptions.from_pbtxt(options.to_pbtxt()) == options
    assert SsdAnchorsOptions.from_bytes(options.to_bytes()) == options
