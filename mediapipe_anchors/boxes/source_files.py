"""The files of a data set and their text; what the system says against reading is `BoxesError`."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from mediapipe_anchors.boxes.unzip import unzipped
from mediapipe_anchors.errors import BoxesError

_LONGEST_LINE = 1 << 24  # characters; a file without line breaks, or a gzip bomb, has longer ones
_NO_FILE = "neither a file nor a folder, but such as a pipe or a broken link; expected a file"


@contextlib.contextmanager
def readable(source: str | os.PathLike[str]) -> Iterator[None]:
    """What the system says against reading becomes a `BoxesError` that names the file."""
    try:
        yield
    except OSError as error:
        path = error.filename if isinstance(error.filename, (str, Path)) else source
        raise BoxesError(f"not readable: {error.strerror or error}", path=path) from error


def files_named(is_named_so: Callable[[str], bool]) -> Callable[[Path], list[Path]]:
    """What lists the files of a data set.

    Of a folder that is all the files below it whose name in lower case is so, sorted; of a file, it
    alone. Hidden files and folders (".git", the "._a.xml" of archives made on macOS) are passed
    over. Links are followed, and each folder is looked into once.

    Raises:
        BoxesError: a folder that cannot be listed; a name that is no file, such as a broken link.
    """

    def files(path: Path) -> list[Path]:
        if not path.is_dir():
            return [path]
        with readable(path):
            return sorted(_below(path, is_named_so))

    return files


def _below(path: Path, is_named_so: Callable[[str], bool]) -> Iterator[Path]:
    waiting, seen = [path], set()
    while waiting:
        folder = waiting.pop()
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True):
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                waiting.append(Path(entry.path))
            elif is_named_so(entry.name.lower()):
                if not entry.is_file():
                    raise BoxesError(_NO_FILE, path=entry.path)
                yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def check_is_file(path: Path) -> None:
    """Raise `BoxesError` unless `path` is a file, which can be read more than once."""
    if not path.is_file():
        raise BoxesError(_NO_FILE, path=path)


@contextlib.contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """Open UTF-8 text, gzipped or not; what is neither becomes a `BoxesError`."""
    try:
        if path.suffix.lower() == ".gz":
            with path.open("rb") as file, unzipped(file) as data:
                yield io.TextIOWrapper(data, encoding="utf-8-sig", newline="")
        else:
            with path.open(encoding="utf-8-sig", newline="") as text:
                yield text
    except (UnicodeDecodeError, EOFError, zlib.error) as error:
        raise BoxesError(f"not readable as text: {error}", path=path) from error


def lines_of(file: IO[str], path: Path) -> Iterator[str]:
    """The lines of a text, as iterating over `file` gives them, but none beyond all measure."""
    lines = iter(functools.partial(file.readline, _LONGEST_LINE), "")
    for place, line in enumerate(lines, start=1):
        if len(line) == _LONGEST_LINE:
            message = f"a line of {_LONGEST_LINE} characters or more"
            raise BoxesError(message, path=path, line=place)
        yield line


def first_lines(path: Path, count: int = 1) -> list[str]:
    """The first lines that are not blank, each cut to 500 characters; fewer where there are."""
    lines: list[str] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in iter(lambda: file.readline(500), ""):
            if line.strip():
                lines.append(line.strip())
            if len(lines) == count:
                break
    return lines
