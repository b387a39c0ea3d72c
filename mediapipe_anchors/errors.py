"""The errors that the package raises on purpose.

Every message names the field, the value it has, what was expected and, where it helps, what to do.
All derive from `MediaPipeAnchorsError`, itself a `ValueError`, so one `except` catches them.
"""

from __future__ import annotations

import os
from typing import Any


class MediaPipeAnchorsError(ValueError):
    """Base of the errors of this package.

    Attributes:
        field: the option, argument, tensor or file field at fault, or None.
        value: the value found there, or None.
        expected: what was expected instead, or None.
        fix: what the reader can do about it, or None.
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        value: object = None,
        expected: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.field = field
        self.value = value
        self.expected = expected
        self.fix = fix
        super().__init__(message if message is not None else self._compose())

    def _compose(self) -> str:
        text = f"{self.field}: got {shorten(self.value)}, expected {self.expected}"
        return f"{text}; {self.fix}" if self.fix else text


class OptionsError(MediaPipeAnchorsError):
    """An option, alone or beside others, that MediaPipe would reject, abort on, or hang on.

    Attributes:
        code: of the rule of `lint` that a graph breaks; None where no graph is at hand.
    """

    def __init__(self, message: str | None = None, *, code: str | None = None, **more: Any) -> None:
        self.code = code
        super().__init__(message, **more)


class TensorError(MediaPipeAnchorsError):
    """An array whose dtype, shape or contents a kernel cannot take."""


class PlacedError(MediaPipeAnchorsError):
    """An error with a place in a file: `path`, and `line` (1-based line or record), or None."""

    def __init__(
        self, message: str, *, path: str | os.PathLike[str] | None = None, line: int | None = None
    ) -> None:
        self.path = None if path is None else os.fspath(path)
        self.line = line
        if self.path is None:
            place = "" if line is None else f"line {line}: "
        else:
            place = f"{self.path}: " if line is None else f"{self.path}:{line}: "
        super().__init__(place + message)


class GraphError(PlacedError):
    """A graph that cannot be read, written or converted."""


class ModelError(PlacedError):
    """A model file that cannot be read."""


class GraphWarning(UserWarning):
    """What `run_graph` finds in a graph that runs, but likely not as it is meant to."""


class GraphRunError(MediaPipeAnchorsError):
    """MediaPipe refused a graph or a packet; the message holds MediaPipe's own text."""


class BoxesError(PlacedError):
    """An annotation file that cannot be read, or that holds no usable box."""


class MissingExtraError(MediaPipeAnchorsError, ImportError):
    """A feature needs an optional dependency; the message is the `pip install` line."""

    def __init__(self, what: str, extra: str, reason: str = "") -> None:
        self.extra = extra
        self._arguments = what, extra, reason
        text = f'{what} needs the extra "{extra}": pip install "mediapipe_anchors[{extra}]"'
        super().__init__(f"{text} ({reason})" if reason else text)

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str, str]]:
        return type(self), self._arguments  # so that it travels between processes


def shorten(value: object, limit: int = 80) -> str:
    """`repr(value)` cut to `limit` characters, so that no array floods a message."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # the caller's class; what is wrong with its value matters more
        text = f"a {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def check_kind(name: str, value: object, kind: type) -> None:
    """Raise `MediaPipeAnchorsError` unless `value` is a `kind`."""
    if not isinstance(value, kind):
        raise MediaPipeAnchorsError(field=name, value=value, expected=f"a {kind.__name__}")
