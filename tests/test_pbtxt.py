"""The span-preserving reader: what it reads, where it stands, and that edits touch no more."""

from __future__ import annotations

import contextlib
import re
import sys
import time

import pytest
from google.protobuf import text_format
from graph_strategies import OPTION_TYPES, messages, spelled
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.pbtxt import Document, Edit, Message, Scalar, parse
from mediapipe_anchors.pbtxt_edit import edits, to_lines
from mediapipe_anchors.pbtxt_message import to_message
from mediapipe_anchors.schema import message_class, pool

GRAPH = "mediapipe.CalculatorGraphConfig"
SSD = "mediapipe.SsdAnchorsCalculatorOptions"
many = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def only(text: str) -> Scalar | Message:
    (value,) = parse(text).root.values("a")
    return value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("a: 8", "integer", "8"),
        ("a:-8", "integer", "-8"),
        ("a: - # minus\n 8", "integer", "-8"),
        ("a: 0x1F", "integer", "0x1F"),
        ("a: 017", "integer", "017"),
        ("a: 1.5f", "float", "1.5f"),
        ("a: .5", "float", ".5"),
        ("a: 5.", "float", "5."),
        ("a: 10F", "float", "10F"),
        ("a: -1e-3", "float", "-1e-3"),
        ("a: -inf", "identifier", "-inf"),
        ("a: -NaN", "identifier", "-NaN"),
        ("a: JACCARD", "identifier", "JACCARD"),
        ('a: "x"', "string", b"x"),
        ("a: 'it''s' \"!\" # more\n '?'", "string", b"its!?"),
        (r'a: "\a\b\f\n\r\t\v\\\'\"\?"', "string", b"\a\b\f\n\r\t\v\\'\"?"),
        (r'a: "\1\12\123\x4\x41\X42"', "string", b"\x01\x0a\x53\x04AB"),
        (r'a: "\u00e9\U0001F600\ud83d\ude00"', "string", "é😀😀".encode()),
        ('a: "é"', "string", "é".encode()),
    ],
)
def test_scalars(text, kind, value):
    scalar = only(text)
    assert isinstance(scalar, Scalar)
    assert (scalar.kind, scalar.value) == (kind, value)
    assert text[scalar.start : scalar.end] == text.split(":", 1)[1].strip()


@pytest.mark.parametrize(
    "text",
    [
        "a {b: 1}",
        "a: {b: 1}",
        "a <b: 1>",
        "a: <b: 1;>",
        "a [{b: 1}]",
        "a {b: 1},",
        "\ufeffa {b: 1}",
        "#\r\na\r\n{\r\nb:1\r\n}\r\n",
    ],
)
def test_messages(text):
    value = only(text)
    assert isinstance(value, Message)
    assert [field.name for field in value.fields] == ["b"]
    assert text[value.start] in "{<"
    assert text[value.end - 1] in "}>"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[mediapipe.X.ext] {}", "[mediapipe.X.ext]"),
        ("[ mediapipe . # dots\n X.ext ] {}", "[mediapipe.X.ext]"),
        ("[type.googleapis.com/mediapipe.X] {}", "[type.googleapis.com/mediapipe.X]"),
        ("[a-b.example/c%20d/mediapipe.X]: {}", "[a-b.example/c%20d/mediapipe.X]"),
    ],
)
def test_bracketed_names(text, name):
    assert [field.name for field in parse(text).root.fields] == [name]


def test_lists_open_into_values_and_keep_their_place():
    text = "a: [1, 2] a: 3; a: [] a: [<b: 4>, {b: 5}]"
    fields = parse(text).root.named("a")
    places = [field.list_span and text[slice(*field.list_span)] for field in fields]
    assert places == ["[1, 2]", None, "[]", "[<b: 4>, {b: 5}]"]
    assert len(parse(text).root.values("a")) == 5


def test_lines_count_from_one_whatever_the_line_ends():
    document = parse('# one\r\na: "x" # two\r\n\r\nb {\r\n  c: 5\r\n}\r\n')
    a, b = document.root.fields
    inner = b.values[0]
    assert isinstance(inner, Message)
    assert [document.line(part.start) for part in (a, b, inner.fields[0])] == [2, 4, 5]


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


def said(message) -> str:
    """Protobuf's own text: equal where messages are, with NaN equal to NaN, and maps in order."""
    return text_format.MessageToString(message, descriptor_pool=pool())


@many
@given(st.data(), st.sampled_from(OPTION_TYPES))
def test_edits_make_the_text_say_the_new_message_and_keep_the_rest(data, type_name):
    old, text = data.draw(spelled(type_name))
    new = data.draw(messages(type_name))
    document = parse(text + UNKNOWN)
    edited = document.apply(edits(document, document.root, old, new))
    says = to_message(edited, edited.root, type_name, skip_unknown=True)
    assert said(says) == said(new)
    assert UNKNOWN in edited.text
    for field in old.DESCRIPTOR.fields:
        if text_of(old, field.name) == text_of(new, field.name):
            assert sources(edited, field.name) == sources(document, field.name)


