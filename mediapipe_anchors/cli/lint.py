"""`mediapipe-anchors lint`: what is wrong with graphs, as a list, as JSON, or put right."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediapipe_anchors.errors import MediaPipeAnchorsError

if TYPE_CHECKING:
    from mediapipe_anchors.graph import Graph
    from mediapipe_anchors.linting import LintFinding

ALL_CODES = "all"


@click.command()
@click.argument("graphs", metavar="GRAPH...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--model",
    metavar="MODEL.tflite",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The model that the graph runs, where the graph does not say or the file is not there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings in one graph as JSON.")
@click.option("--fix", "fixes", is_flag=True, help="Write what can be corrected in only one way.")
@click.option("--ignore", metavar="CODE", multiple=True, help="Leave a rule out; may be repeated.")
@click.option(
    "--warn", metavar="CODE", multiple=True, help="Make an error a warning; may be repeated."
)
@click.option(
    "--explain",
    metavar="[CODE]",
    is_flag=False,
    flag_value=ALL_CODES,
    help="Print cause and cure of a code, or the list of all codes.",
)
def lint(
    graphs: tuple[Path, ...],
    model: Path | None,
    as_json: bool,
    fixes: bool,
    ignore: tuple[str, ...],
    warn: tuple[str, ...],
    explain: str | None,
) -> None:
    """Find what MediaPipe aborts on, hangs on, or turns into no or wrong detections.

    GRAPH is a .pbtxt or .binarypb file. Needs no mediapipe; where mediapipe 0.10.21 is installed,
    subgraphs are looked into as well. Exit code 1: there are errors or warnings (notes of severity
    info do not count); 2: bad use, or a file that cannot be read.
    """
    from mediapipe_anchors.graph.checks import check_codes

    if explain is not None:
        check_codes("--explain", () if explain == ALL_CODES else explain)
        click.echo(_explanation(explain), nl=False)
        return
    if not graphs:
        raise click.UsageError("Missing argument 'GRAPH...'.")
    if as_json and len(graphs) > 1:
        raise click.UsageError(f"--json takes one graph, got {len(graphs)}")
    for option, codes in (("--ignore", ignore), ("--warn", warn)):
        check_codes(option, codes)
    settings = _Settings(model, fixes, ignore, warn)
    found: dict[Path, list[LintFinding]] = {}
    for path in graphs:
        try:
            found[path] = settings.look_at(path, as_json)
        except (MediaPipeAnchorsError, OSError) as error:
            click.echo(f"mediapipe-anchors: error: {error}", err=True)
    _print(found, as_json, len(graphs))
    if len(found) < len(graphs):
        raise SystemExit(2)
    if any(each.severity != "info" for findings in found.values() for each in findings):
        raise SystemExit(1)


@dataclasses.dataclass(frozen=True)
class _Settings:
    model: Path | None
    fixes: bool
    ignore: tuple[str, ...]
    warn: tuple[str, ...]

    def look_at(self, path: Path, as_json: bool) -> list[LintFinding]:
        from mediapipe_anchors.cli.native_log import native_log
        from mediapipe_anchors.graph import Graph
        from mediapipe_anchors.linting import lint

        graph = Graph.read(path)
        with native_log(Path(os.devnull)):  # MediaPipe logs where it looks into subgraphs
            if self.fixes:
                self._correct(graph, path, as_json)
            return lint(graph, self.model, ignore=self.ignore, warn=self.warn)

    def _correct(self, graph: Graph, path: Path, as_json: bool) -> None:
        from mediapipe_anchors.cli.lint_print import fixed_line
        from mediapipe_anchors.linting.fixing import fix_graph

        corrected = fix_graph(graph, self.model, ignore=self.ignore)
        if corrected:
            path.write_bytes(graph.to_text().encode() if graph.is_text else graph.to_binary())
        for each in corrected:
            click.echo(fixed_line(path, each), err=as_json)


def _print(found: dict[Path, list[LintFinding]], as_json: bool, count: int) -> None:
    if as_json:
        for findings in found.values():
            plain = [dataclasses.asdict(each) for each in findings]
            click.echo(json.dumps(plain, indent=2))
        return
    from mediapipe_anchors.cli.lint_print import print_findings

    print_findings(found)


def _explanation(code: str) -> str:
    from mediapipe_anchors.graph.rules import RULES
    from mediapipe_anchors.linting.pages import code_list, explain

    if code == ALL_CODES:
        return code_list(RULES)
    return explain(next(rule for rule in RULES if rule.code == code))
