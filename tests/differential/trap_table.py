"""Prints every trap with what the live stock calculator does on it and what ours does.

Run `python -m differential.trap_table` in `tests/`, or read it from `test_traps.py` with `-s`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from differential.traps import TRAPS, Trap
from differential.traps.trap import UNDEFINED

HEADER = "| trap | stock 0.10.21 | ours |\n|---|---|---|"


def row(trap: Trap, outcome: Any) -> str:
    """A line of a Markdown table; `outcome` is what the stock call came to."""
    seen = outcome.kind
    if outcome.text:
        seen += f": {_gist(outcome.text)}"
    if trap.ends == UNDEFINED:
        seen = f"undefined (seen: {seen})"
    return f"| {trap.name} | {seen} | {trap.treatment} |"


def _gist(text: str) -> str:
    """What MediaPipe says is wrong, without the places in its source, on one line."""
    text = re.split(r"\.cc:\d+\) |\" failed: |validate: ", " ".join(text.split()))[-1]
    return (text if len(text) < 90 else text[:87] + "...").replace("|", "\\|")


def lines(traps: Iterable[Trap] = TRAPS) -> Iterable[str]:
    yield HEADER
    for trap in traps:
        yield row(trap, trap.run_stock())


if __name__ == "__main__":
    for line in lines():
        print(line)
