"""Hypothesis strategies: messages of the schema, and the ways to spell one in text format."""

from __future__ import annotations

import struct
from typing import Any

from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from mediapipe_anchors.schema import (
    field_value,
    find_extension,
    is_map,
    is_repeated,
    message_class,
    pool,
)

many = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

OPTION_TYPES = [
    f"mediapipe.{name}"
    for name in (
        "SsdAnchorsCalculatorOptions",
        "TensorsToDetectionsCalculatorOptions",
        "NonMaxSuppressionCalculatorOptions",
        "InferenceCalculatorOptions",
        "ImageToTensorCalculatorOptions",
        "DetectionLabelIdToTextCalculatorOptions",
    )
]
_ANY, _OPTIONS = "google.protobuf.Any", "mediapipe.CalculatorOptions"

_BY_TYPE = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
}


@st.composite
def messages(draw: Any, type_name: str, depth: int = 4) -> Any:
    """A message with a few of its fields set, its options and Any filled from `OPTION_TYPES`."""
    message = message_class(type_name)()
    if type_name == _ANY:
        content = draw(messages(draw(st.sampled_from(OPTION_TYPES)), depth - 1))
        message.type_url = "type.googleapis.com/" + content.DESCRIPTOR.full_name
        message.value = content.SerializeToString(deterministic=True)
        return message
    if type_name == _OPTIONS:
        option_type = draw(st.sampled_from(OPTION_TYPES))
        extension = message.Extensions[find_extension(option_type + ".ext")]
        extension.CopyFrom(draw(messages(option_type, depth - 1)))
        extension.SetInParent()
        return message
    fields = list(message.DESCRIPTOR.fields)
    chosen = draw(st.lists(st.sampled_from(fields), max_size=5, unique=True)) if fields else []
    if type_name == "mediapipe.Anchor":
        chosen = fields
    for field in chosen:
        if depth > 0 or not field.message_type:
            _set(draw, message, field, depth)
    return message


def _set(draw: Any, message: Any, field: Any, depth: int) -> None:
    if is_map(field):
        for key in draw(st.lists(_BY_TYPE[FieldDescriptor.CPPTYPE_INT64], max_size=2)):
            item = draw(messages("mediapipe.LabelMapItem", depth - 1))
            getattr(message, field.name)[key].CopyFrom(item)
    elif field.message_type:
        name = field.message_type.full_name
        if is_repeated(field):
            for _ in range(draw(st.integers(0, 2))):
                getattr(message, field.name).add().CopyFrom(draw(messages(name, depth - 1)))
        else:
            getattr(message, field.name).SetInParent()
            getattr(message, field.name).CopyFrom(draw(messages(name, depth - 1)))
    elif is_repeated(field):
        getattr(message, field.name).extend(draw(st.lists(scalars(field), max_size=3)))
    else:
        setattr(message, field.name, draw(scalars(field)))


def scalars(field: Any) -> st.SearchStrategy[Any]:
    """Values of a scalar field."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        is_text = field.type == FieldDescriptor.TYPE_STRING
        text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
        return text if is_text else st.binary(max_size=6)
    return _BY_TYPE[field.cpp_type]


class Speller:
    """Writes a message as text, drawing one of the spellings that text format allows throughout."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def message(self, message: Any) -> str:
        fields = [self._field(message, field) for field, _ in message.ListFields()]
        return self._blank() + "".join(self.draw(st.permutations(fields)))

    def _field(self, message: Any, field: Any) -> str:
        name = field.name
        if field.is_extension:
            name = self.draw(st.sampled_from(["[{}]", "[ {} ]", "[{}# c\n]"])).format(
                field.full_name
            )
        values = self._values(message, field)
        as_list = is_repeated(field) and self.draw(st.booleans())
        if as_list:
            values = [
                "[" + ",".join(self._blank() + value for value in values) + self._blank() + "]"
            ]
        colon = ":" if not field.message_type else self.draw(st.sampled_from(["", ":"]))
        return "".join(
            name + self._blank() + colon + self._blank() + value + self._end() for value in values
        )

    def _values(self, message: Any, field: Any) -> list[str]:
        value = field_value(message, field)
        if is_map(field):
            entries = [f"key: {key} value {self._brackets(value[key])}" for key in value]
            return [f"{{ {entry} }}" for entry in entries]
        items = list(value) if is_repeated(field) else [value]
        return [self._value(field, item) for item in items]

    def _value(self, field: Any, item: Any) -> str:
        if field.message_type:
            return self._brackets(item)
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            return self._string(item)
        if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
            return self._pick(field.enum_type.values_by_number[item].name, str(item))
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return self._pick("true", "True", "t", "1") if item else self._pick("false", "f", "0")
        if isinstance(item, float):
            return self._float(item, single=field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT)
        return str(item) if item < 0 else self._pick(str(item), hex(item), f"0{item:o}")

    def _brackets(self, message: Any) -> str:
        body = self._any(message) if message.DESCRIPTOR.full_name == _ANY else self.message(message)
        return self._pick("{%s}", "<%s>") % body

    def _any(self, message: Any) -> str:
        if self.draw(st.booleans()) or not message.type_url:
            return self.message(message)
        content = message_class(message.type_url.rpartition("/")[2]).FromString(message.value)
        return f"{self._blank()}[{message.type_url}]{self._blank()}{self._brackets(content)}"

    def _float(self, number: float, *, single: bool) -> str:
        if number != number or number in (float("inf"), float("-inf")):
            return self._pick(repr(number), repr(number).upper(), repr(number).title())
        if single:  # a decimal of nine digits gives every float32 back
            assert struct.unpack("f", struct.pack("f", float(f"{number:.9g}")))[0] == number
            return self._pick(f"{number:.9e}", f"{number:.9e}f", repr(number))
        return self._pick(repr(number), f"{number:.17E}")

    def _string(self, value: str | bytes) -> str:
        if isinstance(value, str) and self.draw(st.booleans()):
            plain = value.translate({ord(c): f"\\{ord(c):03o}" for c in "\n\r\\\"'\x00"})
            return self._pick(f'"{plain}"', f"'{plain}'")
        data = value.encode() if isinstance(value, str) else value
        escape = self._pick("\\{:03o}", "\\x{:02x}")
        middle = self.draw(st.integers(0, len(data)))
        parts = [
            "".join(escape.format(byte) for byte in part) for part in (data[:middle], data[middle:])
        ]
        return f"\"{parts[0]}\"{self._blank()}'{parts[1]}'"

    def _pick(self, *spellings: str) -> str:
        return self.draw(st.sampled_from(spellings))

    def _blank(self) -> str:
        return self._pick(" ", " ", "\n", "\t", "\r\n", ' # it\'s a "comment" {\n', "  ")

    def _end(self) -> str:
        return self._blank() + self._pick("", "", ",", ";") + self._blank()


@st.composite
def spelled(draw: Any, type_name: str) -> tuple[Any, str]:
    """A message and a text that says it."""
    message = draw(messages(type_name))
    return message, Speller(draw).message(message)


def said(message: Any) -> str:
    """Protobuf's own text: equal where messages are, with NaN equal to NaN, and maps in order."""
    return text_format.MessageToString(message, descriptor_pool=pool())
