"""A reader of protobuf text format that keeps the source: what an edit leaves alone stays as it is.

`parse` needs no schema: it turns text into a `Document`, a tree of fields that know where they
stand. Comments and blanks stay in `Document.text`. An edit is a span and its new text;
`Document.apply` makes the edited document. (Protobuf's own `text_format` drops comments, and
refuses extensions that it does not know.)
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.pbtxt.parser import BOM, Field, Message, Scalar, Value, parse_fields

__all__ = ["Document", "Edit", "Field", "Message", "Scalar", "Value", "parse"]

MAX_CHARACTERS = 16 * 2**20


class Edit(NamedTuple):
    """Put `text` in place of the document's characters from `start` to `end`."""

    start: int
    end: int
    text: str


class Document:
    """A parsed text: its source `text`, its fields `root`, the file it came from `path` or None."""

    def __init__(self, text: str, root: Message, path: str | None) -> None:
        self.text = text
        self.root = root
        self.path = path
        self._newlines = [match.start() for match in re.finditer("\n", text)]

    def line(self, offset: int) -> int:
        """The 1-based line of a character."""
        return bisect.bisect_left(self._newlines, offset) + 1

    def error(self, message: str, at: Value | Field) -> GraphError:
        """A `GraphError` that names the file and line of a part of the document."""
        return GraphError(message, path=self.path, line=self.line(at.start))

    def apply(self, edits: Iterable[Edit]) -> Document:
        """The document after the edits; none may overlap, those at one place keep their order."""
        pieces, position = [], 0
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            if edit.start < position:
                raise ValueError(f"edits overlap at character {edit.start}")
            pieces += [self.text[position : edit.start], edit.text]
            position = edit.end
        return parse("".join([*pieces, self.text[position:]]), self.path)

    def insert(self, into: Message, lines: Sequence[str], after: Field | None = None) -> Edit:
        """Add lines (unindented, no comments) to a message, behind `after` or its last field.

        They take lines of their own, indented like the fields beside them, unless more text follows
        on the line; then they are squeezed in between.
        """
        if after is None and into.fields:
            after = into.fields[-1]
        place = after.end if after else self._body_start(into)
        rest = self._line_rest(place)
        if rest.strip() and not rest.lstrip().startswith("#"):
            glue = "" if rest[0].isspace() else " "
            return Edit(place, place, " " + " ".join(line.strip() for line in lines) + glue)
        place += len(rest)
        line_end = self.text[place : place + 2] or self.text  # at the end of the text, as elsewhere
        indent = ("\r\n" if "\r\n" in line_end else "\n") + self._indent(into)
        return Edit(place, place, "".join(indent + line for line in lines))

    def remove(self, field: Field) -> Edit:
        """Take a field out, with its line if it has one to itself; a comment behind it stays."""
        line_start = self.text.rfind("\n", 0, field.start) + 1
        before, rest = self.text[line_start : field.start], self._line_rest(field.end)
        if not before.strip() and not rest.strip():
            newline = re.compile(r"\r?\n\Z").search(self.text, max(line_start - 2, 0), line_start)
            start = newline.start() if newline else line_start
            return Edit(start, field.end + len(rest), "")
        start = field.start
        if before.strip():
            start = line_start + len(before.rstrip())
        touching = self.text[max(start - 1, 0) : start] + self.text[field.end : field.end + 1]
        return Edit(start, field.end, " " if re.fullmatch(r"\w\w", touching) else "")

    def _line_rest(self, offset: int) -> str:
        end = self.text.find("\n", offset)
        return self.text[offset : end if end >= 0 else len(self.text)].removesuffix("\r")

    def _indent(self, message: Message) -> str:
        first = message.fields[0].start if message.fields else message.start
        line_start = self.text.rfind("\n", 0, first) + 1
        indent = re.compile(r"[ \t]*").match(self.text, line_start)
        assert indent is not None
        return indent[0] + ("" if message.fields or message is self.root else "  ")

    def _body_start(self, message: Message) -> int:
        if message is self.root:
            return len(BOM) if self.text.startswith(BOM) else 0
        return message.start + 1


def parse(text: str, path: str | None = None) -> Document:
    """Read protobuf text format.

    Args:
        text: the text, with or without a byte order mark.
        path: the file it came from, for messages.

    Raises:
        GraphError: not text format, or larger or deeper than what is read; with the line.
    """
    if len(text) > MAX_CHARACTERS:
        raise GraphError(
            f"{len(text)} characters: more than the {MAX_CHARACTERS} that are read", path=path
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise GraphError(f"not Unicode: {text[error.start]!r}", path=path, line=line) from None
    return Document(text, parse_fields(text, path), path)