UNKNOWN = "  not_known { x: [1,2] } # kept\n"


def text_of(message, name: str) -> str:
    """One field of a message as text; unlike `==` it takes NaN as itself."""
    alone = type(message)()
    alone.CopyFrom(message)
    for field in message.DESCRIPTOR.fields:
        if field.name != name:
            alone.ClearField(field.name)
    return "".join(to_lines(alone))


def sources(document: Document, name: str) -> list[str]:
    return [document.text[field.start : field.end] for field in document.root.named(name)]


BLOCK = """\
options {  # of SSD
  num_layers: 1   # one
  min_scale: 0.2
  strides: [8, 16]  # twice
  # about the scale
  max_scale: 0.75 ; aspect_ratios: 1.0
}
"""


def edited_block(change, text: str = BLOCK) -> str:
    document = parse(text)
    block = document.root.values("options")[0]
    current = to_message(document, block, SSD)
    desired = message_class(SSD)()
    desired.CopyFrom(current)
    change(desired)
    return document.apply(edits(document, block, current, desired)).text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (lambda m: setattr(m, "num_layers", 4), "num_layers: 1 ", "num_layers: 4 "),
        (lambda m: m.ClearField("min_scale"), "  min_scale: 0.2\n", ""),
        (lambda m: m.ClearField("num_layers"), "  num_layers: 1   # one", "     # one"),
        (lambda m: m.ClearField("max_scale"), "max_scale: 0.75 ; a", " a"),
        (lambda m: m.ClearField("aspect_ratios"), " ; aspect_ratios: 1.0", " ;"),
        (lambda m: m.strides.append(32), "[8, 16]  #", "[8, 16, 32]  #"),
        (lambda m: m.strides.__setitem__(1, 9), "[8, 16]", "[8, 9]"),
        (lambda m: m.ClearField("strides"), "strides: [8, 16]  #", "  #"),
        (
            lambda m: m.aspect_ratios.append(0.1),
            "aspect_ratios: 1.0\n",
            "aspect_ratios: 1.0\n  aspect_ratios: 0.1\n",
        ),
        (
            lambda m: m.fixed_anchors.add(x_center=0.5, y_center=0.5, w=1, h=1),
            "aspect_ratios: 1.0\n",
            "aspect_ratios: 1.0\n  fixed_anchors {\n    x_center: 0.5\n    y_center: 0.5\n"
            "    h: 1.0\n    w: 1.0\n  }\n",
        ),
    ],
)
def test_an_edit_changes_its_own_place_only(change, before, after, newline):
    assert before in BLOCK
    expected = BLOCK.replace(before, after).replace("\n", newline)
    assert edited_block(change, BLOCK.replace("\n", newline)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("options {}", "options { min_scale: 0.5 }"),
        ("options {\n}", "options {\n  min_scale: 0.5\n}"),
        ("options { num_layers: 1, }", "options { num_layers: 1, min_scale: 0.5 }"),
        (
            "\toptions {\n\t\tnum_layers: 1\n\t}",
            "\toptions {\n\t\tnum_layers: 1\n\t\tmin_scale: 0.5\n\t}",
        ),
        ("options <num_layers:1>", "options <num_layers:1 min_scale: 0.5 >"),
        ("options { # why\n}", "options { # why\n  min_scale: 0.5\n}"),
    ],
)
def test_an_inserted_field_follows_the_layout_around_it(text, expected):
    assert edited_block(lambda m: setattr(m, "min_scale", 0.5), text) == expected


def test_the_first_field_of_all_goes_behind_the_byte_order_mark():
    document = parse("\ufeff# nothing yet\n")
    edited = document.apply([document.insert(document.root, ["a: 1"])])
    assert edited.text == "\ufeff# nothing yet\na: 1\n"


def test_a_default_without_presence_is_replaced_where_it_stands():
    document = parse("max_queue_size: 0  # none\n")
    current = to_message(document, document.root, GRAPH)
    changes = edits(document, document.root, current, message_class(GRAPH)(max_queue_size=5))
    assert document.apply(changes).text == "max_queue_size: 5  # none\n"


def test_removing_between_touching_fields_leaves_them_apart():
    text = "options {num_layers:1[x.y]{}min_level:2}"
    document = parse(text)
    block = document.root.values("options")[0]
    assert isinstance(block, Message)
    edited = document.apply([document.remove(block.fields[1])])
    assert edited.text == "options {num_layers:1 min_level:2}"


