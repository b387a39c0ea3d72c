"""The grammar of protobuf text format: text in, a tree of fields with their places out.

Part of `mediapipe_anchors.pbtxt`, which documents the whole; import from there.
"""

from __future__ import annotations

import dataclasses
import re

from mediapipe_anchors.errors import GraphError

MAX_PARTS = 2_000_000  # fields and values
MAX_DEPTH = 100  # as deep as protobuf reads binary messages

BOM = "\ufeff"


@dataclasses.dataclass(slots=True)
class Scalar:
    """A single value; `text[start:end]` of the document is its source.

    `kind` is "string", "integer", "float" or "identifier" (enum values, true, inf, -nan).
    `value` is bytes for a string (adjacent strings joined, escapes resolved), else the literal with
    its sign: "8", "-0x1F", "1.5f", "JACCARD", "-inf".
    """

    kind: str
    value: str | bytes
    start: int
    end: int


@dataclasses.dataclass(slots=True)
class Message:
    """Fields between brackets, which `start` and `end` take in; the root has no brackets."""

    fields: list[Field]
    start: int
    end: int

    def named(self, name: str) -> list[Field]:
        """Its fields of that name, in order."""
        return [field for field in self.fields if field.name == name]

    def values(self, name: str) -> list[Value]:
        """The values of its fields of that name, lists opened, in order."""
        return [value for field in self.named(name) for value in field.values]


Value = Scalar | Message


@dataclasses.dataclass(slots=True)
class Field:
    """A name with its value, or with a list of values.

    `name` is as written, without blanks inside: "node", "[mediapipe.X.ext]",
    "[type.googleapis.com/mediapipe.X]". `start` and `end` take in the separator that may follow;
    `list_span` is where the list `[...]` stands, None for a single value.
    """

    name: str
    values: list[Value]
    start: int
    end: int
    list_span: tuple[int, int] | None


