"""Puts the input of a harness into a file of memory, where there is such a file system."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")


def folder() -> Path:
    """A new folder that ends with the process."""
    where = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="mediapipe_anchors_fuzz_", dir=where))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path
