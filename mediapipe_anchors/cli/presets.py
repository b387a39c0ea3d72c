"""`mediapipe-anchors presets`: the published detectors, as a table or one in full."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from mediapipe_anchors.presets import Preset
    from mediapipe_anchors.presets.image_input import ImageInput


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def presets(name: str | None, as_json: bool) -> None:
    """List the published MediaPipe detectors, or show NAME with all its options.

    NAME may also be one of MediaPipe's own graphs, such as palm_detection_cpu.
    """
    from mediapipe_anchors.plain import to_plain
    from mediapipe_anchors.presets import list_presets, preset

    if name is None:
        rows = [_summary(preset(known)) for known in list_presets()]
        if as_json:
            click.echo(json.dumps(rows, indent=2))
        else:
            _print_table(rows)
    elif as_json:
        click.echo(json.dumps(to_plain(preset(name)), indent=2))
    else:
        click.echo(_details(preset(name)), nl=False)


def _summary(row: Preset) -> dict[str, Any]:
    return {
        "name": row.name,
        "input": f"{row.input.width}x{row.input.height}",
        "rows": row.decode.num_boxes,
        "classes": row.decode.num_classes,
        "keypoints": row.decode.num_keypoints,
        "min_score": row.decode.min_score_thresh,
        "model_in_wheel": row.model.in_wheel,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("preset", no_wrap=True)
    for title in ("input", "rows", "classes", "kp", "score"):
        table.add_column(title, justify="right")
    table.add_column("wheel")
    for row in rows:
        name, *numbers, min_score, in_wheel = row.values()
        score = "" if min_score is None else f"{min_score:g}"
        table.add_row(name, *map(str, numbers), score, "yes" if in_wheel else "")
    out = Console(highlight=False, markup=False)
    out.print(table)
    out.print("kp: keypoints; score: the lowest kept; wheel: mediapipe 0.10.21 holds the model")


def _details(row: Preset) -> str:
    wheel = " (in the wheel of mediapipe 0.10.21)" if row.model.in_wheel else ""
    lines = [
        row.name,
        f"model   {row.model.path}{wheel}",
        f"input   {_input(row.input)}",
        *(f"graph   {graph}" for graph in row.graphs),
    ]
    if row.note:
        lines += textwrap.wrap(row.note, 80, initial_indent="note    ", subsequent_indent=" " * 8)
    options = {
        "SsdAnchorsCalculator": _anchors(row),
        "TensorsToDetectionsCalculator": row.decode.to_pbtxt(),
        "NonMaxSuppressionCalculator": row.nms.to_pbtxt(),
    }
    texts = [f"\n{name}:\n{textwrap.indent(text, '  ')}" for name, text in options.items()]
    return "\n".join(lines) + "\n" + "".join(texts)


def _anchors(row: Preset) -> str:
    if row.anchors is None:
        return "none: the anchors come with the model's output\n"
    if row.anchors.fixed_anchors is not None:
        return f"{row.decode.num_boxes} fixed_anchors, which `generate --preset` writes\n"
    return row.anchors.to_pbtxt()


def _input(image: ImageInput) -> str:
    fit = "letterboxed" if image.keep_aspect_ratio else "stretched"
    if image.float_range is None:
        values = "uint8"
    else:
        values = "float32 {:g} to {:g}".format(*image.float_range)
    back = image.mapped_back_by.value
    way_back = f", mapped back by {back}" if back else ""
    return f"{image.width}x{image.height}, {fit}, {values}{way_back}"
