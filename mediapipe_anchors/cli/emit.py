"""`mediapipe-anchors emit`: a complete detection graph from a preset, options, or both."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediapipe_anchors.cli.parameters import pbtxt_output, size

if TYPE_CHECKING:
    from mediapipe_anchors.options import SsdAnchorsOptions, TensorsToDetectionsOptions
    from mediapipe_anchors.presets import Preset
    from mediapipe_anchors.presets.image_input import ImageInput

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--preset", "preset_name", metavar="NAME", help="The detector to start from.")
@click.option(
    "--anchors", "anchors_file", metavar="FILE", type=_FILE, help="Take the anchors from here."
)
@click.option(
    "--decode", "decode_file", metavar="FILE", type=_FILE, help="Take the decoding from here."
)
@click.option(
    "--nms", "nms_file", metavar="FILE", type=_FILE, help="Take the suppression from here."
)
@click.option("--num-classes", type=click.IntRange(1), help="Score columns of the model.")
@click.option("--input-size", metavar="WxH", callback=size, help="Size of the model input.")
@click.option("--letterbox/--stretch", default=None, help="How an image becomes the model input.")
@click.option(
    "--float-range", type=float, nargs=2, metavar="LOW HIGH", help="What pixels 0 and 255 become."
)
@click.option("--model", metavar="MODEL.tflite", help="The model; default: the preset's.")
@click.option(
    "-o",
    "--output",
    metavar="GRAPH.pbtxt",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=pbtxt_output,
    help="Write the graph here; default: print it.",
)
def emit(
    preset_name: str | None,
    anchors_file: Path | None,
    decode_file: Path | None,
    nms_file: Path | None,
    num_classes: int | None,
    input_size: tuple[int, int] | None,
    letterbox: bool | None,
    float_range: tuple[float, float] | None,
    model: str | None,
    output: Path | None,
) -> None:
    """Write a commented CPU graph: image in, detections out.

    A FILE holds the fields of the calculator's options, or is a graph with that calculator. With
    other anchors and another MODEL than the preset's, the number of boxes and the input size follow
    the anchors, unless --decode or --input-size says otherwise; fixed anchors, as `fit` writes
    them, do not hold the input size. A MODEL that is there is written relative to the graph.
    """
    from mediapipe_anchors import options
    from mediapipe_anchors.emit import emit_graph
    from mediapipe_anchors.presets import preset

    row = preset(preset_name) if preset_name else None
    anchors = options.SsdAnchorsOptions.from_pbtxt(anchors_file) if anchors_file else None
    given = options.TensorsToDetectionsOptions.from_pbtxt(decode_file) if decode_file else None
    if anchors is not None and anchors.fixed_anchors is not None and input_size is None:
        raise click.UsageError(
            f"{anchors_file} holds fixed anchors, which do not say the size of the model input: "
            "pass the --input-size that they were fitted for, and --letterbox or --stretch"
        )
    image = {"keep_aspect_ratio": letterbox, "float_range": float_range}
    text = emit_graph(
        row,
        _model_path(model, output),
        anchors=anchors,
        decode=_decode(row, given, anchors if model else None, num_classes),
        nms=options.NonMaxSuppressionOptions.from_pbtxt(nms_file) if nms_file else None,
        input=_input(row, anchors, input_size, image),
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"Wrote {output}", err=True)


def _decode(
    row: Preset | None,
    given: TensorsToDetectionsOptions | None,
    anchors: SsdAnchorsOptions | None,
    num_classes: int | None,
) -> TensorsToDetectionsOptions | None:
    """The given decoding, or the preset's with as many rows as `anchors`; None for no change."""
    from mediapipe_anchors.anchors import count_anchors

    changes: dict[str, Any] = {}
    if given is None and anchors is not None:
        changes["num_boxes"] = count_anchors(anchors)
    if num_classes is not None:
        changes["num_classes"] = num_classes
    start = given if given is not None or row is None else row.decode
    return dataclasses.replace(start, **changes) if start is not None and changes else given


def _input(
    row: Preset | None,
    anchors: SsdAnchorsOptions | None,
    input_size: tuple[int, int] | None,
    image: dict[str, Any],
) -> ImageInput | None:
    """The preset's input with what was given in its place; None for no change."""
    from mediapipe_anchors.presets.image_input import ImageInput, MappedBackBy

    changes = {name: value for name, value in image.items() if value is not None}
    if input_size is None and anchors is not None and anchors.input_size_width is not None:
        input_size = (anchors.input_size_width, anchors.input_size_height or 0)
    if input_size is not None:
        changes["width"], changes["height"] = input_size
    if row is None:
        return ImageInput(**changes) if input_size is not None else None
    if image["keep_aspect_ratio"] and row.input.mapped_back_by is MappedBackBy.NOTHING:
        changes["mapped_back_by"] = MappedBackBy.PROJECTION
    return dataclasses.replace(row.input, **changes) if changes else None


def _model_path(model: str | None, output: Path | None) -> str | None:
    """The model as the graph shall name it: beside the graph, which is where it is looked for."""
    if model is None or output is None or Path(model).is_absolute() or not Path(model).is_file():
        return model
    return Path(os.path.relpath(model, output.parent)).as_posix()
