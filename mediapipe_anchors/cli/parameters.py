"""Command-line parameters that several subcommands take."""

from __future__ import annotations

import re

import click


def size(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """The callback of a "WxH" option: (width, height) in pixels, or None where it is not given."""
    if value is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", value, re.ASCII)
    if match is None:
        raise click.BadParameter(f"{value!r}: expected pixels as WxH, such as 300x300")
    return int(match[1]), int(match[2])
