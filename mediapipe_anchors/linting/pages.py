"""What is told of the rules: the reference of docs/lint.md, and `lint --explain`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from mediapipe_anchors.graph.rules import Ending, Rule, Severity

ENDINGS = {
    Ending.DIES: "ends the process",
    Ending.HANGS: "hangs",
    Ending.STRAYS: "reads out of bounds",
    Ending.REFUSES: "answers with an error",
    Ending.MISLEADS: "runs, with results that one does not expect",
}
NOTES = "runs; worth knowing"


def explain(rule: Rule) -> str:
    """The section on a rule, in Markdown: its signs, its cause, its cure, and an example."""
    where = f" in {rule.calculator}" if rule.calculator else ""
    answer = " (`run_graph` raises `OptionsError` instead.)" if rule.is_refused else ""
    lines = [
        *(f"### {rule.code}", ""),
        *_paragraph(f"**{rule.severity.value.capitalize()}{where}.** {rule.effect}{answer}"),
    ]
    if rule.says:
        lines += ["MediaPipe says:", "", "```text", *rule.says, "```", ""]
    lines += [
        *_paragraph(f"**Cause.** {rule.cause}"),
        *_paragraph(f"**Cure.** {rule.cure}"),
        "```pbtxt",
        "# before",
        *rule.before.splitlines(),
        "",
        "# after",
        *rule.after.splitlines(),
        "```",
    ]
    return "\n".join(lines) + "\n"


def reference(rules: Iterable[Rule]) -> str:
    """The reference part of docs/lint.md: messages, codes, and a section a code."""
    rules = list(rules)
    parts = [
        *("## By what MediaPipe does", "", _symptoms(rules)),
        *("## By what MediaPipe says", "", _messages(rules)),
        *("## All codes", "", _table(rules)),
    ]
    return "\n".join([*parts, *map(explain, rules)])


def code_list(rules: Iterable[Rule]) -> str:
    """A line a code, with its severity and what it leads to."""
    rules = list(rules)
    width = max(len(rule.code) for rule in rules)
    lines = [f"{rule.code:{width}}  {rule.severity.value:7}  {_end(rule)}" for rule in rules]
    return "\n".join(lines) + "\n"


def _symptoms(rules: list[Rule]) -> str:
    """Which codes to look at where MediaPipe says nothing."""
    links: dict[str, list[str]] = {words: [] for words in (*ENDINGS.values(), NOTES)}
    for rule in rules:
        links[_end(rule)].append(_link(rule))
    rows = [f"| {words} | {', '.join(found)} |" for words, found in links.items() if found]
    return "\n".join(["| MediaPipe | codes |", "|---|---|", *rows, ""])


def _messages(rules: list[Rule]) -> str:
    links: dict[str, list[str]] = {}
    for rule in rules:
        for text in rule.says:
            links.setdefault(text, []).append(_link(rule))
    rows = [f"| `{_cell(text)}` | {', '.join(links[text])} |" for text in sorted(links)]
    return "\n".join(["| message, or a piece of it | codes |", "|---|---|", *rows, ""])


def _table(rules: list[Rule]) -> str:
    rows = [f"| {_link(rule)} | {rule.severity.value} | {rule.effect} |" for rule in rules]
    return "\n".join(["| code | severity | at run time |", "|---|---|---|", *rows, ""])


def _end(rule: Rule) -> str:
    return NOTES if rule.severity is Severity.INFO else ENDINGS[rule.ending]


def _link(rule: Rule) -> str:
    return f"[{rule.code}](#{rule.code})"


def _paragraph(text: str) -> list[str]:
    return [*textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False), ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
