"""`mediapipe-anchors generate`: anchor options to the anchors that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mediapipe_anchors.options import SsdAnchorsOptions


@click.command()
@click.argument(
    "source",
    metavar="[OPTIONS.pbtxt|GRAPH|MODEL.tflite]",
    required=False,
    type=click.Path(path_type=Path),
)
@click.option("--preset", "preset_name", metavar="NAME", help="A published detector's anchors.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the anchors to this .csv, .json, .npy, .pbtxt or .h file.",
)
@click.option("--count", is_flag=True, help="Print the number of anchors.")
def generate(
    source: Path | None, preset_name: str | None, output: Path | None, count: bool
) -> None:
    """Write the anchors of options, of a graph, of a model, or of a preset.

    OPTIONS.pbtxt holds the fields of SsdAnchorsCalculatorOptions; GRAPH is a .pbtxt or .binarypb
    with one SsdAnchorsCalculator; MODEL.tflite holds its anchors, in its metadata or as a constant,
    or is a published one. Columns: x_center, y_center, w, h.

    A .pbtxt file gets them as fixed_anchors, a .h file as a C array for devices.
    """
    from mediapipe_anchors.anchors import count_anchors, generate_anchors, write_anchors
    from mediapipe_anchors.options import SsdAnchorsOptions

    if (source is None) == (preset_name is None):
        raise click.UsageError("expected either a file or --preset NAME")
    if output is None and not count:
        raise click.UsageError("expected -o FILE, --count, or both")
    if source is not None and source.suffix.lower() == ".tflite":
        anchors = _of_model(source)
        number = len(anchors)
    else:
        if source is not None:
            options = SsdAnchorsOptions.from_pbtxt(source)
        else:
            options = _of_preset(str(preset_name))
        number = count_anchors(options)
        anchors = None
    if output is not None:
        write_anchors(output, generate_anchors(options) if anchors is None else anchors)
        click.echo(f"Wrote {number} anchors to {output}", err=True)
    if count:
        click.echo(number)


def _of_model(path: Path) -> npt.NDArray[np.float32]:
    from mediapipe_anchors.inspection import inspect_model

    report = inspect_model(path)
    if report.anchors is not None:
        return report.anchors
    fitting = [each.preset for each in report.candidates if each.preset is not None]
    hint = f"; those of --preset {fitting[0]} may be meant" if fitting else ""
    raise click.UsageError(
        f"{path} holds no anchors{hint}: mediapipe-anchors inspect says what is known of it"
    )


def _of_preset(name: str) -> SsdAnchorsOptions:
    from mediapipe_anchors.presets import preset

    anchors = preset(name).anchors
    if anchors is None:
        raise click.UsageError(f"{name} has no anchor options: its model puts out the anchors")
    return anchors
