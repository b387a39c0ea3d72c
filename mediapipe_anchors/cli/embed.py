"""`mediapipe-anchors embed`: anchors and decoding into a `.tflite` model."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mediapipe_anchors.embed.sources import Source
    from mediapipe_anchors.options import TensorsToDetectionsOptions

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("model", metavar="MODEL.tflite", type=_FILE)
@click.option(
    "--graph",
    metavar="GRAPH",
    type=_FILE,
    help="Take anchors, decoding and the range of the input from a graph's nodes.",
)
@click.option("--preset", "preset_name", metavar="NAME", help="The same from a published detector.")
@click.option(
    "--anchors",
    metavar="FILE",
    type=_FILE,
    help="Take the anchors from options, a graph (.pbtxt), or anchors (.csv, .npy, .json).",
)
@click.option("--decode", metavar="FILE", type=_FILE, help="Take the decoding from options.")
@click.option("--labels", metavar="FILE", type=_FILE, help="Names of the classes, a line each.")
@click.option("--mean", type=float, help="The float input is (pixel - mean) / std.")
@click.option("--std", type=float, help="See --mean.")
@click.option(
    "--boxes-output",
    type=click.IntRange(0, 1),
    help="Which of the two outputs holds the boxes, where nothing tells.",
)
@click.option("--stretch", is_flag=True, help="Images may be stretched though the graph does not.")
@click.option(
    "--ignore-at-run-time",
    is_flag=True,
    help="I will pass the classes to leave out as category_denylist.",
)
@click.option(
    "-o", "--output", required=True, metavar="OUT.tflite", type=_FILE, help="Write the model here."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def embed(
    model: Path,
    graph: Path | None,
    preset_name: str | None,
    anchors: Path | None,
    decode: Path | None,
    boxes_output: int | None,
    output: Path,
    as_json: bool,
    **given: Any,
) -> None:
    """Put anchors and decoding into MODEL, so that MediaPipe Tasks' ObjectDetector runs it.

    A model with two outputs gets them as metadata; one that ends in TFLite_Detection_PostProcess in
    that operator. What ObjectDetector cannot do is an error that names it.
    """
    from mediapipe_anchors.embed import embed_anchors, extract_anchors
    from mediapipe_anchors.embed.sources import source_of

    source = source_of(graph, preset_name)
    options = _decode(source, decode, boxes_output)
    written = embed_anchors(
        model,
        source.anchors if anchors is None else anchors,
        options,
        graph=graph,
        preset=preset_name,
        output=output,
        **given,
    )
    found = extract_anchors(written)
    notes = _notes(source, options, found.labels) if found.kind != "postprocess" else {}
    figures = {
        "kind": found.kind,
        "anchors": len(found.anchors),
        "labels": None if found.labels is None else len(found.labels),
        "bytes": len(written),
        **notes,
    }
    if as_json:
        click.echo(json.dumps(figures))
    click.echo(
        f"Wrote {output}: {figures['anchors']} anchors in its {_WHERE[found.kind]}", err=True
    )
    _print_notes(notes)


_WHERE = {"detector_metadata": "metadata", "postprocess": "TFLite_Detection_PostProcess"}


def _decode(
    source: Source, decode: Path | None, boxes_output: int | None
) -> TensorsToDetectionsOptions | None:
    from mediapipe_anchors.options import TensorMapping, TensorsToDetectionsOptions

    options = source.decode
    if decode is not None:
        options = TensorsToDetectionsOptions.from_pbtxt(decode)
    if boxes_output is None:
        return options
    if options is None:
        raise click.UsageError("--boxes-output goes with --graph, --preset or --decode")
    mapping = TensorMapping(
        detections_tensor_index=boxes_output, scores_tensor_index=1 - boxes_output
    )
    return dataclasses.replace(options, tensor_mapping=mapping)


def _notes(
    source: Source, decode: TensorsToDetectionsOptions | None, labels: tuple[str, ...] | None
) -> dict[str, Any]:
    from mediapipe_anchors.embed.run_time import nms_differences, run_time_options

    return {
        "object_detector_options": run_time_options(decode, source.nms, labels),
        "differences": nms_differences(source.nms),
    }


def _print_notes(notes: dict[str, Any]) -> None:
    arguments = notes.get("object_detector_options", {})
    if arguments:
        text = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        click.echo(f"Not part of a model; pass to ObjectDetectorOptions: {text}", err=True)
    for difference in notes.get("differences", ()):
        click.echo(f"Note: {difference}", err=True)
