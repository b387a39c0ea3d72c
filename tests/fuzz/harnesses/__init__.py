"""What reads files that others wrote, each behind a function `check(data)`, a module each.

`check` returns or raises `MediaPipeAnchorsError`; whatever else it raises is a finding. `WORDS` are
what a mutation may put in. Inputs to begin with, and all that were ever found, lie in corpus/NAME.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

NAMES = ("anchors", "boxes", "embed", "graph", "lint", "tflite")
CORPUS = Path(__file__).parents[1] / "corpus"


def load(name: str) -> ModuleType:
    """The harness of that name."""
    return importlib.import_module(f"{__name__}.{name}")
