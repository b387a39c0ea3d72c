"""Walks through a large JSON object, a window of its text at a time.

A list of records is decoded record by record, so that the whole document is never in memory. Many
records at once are decoded by msgspec, which skips what is not asked for; what it refuses (NaN,
numbers as text, a mistake) is decoded by the module json, which tells the place of a mistake.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from mediapipe_anchors.errors import BoxesError, shorten

Record = TypeVar("Record", bound=msgspec.Struct)

_WINDOW = 4 << 20  # characters read at a time
_LONGEST_VALUE = 1 << 27  # characters; of a list of records, those of one record
_LONGEST_LITERAL = 16  # characters: a mistake so near the end of the window may be just its end
_TRIES = 8  # closing braces to try as the end of a record, each in half the text of the one before
_ALONE = 1000  # records to decode one by one where msgspec cannot say
_SPACE = re.compile(r"[ \t\n\r]*")
_MORE_NUMBERS = re.compile(
    r"""(?:[ \t\n\r]*,[ \t\n\r]*
        -?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?=[ \t\n\r]*[],])){1,1000}""",
    re.VERBOSE,
)


class Walker:
    """A position in the text of a file, and what stands there."""

    def __init__(self, file: IO[str], path: Path) -> None:
        self._file = file
        self._path = path
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._lines_before = 0  # of what is no longer in the window
        self._ended = False

    def entries(self) -> Iterator[str]:
        """The keys of the object that the file is; the caller takes each value before the next."""
        if self.is_list():
            message = (
                "not COCO: a list, expected an object with images and annotations; results of a "
                "detector are such a list, and so is Label Studio's own JSON: export it as COCO"
            )
            raise BoxesError(message, path=self._path)
        if self._next() != "{":
            raise BoxesError("not COCO: expected an object", path=self._path)
        self._at += 1
        more = self._next() != "}"
        while more:
            key = self.value()
            if not isinstance(key, str):
                raise self.error("not JSON: Expecting property name enclosed in double quotes")
            self._expect(":")
            yield key
            more = self._continues("}")
        self._expect("}")
        if self._next():
            raise self.error("not JSON: Extra data")

    def records(
        self, name: str, kind: type[Record]
    ) -> Iterator[tuple[int, Record | dict[str, Any]]]:
        """The records of the list `name` that stands here, with their place in it, from 1.

        A record is a `kind` or, where that does not fit it, a dict with all that it holds.
        """
        place = 1
        decoder = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
        for records in self._entries_of_list(decoder):
            if not isinstance(records[0], (kind, dict)):
                message = f"{name} record: got {shorten(records[0])}, expected an object"
                raise BoxesError(message, path=self._path, line=place)
            yield from enumerate(records, start=place)
            place += len(records)

    def skip(self) -> None:
        """Pass over the value that stands here."""
        if self.is_list():
            for _ in self._entries_of_list(msgspec.json.Decoder(list[msgspec.Raw])):
                while numbers := _MORE_NUMBERS.match(self._text, self._at):
                    self._at = numbers.end()
        else:
            self.value()

    def _entries_of_list(self, decoder: msgspec.json.Decoder[list[Any]]) -> Iterator[list[Any]]:
        """The entries of the list that stands here, many decoded at once or one as it is."""
        self._expect("[")
        alone = 0
        more = self._next() != "]"
        while more:
            entries = [] if alone else self._many(decoder)
            if not entries:
                alone = (alone or _ALONE) - 1
                entries = [self.value()]
            yield entries
            more = self._continues("]")
        self._expect("]")

    def is_list(self) -> bool:
        """Whether a list stands here."""
        return self._next() == "["

    def value(self) -> Any:
        """The value that stands here, whatever it is."""
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._may_be_cut(error) and self._read_on():
                    continue
                raise self.error(f"not JSON: {error.msg}", error.pos) from error
            except (ValueError, RecursionError) as error:  # beyond Python's limits
                raise BoxesError(f"not readable as JSON: {error}", path=self._path) from error
            if end < len(self._text) or not self._read_on():  # else a number may go on
                self._at = end
                return value

    def error(self, message: str, at: int | None = None) -> BoxesError:
        """`message` with the line of a position in the window, or of where we are."""
        line = self._lines_before + self._text.count("\n", 0, self._at if at is None else at) + 1
        return BoxesError(message, path=self._path, line=line)

    def _many(self, decoder: msgspec.json.Decoder[list[Any]]) -> list[Any]:
        """The objects of the window that are whole; [] where msgspec cannot say."""
        if len(self._text) - self._at < _WINDOW // 2:
            self._read_on()
        limit = len(self._text)
        for _ in range(_TRIES):
            end = self._text.rfind("}", self._at, limit) + 1
            if not end:
                break
            try:
                records = decoder.decode(f"[{self._text[self._at : end]}]")
            except (msgspec.DecodeError, RecursionError):
                limit = (self._at + end) // 2
                continue
            self._at = end
            return records
        return []

    def _next(self) -> str:
        """Moves on to the next character that is no space, and returns it; "" at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text) or not self._read_on():
                return self._text[self._at : self._at + 1]

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise self.error(f"not JSON: Expecting {character!r}")
        self._at += 1

    def _continues(self, end: str) -> bool:
        """Whether a comma follows, which is passed, and not `end`."""
        if self._next() == end:
            return False
        self._expect(",")
        return True

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        return (
            error.msg.startswith("Unterminated string")
            or error.pos > len(self._text) - _LONGEST_LITERAL
        )

    def _read_on(self) -> bool:
        """Reads at least as much again as is left of the window; False at the end of the file."""
        if self._ended:
            return False
        left = len(self._text) - self._at
        if left > _LONGEST_VALUE:
            raise self.error(f"a value of more than {_LONGEST_VALUE} characters")
        more = self._file.read(max(_WINDOW, left))
        self._ended = not more
        self._lines_before += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)
