"""What reads files that others wrote, each behind a function `check(data)`, a module each.

`check` returns or raises `MediaPipeAnchorsError`; whatever else it raises is a finding. `WORDS` are
what a mutation may put in, `EXPANDED` is the size of inputs that `expand` makes large. Inputs to
begin with, and all that were ever found, lie in corpus/NAME.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

NAMES = ("anchors", "boxes", "embed", "graph", "lint", "model_parts", "tflite")
CORPUS = Path(__file__).parents[1] / "corpus"

MARK = b"\xf7"  # no text in UTF-8 holds it


def expand(data: bytes, size: int) -> bytes:
    """An input whose parts end in `MARK`, with the last but one repeated up to a size.

    What takes more than linear time shows in large files alone. Any other input stays as it is.
    """
    parts = data.split(MARK)
    if len(parts) < 4 or parts[-1] or not parts[-3]:
        return data
    *before, unit, after, _ = parts
    return MARK.join(before) + unit * (size // len(unit)) + after


def load(name: str) -> ModuleType:
    """The harness of that name."""
    return importlib.import_module(f"{__name__}.{name}")
