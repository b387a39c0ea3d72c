"""`mediapipe-anchors extract`: anchors and decoding out of a `.tflite` model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediapipe_anchors.cli.parameters import pbtxt_output
from mediapipe_anchors.plain import to_plain

if TYPE_CHECKING:
    from mediapipe_anchors.embed import EmbeddedAnchors

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("model", metavar="MODEL.tflite", type=_FILE)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=_FILE,
    help="Write the anchors: .csv, .npy, .json, options (.pbtxt), or a C header (.h).",
)
@click.option(
    "--decode",
    metavar="FILE.pbtxt",
    type=_FILE,
    callback=pbtxt_output,
    help="Write the decoding as options of TensorsToDetectionsCalculator.",
)
@click.option("--labels", metavar="FILE", type=_FILE, help="Write the names of the classes.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def extract(
    model: Path, output: Path | None, decode: Path | None, labels: Path | None, as_json: bool
) -> None:
    """Take anchors and decoding out of MODEL.

    They come from its TFLite_Detection_PostProcess, or from its metadata for MediaPipe Tasks.
    """
    from mediapipe_anchors.anchors import write_anchors
    from mediapipe_anchors.embed import extract_anchors

    if output is decode is labels is None and not as_json:
        raise click.UsageError("expected -o FILE, --decode FILE, --labels FILE or --json")
    found = extract_anchors(model)
    if labels is not None and found.labels is None:
        raise click.UsageError(f"{model} holds no labels")
    if output is not None:
        write_anchors(output, found.anchors)
        click.echo(f"Wrote {len(found.anchors)} anchors to {output}", err=True)
    if decode is not None:
        decode.write_text(found.decode.to_pbtxt(), encoding="utf-8")
        click.echo(f"Wrote the decoding to {decode}", err=True)
    if labels is not None:
        assert found.labels is not None
        labels.write_text("".join(f"{label}\n" for label in found.labels), encoding="utf-8")
        click.echo(f"Wrote {len(found.labels)} labels to {labels}", err=True)
    if as_json:
        click.echo(json.dumps(_plain(found)))


def _plain(found: EmbeddedAnchors) -> dict[str, Any]:
    """All but the anchors themselves, which -o writes; of the decoding what is set."""
    decode = {
        field.name: getattr(found.decode, field.name)
        for field in dataclasses.fields(found.decode)
        if getattr(found.decode, field.name) != field.default
    }
    return {
        "kind": found.kind,
        "anchors": len(found.anchors),
        "decode": to_plain(decode),
        "labels": found.labels,
        "mean": found.mean,
        "std": found.std,
        "postprocess": to_plain(found.postprocess),
    }
