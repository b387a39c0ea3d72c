"""`mediapipe-anchors bench`: measurements side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mediapipe_anchors.cli import fit_options as parse
from mediapipe_anchors.cli import parameters

if TYPE_CHECKING:
    from mediapipe_anchors.bench.fit_bench import FitTiming
    from mediapipe_anchors.boxes import ReadReport

COLUMNS = ("k", "method", "mean IoU", "recall", "s", "ratio", "CPU s", "ratio", "MB", "ratio")


@click.group()
def bench() -> None:
    """Measure side by side with other tools."""


@bench.command()
@click.argument("path", metavar="BOXES", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-k",
    "--n-anchors",
    "counts",
    callback=parse.numbers,
    default="3,5,9",
    show_default=True,
    metavar="N,N,...",
    help="Numbers of anchors.",
)
@parameters.boxes_format
@parameters.image_size
@click.option(
    "--repeats",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Runs of each; differential evolution runs once.",
)
@click.option(
    "--evolution/--no-evolution",
    default=True,
    show_default=True,
    help="Run differential evolution, which may take a minute or more a number.",
)
@parameters.seed
@click.option(
    "--threads", type=click.IntRange(1), help="That libraries may use; default: one a processor."
)
@parameters.json_figures
@click.option("--markdown", is_flag=True, help="Print the table as Markdown.")
def fit(
    path: Path,
    counts: tuple[int, ...],
    format_name: str | None,
    image_size: tuple[int, int] | None,
    repeats: int,
    evolution: bool,
    seed: int,
    threads: int | None,
    as_json: bool,
    markdown: bool,
) -> None:
    """Fit shapes to BOXES with this package, k-means and differential evolution.

    k-means is scikit-learn's with ten starts; differential evolution is SciPy's, on the same
    objective, the mean best IoU. Width and height are fractions of the image. Each run has a fresh
    process, in turns. "s" is the median of a method's runs, without reading and loading; "CPU s"
    the time that processors worked on it, which depends little on what else the machine does; MB
    the peak memory of the process. Ratios are to k-means.
    """
    from mediapipe_anchors.bench.fit_bench import SLOW, bench_fit
    from mediapipe_anchors.bench.fit_methods import METHODS
    from mediapipe_anchors.boxes import read_boxes
    from mediapipe_anchors.cli.progress import Progress

    with Progress() as progress:
        progress.step("Reading boxes")
        boxes = read_boxes(path, format_name, image_size=image_size)
        rows = bench_fit(
            boxes.wh(),
            counts,
            methods=[name for name in METHODS if evolution or name != SLOW],
            repeats=repeats,
            seed=seed,
            threads=threads,
            progress=progress.step("Fitting"),
        )
    if as_json:
        figures = {"read": boxes.report.to_dict(), "rows": [row.to_dict() for row in rows]}
        click.echo(json.dumps(figures, indent=2))
    else:
        _print(boxes.report, rows, markdown)


def _print(report: ReadReport, rows: list[FitTiming], markdown: bool) -> None:
    cells = [
        (
            str(row.n_anchors),
            row.method,
            f"{row.score:.4f}",
            f"{row.recall:.4f}",
            f"{row.seconds:.2f}",
            _ratio(row.seconds_ratio),
            f"{row.cpu_seconds:.2f}",
            _ratio(row.cpu_ratio),
            f"{row.peak_mb:.0f}",
            _ratio(row.peak_ratio),
        )
        for row in rows
    ]
    click.echo(f"{Path(report.path).name}: {report.kept:,} boxes in {report.images:,} images\n")
    if markdown:
        lines = [COLUMNS, ("--:", ":--", *["--:"] * 8), *cells]
        click.echo("\n".join(f"| {' | '.join(line)} |" for line in lines))
        return
    widths = [max(map(len, column)) for column in zip(COLUMNS, *cells, strict=True)]
    for line in (COLUMNS, *cells):
        padded = [
            cell.ljust(width) if index == 1 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo("  ".join(padded))


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
