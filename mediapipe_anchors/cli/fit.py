"""`mediapipe-anchors fit`: from boxes to anchors, what they reach, and a `.pbtxt` with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mediapipe_anchors.cli import fit_options as parse
from mediapipe_anchors.cli.parameters import (
    boxes_format,
    image_size,
    json_figures,
    pbtxt_output,
    seed,
    size,
)

_FILE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("paths", metavar="BOXES...", nargs=-1, required=True, type=_FILE)
@click.option(
    "--input-size",
    callback=size,
    metavar="WxH",
    help="Size of the model input in pixels, such as 300x300; default: that of --layout.",
)
@boxes_format
@image_size
@click.option(
    "--clip/--no-clip",
    default=True,
    show_default=True,
    help="Cut boxes at the edge of their image.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    help="Read shapes alone, in little memory however many there are: file by file here, or on a "
    "Dask cluster.",
)
@click.option(
    "--resize",
    type=click.Choice(["stretch", "letterbox", "center_crop"]),
    default="stretch",
    show_default=True,
    help="How an image becomes the model input.",
)
@click.option(
    "--roi",
    callback=parse.region,
    metavar="X,Y,X,Y",
    help="Region of the image that the model sees: left, top, right, bottom as fractions.",
)
@click.option(
    "--min-size",
    type=click.FloatRange(0),
    default=0,
    metavar="PIXELS",
    help="Leave out boxes with a shorter side on the model input.",
)
@click.option(
    "-k",
    "--n-anchors",
    callback=parse.count,
    metavar="N|auto",
    help="How many anchor shapes; auto: as many as pay on held-out images.  [default: 9]",
)
@click.option(
    "--max-anchors", type=click.IntRange(1), help="The most that -k auto tries.  [default: 12]"
)
@click.option(
    "--target-recall",
    type=click.FloatRange(0, 1),
    help="-k auto takes the smallest number that reaches this recall.",
)
@click.option(
    "--min-gain",
    type=click.FloatRange(0, 1),
    help="What an anchor more must add for -k auto, and other anchors for --compare to say "
    "replace.  [default: 0.01]",
)
@click.option(
    "--objective",
    callback=parse.objective,
    default="mean_iou",
    show_default=True,
    metavar="NAME",
    help="mean_iou, recall, ratio (YOLOv5's fitness), or a blend: mean_iou=0.8,recall=0.2.",
)
@click.option(
    "--iou-threshold",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="The IoU that counts for recall in --objective, --target-recall, --compare and --layouts.",
)
@click.option(
    "--algorithm",
    type=click.Choice(["search", "kmeans"]),
    default="search",
    show_default=True,
    help="kmeans: the usual baseline.",
)
@click.option("--class-balanced", is_flag=True, help="Each class counts the same in all.")
@seed
@click.option(
    "--strides",
    callback=parse.numbers,
    metavar="N,N,...",
    help="Input pixels a cell of each feature map, in the order of the model's heads; "
    "else 8,16,32, or the first of these for fewer anchors.",
)
@click.option(
    "--anchors-per-cell",
    callback=parse.numbers,
    metavar="N,N,...",
    help="Shapes on each feature map of --strides, in place of -k; implies --grid free.",
)
@click.option(
    "--layout",
    callback=parse.anchor_options,
    metavar="PRESET|FILE.pbtxt",
    help="Take feature maps and numbers of anchors from here; implies --grid free.",
)
@click.option(
    "--grid",
    type=click.Choice(["free", "stock"]),
    help="Fit the anchors where they stand: any shapes; or what min_scale, max_scale and "
    "aspect_ratios of the options of --layout can say.",
)
@click.option(
    "--compare",
    callback=parse.anchor_options,
    metavar="PRESET|FILE.pbtxt",
    help="Say whether these anchors, which a model has, are worth replacing.",
)
@click.option(
    "--layouts",
    is_flag=True,
    help="Compare strides and shapes a cell as well, on held-out images: which layout?",
)
@click.option(
    "--max-anchors-per-frame",
    type=click.IntRange(1),
    help="Budget of --layouts: the most anchors in all.",
)
@click.option(
    "--smallest-object",
    type=click.FloatRange(0, min_open=True),
    metavar="PIXELS",
    help="For --layouts: the smallest object that matters, the root of its area on the model "
    "input. Smaller ones are left out there, and layouts too coarse for it.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=pbtxt_output,
    help="Write the anchors to this .pbtxt, a graph that MediaPipe loads.",
)
@click.option(
    "--report",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=parse.html_output,
    help="Write one page with all figures to this .html.",
)
@json_figures
@click.pass_context
def fit(context: click.Context, /, as_json: bool, page: Path | None, **values: Any) -> None:
    """Fit anchor shapes to the ground-truth BOXES of files or folders.

    Prints how well the shapes fit, and with -o writes them as fixed_anchors, laid over the feature
    maps, the smallest on the finest. Row r of the model's output is decoded with anchor r; the
    order of the anchors is feature map by feature map as in --strides, in a map row by row from the
    top, in a row from the left, in a cell from the smallest area.

    With --grid the shapes are fitted where they stand, on the cells of the feature maps; else by
    shape alone.
    """
    # Imported here, so that --help does not wait for scikit-learn.
    from mediapipe_anchors.cli.fit_print import print_fit
    from mediapipe_anchors.cli.fit_request import FitRequest
    from mediapipe_anchors.cli.fit_steps import run_fit
    from mediapipe_anchors.cli.progress import Progress

    request = FitRequest(**values, wants_all=as_json or page is not None)
    request.check()
    with Progress() as progress:
        result = run_fit(request, progress, command=(context.obj or {}).get("command", ""))
        if page is not None:
            from mediapipe_anchors.report import render_page

            progress.step("Drawing the page")
            page.write_text(render_page(result.report), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(result.to_dict(), indent=2, allow_nan=False))
    else:
        print_fit(result)
    for path in (request.output, page):
        if path is not None:
            click.echo(f"Wrote {path}", err=True)
