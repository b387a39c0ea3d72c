"""Folders for files that test cases name before any test runs; they go when the tests end."""

from __future__ import annotations

import tempfile

_folders: list[tempfile.TemporaryDirectory[str]] = []


def scratch_folder(prefix: str) -> str:
    """A new folder."""
    _folders.append(tempfile.TemporaryDirectory(prefix=prefix))
    return _folders[-1].name


def remove_scratch_folders() -> None:
    """Called by `conftest.py`: where tests run in several processes, these end without goodbye."""
    while _folders:
        _folders.pop().cleanup()
