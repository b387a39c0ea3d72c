"""Runs a harness under atheris, libFuzzer for Python: drive.py NAME [ARGUMENT OF LIBFUZZER...].

With files as the arguments it runs each of them once: so what was found is played again.
"""

from __future__ import annotations

import contextlib
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[1])]
with atheris.instrument_imports(include=["mediapipe_anchors"]):
    from fuzz import harnesses

    from mediapipe_anchors import MediaPipeAnchorsError

MOST_SECONDS = 1.0
MOST_BYTES = 2**30


def timed(check: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """`check`, which refuses with the package's errors, and takes a second at most."""

    def run(data: bytes) -> None:
        # Seconds of the processor, and three times: a busy machine is no fault of the input.
        for _ in range(3):
            start = time.process_time()
            with contextlib.suppress(MediaPipeAnchorsError):
                check(data)
            seconds = time.process_time() - start
            if seconds < MOST_SECONDS:
                return
        raise TimeoutError(f"{seconds:.1f} seconds for an input of {len(data)} bytes")

    return run


def limit_memory() -> None:
    """More than the allowed memory above what is held now becomes a `MemoryError`."""
    held = re.search(r"VmData:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert held is not None
    limit = int(held[1]) * 1024 + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


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
        check = timed(harness.check)
        for path in (harnesses.CORPUS / name).iterdir():
            check(path.read_bytes())  # what is imported for it takes time and memory of its own
        limit_memory()
        arguments.append(f"-dict={dictionary(harness.WORDS)}")
        atheris.Setup([f"{sys.argv[0]} {name}", *arguments], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
