"""`mediapipe-anchors fit`: from boxes to anchor shapes, and a `.pbtxt` with them on a grid."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from mediapipe_anchors.cli.parameters import pbtxt_output, size

if TYPE_CHECKING:
    from mediapipe_anchors.boxes import ReadReport
    from mediapipe_anchors.fit import FitSummary
    from mediapipe_anchors.layout import GridLayout

STRIDES = (8, 16, 32)


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    if re.fullmatch(r"[1-9]\d{0,5}(,[1-9]\d{0,5})*", value, re.ASCII) is None:
        raise click.BadParameter(f"{value!r}: expected numbers with commas, such as 8,16,32")
    return tuple(map(int, value.split(",")))


@click.command()
@click.argument("path", metavar="BOXES", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--input-size",
    callback=size,
    metavar="WxH",
    required=True,
    help="Size of the model input in pixels, such as 300x300.",
)
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    help="coco, voc, yolo, csv, mot, wider_face, open_images, parquet or tfrecord; else detected.",
)
@click.option(
    "--image-size",
    callback=size,
    metavar="WxH",
    help="Size of the images where the files do not state it.",
)
@click.option(
    "-k",
    "--n-anchors",
    type=click.IntRange(1),
    default=9,
    show_default=True,
    help="How many anchor shapes.",
)
@click.option(
    "--strides",
    callback=_numbers,
    metavar="N,N,...",
    help="Input pixels a cell of each feature map, in the order of the model's heads; "
    "else 8,16,32, or the first of these for fewer anchors.",
)
@click.option(
    "--resize",
    type=click.Choice(["stretch", "letterbox"]),
    default="stretch",
    show_default=True,
    help="How an image becomes the model input.",
)
@click.option(
    "--clip/--no-clip",
    default=True,
    show_default=True,
    help="Cut boxes at the edge of their image.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the random starts.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=pbtxt_output,
    help="Write the anchors to this .pbtxt, a graph that MediaPipe loads.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def fit(
    path: Path,
    input_size: tuple[int, int],
    format_name: str | None,
    image_size: tuple[int, int] | None,
    n_anchors: int,
    strides: tuple[int, ...] | None,
    resize: Any,
    clip: bool,
    seed: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Fit anchor shapes to the ground-truth BOXES of a file or folder.

    Prints how well the shapes fit. With -o they are laid over the feature maps of the strides,
    the smallest on the finest, and written as fixed_anchors. Row r of the model's output is
    decoded with anchor r; the order of the anchors is feature map by feature map as in --strides,
    in a map row by row from the top, in a row from the left, in a cell from the smallest area.
    """
    # Imported here, so that --help does not wait for scikit-learn.
    from mediapipe_anchors.boxes import read_boxes
    from mediapipe_anchors.fit import AnchorFitter, summarize
    from mediapipe_anchors.layout import GridLayout

    layout = GridLayout.even(input_size, strides or STRIDES[:n_anchors], n_anchors)
    progress = Console(stderr=True)
    with progress.status("Reading boxes"):
        boxes = read_boxes(path, format_name, image_size=image_size, clip=clip)
    with progress.status(f"Fitting {n_anchors} anchors to {len(boxes):,} boxes"):
        wh = boxes.wh(input_size, resize=resize)
        anchors = AnchorFitter(n_anchors, random_state=seed).fit(wh).anchors_
        summary = summarize(wh, anchors, input_size)
    if output is not None:
        notes = _notes(boxes.report, summary, layout, resize)
        output.write_text(layout.to_graph(anchors, notes), encoding="utf-8")
    if as_json:
        figures = _figures(boxes.report, summary, layout, resize, output)
        click.echo(json.dumps(figures, indent=2))
    else:
        _print(boxes.report, summary, layout, resize, output)


def _notes(report: ReadReport, summary: FitSummary, layout: GridLayout, resize: str) -> list[str]:
    """What the comment of the graph says of the fit."""
    width, height = summary.input_size
    shapes = zip(summary.anchors_px, layout.stride_of_shape, strict=True)
    return [
        f"Anchors fitted to {report.kept} boxes in {report.images} images ({report.format}).",
        f"By shape: mean best IoU {summary.mean_best_iou:.4f}, recall at 0.5 {summary.recall:.4f}.",
        f"Shapes, w x h in pixels of the {width} x {height} input ({resize}):",
        *(
            f"  shape {number}: {w:.2f} x {h:.2f} on stride {stride}"
            for number, ((w, h), stride) in enumerate(shapes, start=1)
        ),
    ]


def _figures(
    report: ReadReport, summary: FitSummary, layout: GridLayout, resize: str, output: Path | None
) -> dict[str, Any]:
    return {
        "read": report.to_dict(),
        "resize": resize,
        "fit": summary.to_dict(),
        "layout": dataclasses.asdict(layout) | {"num_anchors": layout.num_anchors},
        "output": None if output is None else str(output),
    }


def _print(
    report: ReadReport, summary: FitSummary, layout: GridLayout, resize: str, output: Path | None
) -> None:
    width, height = summary.input_size
    found = "detected" if report.detected else "given"
    lines = [
        f"Boxes   {report.kept:,} in {report.images:,} images, read as {report.format} ({found})",
        *(f"        left out: {count:,} {reason}" for reason, count in report.dropped.items()),
        *(f"        kept: {count:,} {remark}" for remark, count in report.noted.items()),
        f"Input   {width} x {height}, {resize}",
        f"Fit     mean best IoU {summary.mean_best_iou:.4f}, recall at 0.5 {summary.recall:.4f}",
        f"Grid    {layout.num_anchors:,} anchors, strides {', '.join(map(str, layout.strides))}",
    ]
    out = Console(highlight=False, markup=False, emoji=False)
    out.print("\n".join(lines))
    out.print(_table(summary, layout))
    if output is not None:
        click.echo(f"Wrote {output}", err=True)


def _table(summary: FitSummary, layout: GridLayout) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("shape", "w", "h", "w px", "h px", "w/h", "stride", "boxes", "share"):
        table.add_column(title, justify="right")
    shapes = zip(
        summary.anchors,
        summary.anchors_px,
        layout.stride_of_shape,
        summary.boxes_per_anchor,
        strict=True,
    )
    for number, ((w, h), (w_px, h_px), stride, count) in enumerate(shapes, start=1):
        sides = f"{w:.4f}", f"{h:.4f}", f"{w_px:.1f}", f"{h_px:.1f}", f"{w_px / h_px:.2f}"
        share = f"{count / summary.boxes:.1%}"
        table.add_row(str(number), *sides, str(stride), f"{count:,}", share)
    return table