_BLANK = re.compile(r"(?:[ \t\n\v\f\r]+|#[^\n]*)*")
_TOKEN = re.compile(
    r"""
      (?P<identifier> [A-Za-z_]\w* )
    | (?P<float> (?: (?:0|[1-9]\d*) \. \d* | \. \d+ ) (?:[eE][+-]?\d+)? [fF]? (?![\w.])
               | (?:0|[1-9]\d*) (?: [eE][+-]?\d+ [fF]? | [fF] ) (?![\w.]) )
    | (?P<integer> (?: 0[xX][0-9a-fA-F]+ | 0[0-7]* | [1-9]\d* ) (?![\w.]) )
    | (?P<string> "[^"\\\n]*(?:\\.[^"\\\n]*)*" | '[^'\\\n]*(?:\\.[^'\\\n]*)*' )
    | (?P<symbol> [{}<>\[\]:,;-] )
    """,
    re.VERBOSE | re.ASCII,
)
_NAME_PART = re.compile(r"[\w.%/-]+", re.ASCII)
_BRACKET_NAME = re.compile(r"(?:[\w.%-]+/)*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_CLOSING = {"{": "}", "<": ">"}
_NUMBERS = {"integer", "float"}
_SIGNED_WORDS = {"inf", "infinity", "nan"}


def parse_fields(text: str, path: str | None) -> Message:
    """The root message of a text; see `mediapipe_anchors.pbtxt.parse`."""
    return _Parser(text, path).root()


class _Parser:
    """Recursive descent. `kind`, `start`, `end` describe the next token; `taken` ends the last."""

    def __init__(self, text: str, path: str | None) -> None:
        self.text = text
        self.path = path
        self.parts_left = MAX_PARTS
        self.end = len(BOM) if text.startswith(BOM) else 0
        self._advance()

    def root(self) -> Message:
        try:
            fields = self._fields(depth=0)
        except RecursionError:
            raise self._error(
                "messages nest too deep for the stack that is left", self.start
            ) from None
        if self.kind != "end":
            raise self._unexpected("a field name")
        return Message(fields, 0, len(self.text))

    def _fields(self, depth: int) -> list[Field]:
        fields = []
        while self.kind == "identifier" or self._is("["):
            fields.append(self._field(depth))
        return fields

    def _field(self, depth: int) -> Field:
        self._count_part()
        start = self.start
        name = self._bracket_name() if self._is("[") else self._take()
        colon = self._skip(":")
        value_start = self.start
        is_list = self._is("[")
        values = self._list(depth) if is_list else [self._value(depth)]
        list_span = (value_start, self.taken) if is_list else None
        if not colon and any(isinstance(value, Scalar) for value in values):
            raise self._error(f'field {name[:120]}: expected ":" before its value', value_start)
        if self._is(",") or self._is(";"):
            self._advance()
        return Field(name, values, start, self.taken, list_span)

    def _bracket_name(self) -> str:
        opening, position, parts = self.start, self._after_blanks(self.end), []
        while part := _NAME_PART.match(self.text, position):
            parts.append(part[0])
            position = self._after_blanks(part.end())
        name = "".join(parts)
        if self.text[position : position + 1] != "]" or not _BRACKET_NAME.fullmatch(name):
            expected = "[package.extension] or [domain/package.Message]"
            raise self._error(f"expected a name such as {expected} here", opening)
        self.end = position + 1
        self._advance()
        return f"[{name}]"

    def _list(self, depth: int) -> list[Value]:
        self._advance()
        values: list[Value] = []
        while not self._is("]"):
            if values and not self._skip(","):
                raise self._unexpected('"," or "]"')
            values.append(self._value(depth))
        self._advance()
        return values

    def _value(self, depth: int) -> Value:
        self._count_part()
        start = self.start
        if self._is("{") or self._is("<"):
            return self._message(depth + 1)
        if self.kind == "string":
            return Scalar("string", self._strings(), start, self.taken)
        sign = "-" if self._skip("-") else ""
        kind, word = self.kind, self.text[self.start : self.end]
        if sign and not (kind in _NUMBERS or word.lower() in _SIGNED_WORDS):
            raise self._unexpected("a number after the minus sign")
        if kind not in _NUMBERS and kind != "identifier":
            raise self._unexpected("a value")
        self._advance()
        return Scalar(kind, sign + word, start, self.taken)

    def _message(self, depth: int) -> Message:
        start = self.start
        if depth > MAX_DEPTH:
            raise self._error(f"messages nest deeper than the {MAX_DEPTH} that are read", start)
        closing = _CLOSING[self._take()]
        fields = self._fields(depth)
        if not self._skip(closing):
            raise self._unexpected(f'a field name or the "{closing}" of line {self._line(start)}')
        return Message(fields, start, self.taken)

    def _strings(self) -> bytes:
        pieces = []
        while self.kind == "string":
            start = self.start
            try:
                pieces.append(unescape(self._take()[1:-1]))
            except ValueError as error:
                raise self._error(str(error), start) from None
        return b"".join(pieces)

    def _count_part(self) -> None:
        self.parts_left -= 1
        if self.parts_left < 0:
            raise self._error(
                f"more than the {MAX_PARTS} fields and values that are read", self.start
            )

    def _is(self, symbol: str) -> bool:
        return self.kind == "symbol" and self.text[self.start] == symbol

    def _skip(self, symbol: str) -> bool:
        found = self._is(symbol)
        if found:
            self._advance()
        return found

    def _take(self) -> str:
        token = self.text[self.start : self.end]
        self._advance()
        return token

    def _after_blanks(self, position: int) -> int:
        blanks = _BLANK.match(self.text, position)
        assert blanks is not None
        return blanks.end()

    def _advance(self) -> None:
        self.taken = self.end
        self.start = self._after_blanks(self.end)
        token = _TOKEN.match(self.text, self.start)
        if token:
            assert token.lastgroup is not None
            self.kind, self.end = token.lastgroup, token.end()
        elif self.start == len(self.text):
            self.kind, self.end = "end", self.start
        else:
            raise self._error(self._explain_no_token(), self.start)

    def _explain_no_token(self) -> str:
        rest = self.text[self.start : self.start + 30].split("\n")[0]
        if rest[0] in "\"'":
            return f"string without its closing quote, or with a bare backslash: {rest}"
        if rest[0].isdigit() or rest[0] == ".":
            return f"not a number: {rest.split()[0]}"
        return f"unexpected character {rest[0]!r}"

    def _unexpected(self, expected: str) -> GraphError:
        found = self.text[self.start : min(self.end, self.start + 40)]
        return self._error(
            f"expected {expected}, found {'the end' if self.kind == 'end' else found}", self.start
        )

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def _error(self, message: str, offset: int) -> GraphError:
        return GraphError(message, path=self.path, line=self._line(offset))


_ESCAPE = re.compile(
    rb"""\\(?: ([0-7]{1,3}) | [xX]([0-9a-fA-F]{1,2})
        | u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})
        | u([0-9a-fA-F]{4}) | U([0-9a-fA-F]{8}) | (.) )""",
    re.VERBOSE | re.DOTALL,
)
_LETTERS = dict(zip(b"abfnrtv\\'\"?", b"\a\b\f\n\r\t\v\\'\"?", strict=True))


def unescape(body: str) -> bytes:
    """The bytes that stand for the inside of a quoted string; ValueError for a bad escape."""
    return _ESCAPE.sub(_resolve_escape, body.encode("utf-8"))


def _resolve_escape(escape: re.Match[bytes]) -> bytes:
    octal, hexadecimal, high, low, short, long, letter = escape.groups()
    try:
        if octal or hexadecimal:
            return bytes([int(octal, 8) if octal else int(hexadecimal, 16)])
        if high:
            code = 0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)
            return chr(code).encode("utf-8")
        if short or long:
            return chr(int(short or long, 16)).encode("utf-8")
        return bytes([_LETTERS[letter[0]]])
    except (KeyError, ValueError, OverflowError):
        raise ValueError(f"bad escape {escape[0].decode(errors='replace')} in a string") from None
