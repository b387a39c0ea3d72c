"""What a file of somebody else's may cost: a second of the processor, and a GiB."""

from __future__ import annotations

import contextlib
import re
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MOST_SECONDS = 1.0
MOST_BYTES = 2**30


def within_a_second(call: Callable[[], object]) -> None:
    """Call once, or up to three times: a busy machine is no fault of the input."""
    seconds = 0.0
    for _ in range(3):
        start = time.process_time()
        call()
        seconds = time.process_time() - start
        if seconds < MOST_SECONDS:
            return
    raise TimeoutError(f"{seconds:.1f} seconds of the processor")


@contextlib.contextmanager
def within_a_gibibyte() -> Iterator[None]:
    """More than that above what the process holds now becomes a `MemoryError`."""
    held = re.search(r"VmData:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert held is not None
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (int(held[1]) * 1024 + MOST_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
