"""The command `mediapipe-anchors`: one module a subcommand, loaded when it is called.

Results go to files or stdout, progress and logs to stderr. Exit codes: 0 done, 1 findings, 2 bad
use.
"""

from __future__ import annotations

import importlib
import shlex
import sys
from typing import Any

import click

from mediapipe_anchors.errors import MediaPipeAnchorsError

_COMMANDS = {
    "presets": "List the published detectors, or show one.",
    "generate": "Write the anchors that options stand for.",
    "fit": "Fit anchors to boxes.",
    "emit": "Write a complete detection graph.",
    "inspect": "Say what a .tflite model is, or a row of its output.",
    "embed": "Put anchors and decoding into a model.",
    "extract": "Take anchors and decoding out of a model.",
    "lint": "Find the mistakes in graphs before they run.",
    "run": "Run a graph on images or a video.",
    "bench": "Measure side by side with other tools.",
}


class _LazyGroup(click.Group):
    """Imports a subcommand's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(f"{__name__}.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mediapipe_anchors", prog_name="mediapipe-anchors")
def cli() -> None:
    """Anchors for SSD-style detectors in MediaPipe: fit, inspect, emit, embed, lint, run."""


def main(argv: list[str] | None = None) -> Any:
    """Run the command line; the package's own errors become one line and exit code 2."""
    try:
        given = sys.argv[1:] if argv is None else argv
        written = {"command": shlex.join(["mediapipe-anchors", *given])}
        return cli.main(args=given, prog_name="mediapipe-anchors", obj=written)
    except (MediaPipeAnchorsError, OSError) as error:
        click.echo(f"mediapipe-anchors: error: {error}", err=True)
        sys.exit(2)
