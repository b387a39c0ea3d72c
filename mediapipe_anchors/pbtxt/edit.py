"""From a protobuf message to text: a whole message, or the fewest edits that make a text say it."""

from __future__ import annotations

from typing import Any

from google.protobuf import text_format
from google.protobuf.unknown_fields import UnknownFieldSet

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.pbtxt import Document, Edit, Field, Message
from mediapipe_anchors.pbtxt.message import ANY
from mediapipe_anchors.schema import (
    field_value,
    has_message,
    is_map,
    is_repeated,
    message_class,
    parse_message,
    pool,
)

_LINE = 100  # a message longer than this is spread over lines


def to_lines(message: Any) -> list[str]:
    """A message as lines of text format, two blanks a level, fields in the order of their numbers.

    A message of a few plain fields takes one line. Floats are the shortest decimals that give the
    same float32. An Any of a type that the schema lacks is written as its `type_url` and `value`.

    Raises:
        GraphError: the message holds a field or extension that the schema lacks, which text could
            not name; or an Any whose value does not parse.
    """
    _require_known(message)
    text = text_format.MessageToString(message, descriptor_pool=pool())
    return _joined(text.rstrip("\n").split("\n")) if text else []


def _joined(lines: list[str]) -> list[str]:
    """Puts a message without messages in it on one line, where that is short."""
    joined: list[str] = []
    opened = -1  # where the innermost message begins, -1 once it holds another
    for line in lines:
        joined.append(line)
        if line.endswith(" {"):
            opened = len(joined) - 1
        elif line.strip() == "}":
            if opened >= 0:
                first, *rest = joined[opened:]
                together = " ".join([first, *(part.strip() for part in rest)])
                if len(together) <= _LINE:
                    joined[opened:] = [together]
            opened = -1
    return joined


def edits(document: Document, block: Message, current: Any, desired: Any) -> list[Edit]:
    """The edits after which `block`, which says `current` now, says `desired`.

    Comments, blanks, the order of fields, and what the schema does not know in `block` all stay.
    """
    changes, new_lines = [], []
    fields = {field.number: field for field, _ in (*current.ListFields(), *desired.ListFields())}
    for _, field in sorted(fields.items()):
        old, new = _items(current, field), _items(desired, field)
        written = block.named(_name(field))
        if [_key(item) for item in old] == [_key(item) for item in new]:
            continue
        if not written:
            new_lines += [line for item in new for line in _item_lines(field, item)]
        elif not new:
            changes += [document.remove(entry) for entry in written]
        else:
            changes += _field_edits(document, block, field, old, new)
    if new_lines:
        changes.append(document.insert(block, new_lines))
    return changes


def _field_edits(
    document: Document, block: Message, field: Any, old: list[Any], new: list[Any]
) -> list[Edit]:
    """The edits that bring one field, written already, from its old items to the new ones."""
    written = block.named(_name(field))
    spans = block.values(_name(field))
    in_list = any(entry.list_span for entry in written)
    if is_map(field) or len(spans) != len(old) or (in_list and len(old) != len(new)):
        return _rewrite(document, written, field, new)
    changes = []
    for span, before, after in zip(spans, old, new, strict=False):
        if isinstance(span, Message):
            changes += edits(document, span, before, after)
        elif _key(before) != _key(after):
            changes.append(Edit(span.start, span.end, _item_text(field, after)))
    changes += [document.remove(entry) for entry in written[len(new) :]]
    added = [line for item in new[len(old) :] for line in _item_lines(field, item)]
    if added:
        changes.append(document.insert(block, added, after=written[-1]))
    return changes


def _rewrite(document: Document, written: list[Field], field: Any, new: list[Any]) -> list[Edit]:
    """All items anew in the place of the first, as a list where there can be several."""
    texts = ", ".join(_item_text(field, item) for item in new)
    value = f"[{texts}]" if is_repeated(field) else texts
    first = Edit(written[0].start, written[0].end, f"{_name(field)}: {value}")
    return [first, *(document.remove(entry) for entry in written[1:])]


def _name(field: Any) -> str:
    return f"[{field.full_name}]" if field.is_extension else str(field.name)


def _items(message: Any, field: Any) -> list[Any]:
    """The values of a field: none or one if it is single, entries in the order of keys if a map."""
    if field not in dict(message.ListFields()):
        return []
    value = field_value(message, field)
    if is_map(field):
        entry = message_class(field.message_type.full_name)
        return [entry(key=key, value=value[key]) for key in sorted(value)]
    return list(value) if is_repeated(field) else [value]


def _key(item: Any) -> Any:
    """What two equal items share; unlike `==` it tells -0.0 from 0.0 and takes NaN as itself."""
    if hasattr(item, "SerializePartialToString"):
        return item.SerializePartialToString(deterministic=True)
    return repr(item)


def _item_lines(field: Any, item: Any) -> list[str]:
    """One item of a field as text."""
    if field.message_type:
        return [f"{_name(field)} {{", *("  " + line for line in to_lines(item)), "}"]
    holder = message_class(field.containing_type.full_name)()
    if is_repeated(field):
        field_value(holder, field).append(item)
    elif field.is_extension:
        holder.Extensions[field] = item
    else:
        setattr(holder, field.name, item)
    return to_lines(holder)


def _item_text(field: Any, item: Any) -> str:
    """The value alone, on one line."""
    text = " ".join(line.strip() for line in _item_lines(field, item))
    return text.removeprefix(_name(field)).removeprefix(":").strip()


def _require_known(message: Any, place: str = "") -> None:
    unknown_fields: Any = UnknownFieldSet(message)
    for field in unknown_fields:
        raise GraphError(
            f"{place}{message.DESCRIPTOR.full_name}: field or extension {field.field_number} is "
            "not in the schema of mediapipe_anchors and has no name in text; keep this graph "
            "binary (.binarypb), which preserves it"
        )
    for field, _ in message.ListFields():
        if field.message_type:
            is_any = field.message_type.full_name == ANY
            for index, item in enumerate(_items(message, field)):
                inner = f"{place}{field.name}[{index}]: " if is_repeated(field) else place
                _require_known(_unpacked(item) if is_any else item, inner)


def _unpacked(packed: Any) -> Any:
    """The message inside an Any if the schema knows its type, else the Any itself."""
    prefix, _, type_name = packed.type_url.rpartition("/")
    if not prefix or not has_message(type_name):
        return packed
    return parse_message(packed.value, type_name)
