"""What is told of the rules: the reference of docs/lint.md, and `lint --explain`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from mediapipe_anchors.graph.rules import Ending, Rule

ENDINGS = {
    Ending.DIES: "ends the process",
    Ending.HANGS: "hangs",
    Ending.STRAYS: "reads out of bounds",
    Ending.REFUSES: "answers with an error",
    Ending.MISLEADS: "runs, with results that one does not expect",
}


def explain(rule: Rule) -> str:
    """The section on a rule, in Markdown: its signs, its cause, its cure, and an example."""
    lines = [f"### {rule.code}", "", f"**{rule.severity.value}**: {rule.effect}", ""]
    if rule.says:
        lines += ["MediaPipe says:", "", "```text", *rule.says, "```", ""]
    lines += [
        *_paragraph(f"**Cause.** {rule.cause}"),
        *_paragraph(f"**Cure.** {rule.cure} {_answer(rule)}".strip()),
        "```pbtxt",
        "# before",
        *textwrap.dedent(rule.before).strip("\n").splitlines(),
        "# after",
        *textwrap.dedent(rule.after).strip("\n").splitlines(),
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
    lines = [
        f"{rule.code:{width}}  {rule.severity.value:7}  {ENDINGS[rule.ending]}" for rule in rules
    ]
    return "\n".join(lines) + "\n"


def _symptoms(rules: list[Rule]) -> str:
    """Which codes to look at where MediaPipe says nothing."""
    rows = []
    for ending, words in ENDINGS.items():
        links = [_link(rule) for rule in rules if rule.ending is ending]
        rows += [f"| {words} | {', '.join(links)} |"] if links else []
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


def _link(rule: Rule) -> str:
    return f"[{rule.code}](#{rule.code})"


def _answer(rule: Rule) -> str:
    return "`run_graph` raises `OptionsError` instead." if rule.is_refused else ""


def _paragraph(text: str) -> list[str]:
    return [*textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False), ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
