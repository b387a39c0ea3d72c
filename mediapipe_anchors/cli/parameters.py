"""Command-line parameters that several subcommands take."""

from __future__ import annotations

import re
from pathlib import Path

import click


def size(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """The callback of a "WxH" option: (width, height) in pixels, or None where it is not given."""
    if value is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", value, re.ASCII)
    if match is None:
        raise click.BadParameter(f"{value!r}: expected pixels as WxH, such as 300x300")
    return int(match[1]), int(match[2])


boxes_format = click.option(
    "--format",
    "format_name",
    metavar="NAME",
    help="coco, voc, yolo, csv, mot, wider_face, open_images, parquet or tfrecord; else detected.",
)
image_size = click.option(
    "--image-size",
    callback=size,
    metavar="WxH",
    help="Size of the images where the files do not state it.",
)
seed = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the random starts.",
)
json_figures = click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")


def pbtxt_output(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """The callback of an output graph: refuses other suffixes and missing folders at once."""
    if value is None:
        return None
    if value.suffix != ".pbtxt":
        raise click.BadParameter(f"{str(value)!r}: expected a name that ends in .pbtxt")
    if not value.parent.is_dir():
        raise click.BadParameter(f"{str(value)!r}: there is no folder {str(value.parent)!r}")
    return value
