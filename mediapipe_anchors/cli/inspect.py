"""`mediapipe-anchors inspect`: what a `.tflite` model is, or what one row of its output is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--row", type=int, metavar="N", help="Say what row N of the raw output is, from 0.")
@click.option("--preset", "preset_name", metavar="NAME", help="With --row: a preset's anchors.")
@click.option(
    "--graph",
    type=click.Path(path_type=Path),
    metavar="GRAPH",
    help="With --row: the anchors of a graph, or of options in a .pbtxt file.",
)
@click.option(
    "--anchors",
    "anchors_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --row: the anchors in a .csv, .npy, .json or .pbtxt file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def inspect(
    model: Path,
    row: int | None,
    preset_name: str | None,
    graph: Path | None,
    anchors_file: Path | None,
    as_json: bool,
) -> None:
    """Say what MODEL, a .tflite file, is: outputs, feature maps, anchors, decoding.

    All is told from the file, and what the file cannot tell is said to be unknown. Neither
    MediaPipe nor TensorFlow is needed.
    """
    from mediapipe_anchors.cli.inspect_print import report_text, row_text
    from mediapipe_anchors.inspection import inspect_model

    given = [value for value in (preset_name, graph, anchors_file) if value is not None]
    if len(given) > 1:
        raise click.UsageError("expected at most one of --preset, --graph and --anchors")
    if given and row is None:
        raise click.UsageError("--preset, --graph and --anchors go with --row")
    report = inspect_model(model)
    if row is None:
        text = json.dumps(report.to_dict(), indent=2) if as_json else report_text(report)
    else:
        found = report.row(row, _anchors(preset_name, graph, anchors_file))
        text = json.dumps(found.to_dict(), indent=2) if as_json else row_text(report, found)
    click.echo(text)


def _anchors(preset_name: str | None, graph: Path | None, file: Path | None) -> Any:
    from mediapipe_anchors.anchors import read_anchors
    from mediapipe_anchors.options import SsdAnchorsOptions

    if graph is not None:
        return SsdAnchorsOptions.from_pbtxt(graph)
    return preset_name if file is None else read_anchors(file)
