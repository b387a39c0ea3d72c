"""Runs a harness under atheris, libFuzzer for Python: drive.py NAME [ARGUMENT OF LIBFUZZER...].

With files as the arguments it runs each of them once: so what was found is played again.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import atheris

sys.path[:0] = [str(Path(__file__).parents[1])]
with atheris.instrument_imports(include=["mediapipe_anchors"]):
    from fuzz import harnesses
    from fuzz.limits import within_a_gibibyte, within_a_second

    from mediapipe_anchors import MediaPipeAnchorsError


def limited(harness: ModuleType) -> Callable[[bytes], None]:
    """Its `check`, which refuses with the package's errors, and within the limits."""

    def run(data: bytes) -> None:
        with contextlib.suppress(MediaPipeAnchorsError):
            harness.check(harnesses.expand(data, harness.EXPANDED))

    return lambda data: within_a_second(lambda: run(data))


def dictionary(words: list[bytes]) -> str:
    """A file of words in libFuzzer's format."""
    with tempfile.NamedTemporaryFile("w", suffix=".dict", delete=False) as file:
        for word in words:
            escaped = "".join(f"\\x{byte:02x}" for byte in word)
            file.write(f'"{escaped}"\n')
    return file.name


def main() -> None:
    name, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["mediapipe_anchors"]):  # what is imported late, too
        atheris.enabled_hooks.add("str")  # so that what startswith looks for is tried
        harness = harnesses.load(name)
        check = limited(harness)
        for path in (harnesses.CORPUS / name).iterdir():
            check(path.read_bytes())  # what is imported for it takes time and memory of its own
        arguments.append(f"-dict={dictionary([*harness.WORDS, harnesses.MARK])}")
        atheris.Setup([f"{sys.argv[0]} {name}", *arguments], check)
        with within_a_gibibyte():
            atheris.Fuzz()


if __name__ == "__main__":
    main()
