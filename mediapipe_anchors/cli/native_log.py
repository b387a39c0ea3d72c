"""Keeps what MediaPipe's C++ prints on stderr out of the way of progress bars and messages."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def native_log(path: Path) -> Iterator[None]:
    """Send file descriptor 2 to a file for a while; Python's `sys.stderr` goes on to the terminal.

    MediaPipe logs lines each time that a graph opens, and has no switch against it.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    python_stderr = sys.stderr
    with path.open("wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        if _writes_to(python_stderr, 2):
            sys.stderr = os.fdopen(os.dup(terminal), "w", buffering=1, errors="backslashreplace")
        yield
    finally:
        if sys.stderr is not python_stderr:
            sys.stderr.close()
            sys.stderr = python_stderr
        os.dup2(terminal, 2)
        os.close(terminal)


def _writes_to(stream: object, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor  # type: ignore[attr-defined, no-any-return]
    except (AttributeError, OSError, ValueError):
        return False  # replaced, as by a test runner
