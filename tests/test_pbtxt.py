"""The reader of text format: what it reads, where that stands, and what it refuses."""

from __future__ import annotations

import contextlib
import re
import sys
import time

import pytest
from graph_strategies import many
from hypothesis import example, given
from hypothesis import strategies as st

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.pbtxt import Document, Message, Scalar, parse
from mediapipe_anchors.pbtxt.message import to_message

GRAPH = "mediapipe.CalculatorGraphConfig"


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
    monkeypatch.setattr("mediapipe_anchors.pbtxt.parser.MAX_PARTS", 4)
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
