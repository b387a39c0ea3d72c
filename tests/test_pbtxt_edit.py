"""Edits of a text: what they put where, and that they touch nothing else."""

from __future__ import annotations

import pytest
from graph_strategies import OPTION_TYPES, many, messages, said, spelled
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.pbtxt import Document, Edit, Message, parse
from mediapipe_anchors.pbtxt.edit import edits, to_lines
from mediapipe_anchors.pbtxt.message import to_message
from mediapipe_anchors.schema import message_class

SSD = "mediapipe.SsdAnchorsCalculatorOptions"

GRAPH = "mediapipe.CalculatorGraphConfig"

BLOCK = """\
options {  # of SSD
  num_layers: 1   # one
  min_scale: 0.2
  strides: [8, 16]  # twice
  # about the scale
  max_scale: 0.75 ; aspect_ratios: 1.0
}
"""

UNKNOWN = "  not_known { x: [1,2] } # kept\n"


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
