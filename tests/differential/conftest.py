"""Counts the configurations that were compared, for the end of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

_COMPARED: Counter[str] = Counter()


@pytest.fixture
def tally() -> Callable[[str, int], None]:
    """Call with what was compared and how many configurations of it."""

    def add(what: str, count: int) -> None:
        _COMPARED[what] += count

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _COMPARED:
        terminalreporter.section("configurations compared bit for bit, without a mismatch")
        for what, count in sorted(_COMPARED.items()):
            terminalreporter.write_line(f"{count:6d}  {what}")