def test_edits_at_one_place_keep_their_order_and_overlaps_are_refused():
    document = parse("a: 1")
    assert document.apply([Edit(4, 4, " b: 2"), Edit(4, 4, " c: 3")]).text == "a: 1 b: 2 c: 3"
    with pytest.raises(ValueError, match="overlap"):
        document.apply([Edit(0, 4, ""), Edit(3, 4, "2")])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb 2", 2, 'expected ":"'),
        ("a: 1\n}", 2, "expected a field name, found }"),
        ("a {\nb: 1\n", 3, 'expected a field name or the "}" of line 1, found the end'),
        ("a {\n>", 2, 'the "}" of line 1'),
        ("a:\n\n08", 3, "not a number: 08"),
        ("a: 1.5.2", 1, "not a number"),
        ("a: 5x", 1, "not a number"),
        ("a: [1,]", 1, "expected a value"),
        ("a: [1 2]", 1, 'expected "," or "]"'),
        ("a: [[1]]", 1, "expected a value"),
        ("a: -x", 1, "after the minus sign"),
        ('a: -"x"', 1, "after the minus sign"),
        ('a: "x\n"', 1, "closing quote"),
        (r'a: "\q"', 1, r"bad escape \q"),
        (r'a: "\400"', 1, r"bad escape \400"),
        (r'a: "\ud800"', 1, r"bad escape \ud800"),
        (r'a: "\U00110000"', 1, "bad escape"),
        ("a:", 1, "expected a value, found the end"),
        ("a: 1;;", 1, "expected a field name"),
        ("1: 2", 1, "expected a field name, found 1"),
        ("[a b: 1", 1, "expected a name such as"),
        ("[]: 1", 1, "expected a name such as"),
        ("[a/]: 1", 1, "expected a name such as"),
        ("a: é", 1, "unexpected character 'é'"),
        ("a: 1 \x00", 1, "unexpected character"),
        ("# \ud800", 1, "not Unicode"),
        ("a {" * 101, 1, "nest deeper than the 100"),
    ],
)
def test_errors_name_the_line_and_what_was_expected(text, line, words):
    with pytest.raises(GraphError, match=re.escape(words)) as raised:
        parse(text, "graph.pbtxt")
    assert raised.value.line == line
    assert str(raised.value).startswith(f"graph.pbtxt:{line}: ")


@pytest.mark.parametrize(
    "text",
    [
        'a:"' + "\\" * 2**20,
        "a: " + "1" * 2**20 + "x",
        "a: 1." + "1" * 2**20 + "x",
        "a: 1e" + "1" * 2**20 + "x",
        "a: 0" + "8" * 2**20,
        "# \n" * 2**19 + "\x01",
        " " * 2**20 + "\x01",
        "a{" * 2**19,
        "a:[" * 2**19,
        "[" * 2**20,
        "[a." * 2**19,
        "a: -" + "-" * 2**20,
        '""' * 2**19,
        "a:[]" * 2**19 + "}",
    ],
    ids=lambda text: text[:8],
)
def test_hostile_texts_fail_soon_and_with_a_typed_error(text):
    start = time.monotonic()
    with pytest.raises(GraphError):
        parse(text)
    assert time.monotonic() - start < 20


def test_longer_texts_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr("mediapipe_anchors.pbtxt.MAX_CHARACTERS", 4)
    parse("a: 1")
    with pytest.raises(GraphError, match="5 characters: more than the 4 that are read"):
        parse("a: 12")


def test_more_parts_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr("mediapipe_anchors.pbtxt_parser.MAX_PARTS", 4)
    parse("a: 1 b: 2")
    with pytest.raises(GraphError, match="more than the 4 fields and values"):
        parse("a: [1, 2, 3, 4]")


def test_little_stack_left_is_a_typed_error():
    switch = "options { [mediapipe.SwitchContainerOptions.ext] { contained_node {"
    text = "node {" + switch * 25 + "}}}" * 25 + "}"
    document = parse(text)

    def deeper(levels, use):
        return use() if levels == 0 else deeper(levels - 1, use)

    for use in (lambda: parse(text), lambda: to_message(document, document.root, GRAPH)):
        use()
        with pytest.raises(GraphError, match="too deep for the stack"):
            deeper(sys.getrecursionlimit() - len(_frames()) - 60, use)


def _frames() -> list[object]:
    frames, frame = [], sys._getframe()
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


@many
@given(st.text(st.sampled_from("ab01.{}<>[]:,;\"'\\-#/ \n\r\tefxX\u00e9\ufeff"), max_size=60))
@example("a:1.e5f")
@example("[a.b/c.d]{}")
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(GraphError):  # any other error fails the test
        document = parse(text)
        check_places(document, document.root)


def check_places(document: Document, message: Message) -> None:
    """Children stand in order within their parent, and each field reads alone as it does here."""
    position = message.start
    for field in message.fields:
        assert position <= field.start < field.end <= message.end
        position = field.end
        (alone,) = parse(document.text[field.start : field.end]).root.fields
        assert alone.name == field.name
        assert len(alone.values) == len(field.values)
        for value in field.values:
            assert field.start < value.start < value.end <= field.end
            if isinstance(value, Message):
                check_places(document, value)


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
