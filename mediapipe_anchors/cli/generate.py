"""`mediapipe-anchors generate`: anchor options to the anchors that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mediapipe_anchors.options import SsdAnchorsOptions


@click.command()
@click.argument(
    "source", metavar="[OPTIONS.pbtxt|GRAPH]", required=False, type=click.Path(path_type=Path)
)
@click.option("--preset", "preset_name", metavar="NAME", help="A published detector's anchors.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the anchors to this .csv, .npy or .json file.",
)
@click.option("--count", is_flag=True, help="Print the number of anchors.")
def generate(
    source: Path | None, preset_name: str | None, output: Path | None, count: bool
) -> None:
    """Write the anchors of options, of a graph, or of a preset.

    OPTIONS.pbtxt holds the fields of SsdAnchorsCalculatorOptions; GRAPH is a .pbtxt or .binarypb
    with one SsdAnchorsCalculator. Columns: x_center, y_center, w, h.
    """
    from mediapipe_anchors.anchors import count_anchors, generate_anchors, write_anchors
    from mediapipe_anchors.options import SsdAnchorsOptions

    if (source is None) == (preset_name is None):
        raise click.UsageError("expected either a file or --preset NAME")
    if output is None and not count:
        raise click.UsageError("expected -o FILE, --count, or both")
    if source is not None:
        options = SsdAnchorsOptions.from_pbtxt(source)
    else:
        options = _of_preset(str(preset_name))
    if output is not None:
        write_anchors(output, generate_anchors(options))
        click.echo(f"Wrote {count_anchors(options)} anchors to {output}", err=True)
    if count:
        click.echo(count_anchors(options))


def _of_preset(name: str) -> SsdAnchorsOptions:
    from mediapipe_anchors.presets import preset

    anchors = preset(name).anchors
    if anchors is None:
        raise click.UsageError(f"{name} has no anchor options: its model puts out the anchors")
    return anchors
