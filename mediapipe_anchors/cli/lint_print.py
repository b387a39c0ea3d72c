"""How `lint` shows its findings: a block each, that fits the terminal."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from mediapipe_anchors.graph.rules import Severity
from mediapipe_anchors.linting import Examined, LintFinding
from mediapipe_anchors.linting.values import value_text

COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
INDENT = "    "
MAX_WIDTH = 100


def print_findings(found: Mapping[Path, list[LintFinding]]) -> None:
    """Print the findings of each file that could be read, and how many there are."""
    out = Console(highlight=False, markup=False, soft_wrap=True)
    width = min(out.width, MAX_WIDTH)
    for path, findings in found.items():
        for finding in findings:
            out.print(_head(path, finding))
            if finding.node:
                out.print(Text(_wrapped(f"{finding.node}:", finding.message, width)))
            else:
                out.print(Text(_wrapped("", finding.message, width)))
            if finding.fix:
                out.print(Text(_wrapped("fix:", finding.fix, width), style="green"))
    if found:
        out.print(_summary(found))


def fixed_line(path: Path, corrected: Examined) -> str:
    """One line for what has been corrected."""
    finding, raw = corrected.finding, corrected.raw
    parts = [
        f"{part.field} removed" if part.value is None else f"{part.field}: {value_text(part.value)}"
        for part in raw.replace
    ]
    return f"{_place(path, finding)}: fixed {finding.code}: {', '.join(parts)}"


def _head(path: Path, finding: LintFinding) -> Text:
    return Text.assemble(
        (f"{_place(path, finding)}: ", "bold"),
        (finding.severity.value, COLOURS[finding.severity]),
        f" {finding.code}",
    )


def _place(path: Path, finding: LintFinding) -> str:
    return str(path) if finding.line is None else f"{path}:{finding.line}"


def _wrapped(label: str, text: str, width: int) -> str:
    """Indented lines of at most `width` characters, long words whole."""
    return textwrap.fill(
        f"{label} {text}".strip(),
        width,
        initial_indent=INDENT,
        subsequent_indent=INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(found: Mapping[Path, list[LintFinding]]) -> Text:
    counts = Counter(each.severity for findings in found.values() for each in findings)
    graphs = f"{len(found)} graph" + ("" if len(found) == 1 else "s")
    words = [
        f"{counts[severity]} {noun}" + ("" if counts[severity] == 1 else "s")
        for severity, noun in NOUNS.items()
        if counts[severity]
    ]
    return Text(f"{', '.join(words) or 'nothing found'} in {graphs}")
