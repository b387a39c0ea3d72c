"""The pieces of a commented graph in text form: comments, streams, nodes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

_WIDTH = 88


def comment(text: str) -> str:
    """`text` as comment lines; "" stays ""."""
    if not text:
        return ""
    wrapped = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in wrapped)


def stream(kind: str, entry: str, text: str = "") -> str:
    """An `input_stream`, `output_stream`, `input_side_packet` or `output_side_packet` line."""
    return f'{comment(text)}{kind}: "{entry}"\n'


def node(text: str, calculator: str, streams: Iterable[str], options: str = "") -> str:
    """A node with its comment, its streams, and the fields of its `CalculatorOptions` extension."""
    body = f'calculator: "{calculator}"\n' + "".join(streams)
    if options:
        body += f"options {{\n  [mediapipe.{calculator}Options.ext] {{\n"
        body += textwrap.indent(options, "    ") + "  }\n}\n"
    return comment(text) + "node {\n" + textwrap.indent(body, "  ") + "}\n"


def quoted(text: str) -> str:
    """`text` as a string literal of the text format."""
    return json.dumps(text, ensure_ascii=False)
