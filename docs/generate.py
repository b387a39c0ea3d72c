"""Writes the reference part of lint.md from the rules: `python docs/generate.py`."""

from __future__ import annotations

from pathlib import Path

from mediapipe_anchors.graph.rules import RULES
from mediapipe_anchors.linting.pages import reference

PAGE = Path(__file__).with_name("lint.md")
MARK = "<!-- From here on written by docs/generate.py. -->\n"


def page_text() -> str:
    """The page as it should be: its own text up to the mark, and the reference behind it."""
    own, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    return f"{own}{mark}\n{reference(RULES)}"


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
