"""From a parsed text to a protobuf message, with a line for everything that does not fit.

The schema decides what is known; `skip_unknown` passes over the rest, for edits that leave it where
it is.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from mediapipe_anchors.errors import GraphError, shorten
from mediapipe_anchors.pbtxt import Document, Field, Message, Scalar, Value
from mediapipe_anchors.pbtxt.scalars import expected_scalar, scalar_value
from mediapipe_anchors.schema import (
    field_value,
    find_extension,
    has_message,
    is_map,
    is_repeated,
    message_class,
    try_parse_message,
)

ANY = "google.protobuf.Any"

_SHOWN = 120  # characters of a name in a message

_KEEP_AS_TEXT = (
    "keep this graph as text (.pbtxt), which preserves it, or convert it with a protoc that has "
    "its .proto file"
)


def to_message(
    document: Document, block: Message, type_name: str, *, skip_unknown: bool = False
) -> Any:
    """The message of our schema that a block of text spells.

    Args:
        document: the text that holds `block`.
        block: fields of the message; the document's root, or a value in it.
        type_name: full name of the message, such as "mediapipe.SsdAnchorsCalculatorOptions".
        skip_unknown: pass over fields, extensions and types that the schema lacks.

    Raises:
        GraphError: unknown field, value of the wrong type or range, a single field or a oneof set
            twice, or a required field missing; with its line.
    """
    message = message_class(type_name)()
    with _deep_enough(document, block):
        _Filler(document, skip_unknown).fill(message, block)
    return message


def check_fields(document: Document, block: Message, type_name: str) -> None:
    """Raise `GraphError` where a block does not spell the message, as `to_message` does.

    Extensions and types that the schema lacks are passed over: they may be those of calculators
    of one's own. Fields of messages that it has are not.
    """
    filler = _Filler(document, skip_unknown=False, skip_foreign=True)
    with _deep_enough(document, block):
        filler.fill(message_class(type_name)(), block)


def any_type(document: Document, block: Message) -> str | None:
    """The full name of the message in a `google.protobuf.Any` block; None for an empty block."""
    expanded = _expanded(block)
    if expanded:
        return expanded.name[1:-1].rpartition("/")[2]
    urls = block.values("type_url")
    return string(document, urls[0]).rpartition("/")[2] if urls else None


def any_content(document: Document, block: Message, *, skip_unknown: bool = False) -> Any:
    """The message in an Any block, spelled `[url/Type] {...}` or `type_url: ... value: ...`."""
    with _deep_enough(document, block):
        return _Filler(document, skip_unknown).content(block)


def _packed_content(document: Document, block: Message, type_name: str) -> Any:
    """The message in an Any block spelled `type_url: ... value: ...`."""
    packed = to_message(document, block, ANY)
    message = try_parse_message(packed.value, type_name)
    if message is None:
        raise document.error(f"value: not a serialized {type_name}", block)
    return message


def string(document: Document, value: Value) -> str:
    """The text of a string value."""
    if not isinstance(value, Scalar) or not isinstance(value.value, bytes):
        raise document.error(f"expected a quoted string, found {_shown(value)}", value)
    try:
        return value.value.decode("utf-8")
    except UnicodeDecodeError:
        raise document.error("expected a string in UTF-8", value) from None


@contextlib.contextmanager
def _deep_enough(document: Document, block: Message) -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise document.error("nests too deep for the stack that is left", block) from None


def _expanded(block: Message) -> Field | None:
    named = [field for field in block.fields if "/" in field.name]
    single = len(block.fields) == 1 and named and len(named[0].values) == 1
    return named[0] if single and isinstance(named[0].values[0], Message) else None


def _shown(value: Value) -> str:
    return "a message" if isinstance(value, Message) else shorten(value.value)


class _Filler:
    """Walks a block of text and sets the fields of a message by it.

    `skip_unknown` passes over what the schema lacks, `skip_foreign` over its extensions and types.
    """

    def __init__(self, document: Document, skip_unknown: bool, skip_foreign: bool = False) -> None:
        self.document = document
        self.skip_unknown = skip_unknown
        self.skip_foreign = skip_foreign or skip_unknown

    def content(self, block: Message) -> Any:
        """The message in an Any block."""
        type_name = any_type(self.document, block)
        assert type_name is not None
        expanded = _expanded(block)
        if expanded is None:
            return _packed_content(self.document, block, type_name)
        value = expanded.values[0]
        assert isinstance(value, Message)
        message = message_class(type_name)()
        self.fill(message, value)
        return message

    def fill(self, message: Any, block: Message) -> None:
        if message.DESCRIPTOR.full_name == ANY and any("/" in field.name for field in block.fields):
            self._fill_any(message, block)
            return
        filled: dict[str, Field] = {}
        for field in block.fields:
            descriptor = self._descriptor(message, field)
            if descriptor is None:
                continue
            if not is_repeated(descriptor):
                self._check_once(field, descriptor, filled)
            for value in field.values:
                self._put(message, descriptor, value)
        if not message.IsInitialized():
            missing = ", ".join(message.FindInitializationErrors())
            raise self._error(
                f"{message.DESCRIPTOR.full_name} lacks its required field {missing}", block
            )

    def _descriptor(self, message: Any, field: Field) -> Any:
        owner = message.DESCRIPTOR
        if field.name.startswith("["):
            extension = find_extension(field.name[1:-1])
            if extension and extension.containing_type.full_name == owner.full_name:
                return extension
            unknown = f"extension {field.name[:_SHOWN]} of {owner.full_name}"
            advice = _KEEP_AS_TEXT
        else:
            if field.name in owner.fields_by_name:
                return owner.fields_by_name[field.name]
            unknown = f"field {field.name[:_SHOWN]} of {owner.full_name}"
            close = difflib.get_close_matches(field.name[:_SHOWN], owner.fields_by_name, n=1)
            advice = f"did you mean {close[0]}?" if close else "remove it, or correct its name"
        if self.skip_foreign if field.name.startswith("[") else self.skip_unknown:
            return None
        raise self._error(f"{unknown}: not in the schema of mediapipe_anchors; {advice}", field)

    def _check_once(self, field: Field, descriptor: Any, filled: dict[str, Field]) -> None:
        oneof = descriptor.containing_oneof
        group = f"one of {oneof.name}" if oneof else field.name
        if len(field.values) != 1 or field.list_span:
            raise self._error(f"{field.name}: takes one value, found a list", field)
        if group in filled:
            first = self.document.line(filled[group].start)
            raise self._error(f"{field.name}: {group} is already set in line {first}", field)
        filled[group] = field

    def _put(self, message: Any, descriptor: Any, value: Value) -> None:
        if is_map(descriptor):
            self._put_map_entry(message, descriptor, value)
        elif descriptor.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            block = self._block(descriptor, value)
            child = field_value(message, descriptor)
            if is_repeated(descriptor):
                child = child.add()
            else:
                child.SetInParent()
            self.fill(child, block)
        else:
            scalar = self._scalar(descriptor, value)
            if is_repeated(descriptor):
                field_value(message, descriptor).append(scalar)
            elif descriptor.is_extension:
                message.Extensions[descriptor] = scalar
            else:
                setattr(message, descriptor.name, scalar)

    def _put_map_entry(self, message: Any, descriptor: Any, value: Value) -> None:
        entry = message_class(descriptor.message_type.full_name)()
        self.fill(entry, self._block(descriptor, value))
        container = field_value(message, descriptor)
        if descriptor.message_type.fields_by_name["value"].message_type:
            container[entry.key].CopyFrom(entry.value)
        else:
            container[entry.key] = entry.value

    def _block(self, descriptor: Any, value: Value) -> Message:
        if not isinstance(value, Message):
            raise self._error(
                f"{descriptor.name}: expected a message {{ ... }}, found {_shown(value)}", value
            )
        return value

    def _fill_any(self, message: Any, block: Message) -> None:
        expanded = _expanded(block)
        if expanded is None:
            raise self._error("an Any holds exactly one [domain/package.Message] { ... }", block)
        url = expanded.name[1:-1]
        type_name = url.rpartition("/")[2]
        if not has_message(type_name):
            if self.skip_foreign:
                return
            unknown = f"message {expanded.name[:_SHOWN]}"
            raise self._error(
                f"{unknown}: not in the schema of mediapipe_anchors; {_KEEP_AS_TEXT}", expanded
            )
        content = self.content(block)
        message.type_url = url
        message.value = content.SerializeToString(deterministic=True)

    def _scalar(self, descriptor: Any, value: Value) -> Any:
        if isinstance(value, Scalar):
            try:
                return scalar_value(descriptor, value)
            except ValueError:
                pass
        raise self._error(
            f"{descriptor.name}: got {_shown(value)}, expected {expected_scalar(descriptor)}", value
        )

    def _error(self, message: str, at: Value | Field) -> GraphError:
        return self.document.error(message, at)
