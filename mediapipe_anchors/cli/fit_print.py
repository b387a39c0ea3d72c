"""What `fit` prints and writes: the table, and the graph with the anchors."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from mediapipe_anchors.cli.fit_steps import FitResult
from mediapipe_anchors.graph.text import node
from mediapipe_anchors.report.layout_words import missing_stride

WIDTH = 79


def graph_text(result: FitResult) -> str:
    """The anchors as a graph of one node, with what the fit found in its comment."""
    notes, layout = _notes(result), result.report.layout
    if result.stock is None:
        return layout.to_graph(result.summary.anchors, notes)
    side_packet = 'output_side_packet: "anchors"\n'
    comment = "".join(f"# {line}\n" for line in (*notes, f"{layout.num_anchors} anchors."))
    anchors = node("", "SsdAnchorsCalculator", [side_packet], result.stock.to_pbtxt())
    return comment + side_packet + anchors


def _notes(result: FitResult) -> list[str]:
    """What the comment of the graph says of the fit."""
    report, summary = result.report, result.summary
    width, height = summary.input_size
    shapes = zip(summary.anchors_px, report.layout.stride_of_shape, strict=True)
    lines = [
        f"Anchors fitted to {report.read.kept} boxes in {report.read.images} images "
        f"({report.read.format}).",
        f"By shape: mean best IoU {summary.mean_best_iou:.4f}, recall at 0.5 {summary.recall:.4f}.",
    ]
    placed = report.coverage.placed
    if placed is not None:
        lines.append(
            f"Where they stand: mean best IoU {placed.mean_best_iou:.4f}, recall at 0.5 "
            f"{placed.recall:.4f}."
        )
    return [
        *lines,
        f"Shapes, w x h in pixels of the {width} x {height} input ({report.settings.resize}), "
        "by map and area:",
        *(
            f"  shape {number}: {w:.2f} x {h:.2f} on stride {stride}"
            for number, ((w, h), stride) in enumerate(shapes, start=1)
        ),
    ]


def print_fit(result: FitResult) -> None:
    """A short table on stdout."""
    out = Console(highlight=False, markup=False, emoji=False)
    out.print("\n".join(_lines(result)), soft_wrap=True)
    out.print(_table(result))


def _lines(result: FitResult) -> list[str]:
    report, summary, read = result.report, result.summary, result.report.read
    width, height = summary.input_size
    found = "detected" if read.detected else "given"
    layout, placed = report.layout, report.coverage.placed
    lines = [
        f"Boxes   {read.kept:,} in {read.images:,} images, read as {read.format} ({found})",
        *(f"        left out: {count:,} {reason}" for reason, count in read.dropped.items()),
        *(f"        kept: {count:,} {remark}" for remark, count in read.noted.items()),
        f"Input   {width} x {height}, {report.settings.resize}",
        f"Fit     mean best IoU {summary.mean_best_iou:.4f}, recall at 0.5 {summary.recall:.4f}, "
        "by shape",
    ]
    if placed is not None:
        lines.append(
            f"Placed  mean best IoU {placed.mean_best_iou:.4f}, recall at 0.5 {placed.recall:.4f}"
        )
    lines.append(
        f"Grid    {layout.num_anchors:,} anchors, strides {', '.join(map(str, layout.strides))}"
    )
    if report.curve is not None:
        lines += _wrapped("Count", report.curve.rule)
    if report.comparison is not None:
        name, comparison = report.comparison
        lines += _wrapped("Compare", f"with {name}: {comparison.reason}")
    if report.layouts is not None:
        lines += _paragraphs("Reach", report.reach or ())
        return lines + _paragraphs("Layout", report.layouts.sentences)
    missing = missing_stride(report)
    return [*lines, *(_wrapped("Missing", missing) if missing else [])]


def _paragraphs(word: str, texts: Sequence[str]) -> list[str]:
    """Each text on lines of its own; the word stands before the first."""
    words = [word, *[""] * len(texts)]
    return [
        line for first, text in zip(words, texts, strict=False) for line in _wrapped(first, text)
    ]


def _wrapped(word: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"{word:<8}", subsequent_indent=" " * 8, break_long_words=False
    )


def _table(result: FitResult) -> Table:
    summary = result.summary
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("shape", "w", "h", "w px", "h px", "w/h", "stride", "boxes", "share"):
        table.add_column(title, justify="right")
    shapes = zip(
        summary.anchors,
        summary.anchors_px,
        result.report.layout.stride_of_shape,
        summary.boxes_per_anchor,
        strict=True,
    )
    for number, ((w, h), (w_px, h_px), stride, count) in enumerate(shapes, start=1):
        sides = f"{w:.4f}", f"{h:.4f}", f"{w_px:.1f}", f"{h_px:.1f}", f"{w_px / h_px:.2f}"
        share = f"{count / summary.boxes:.1%}"
        table.add_row(str(number), *sides, str(stride), f"{count:,}", share)
    return table
