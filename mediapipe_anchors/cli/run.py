"""`mediapipe-anchors run`: a graph over images or a video, to JSON lines and annotated images."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediapipe_anchors.errors import MediaPipeAnchorsError

if TYPE_CHECKING:
    from mediapipe_anchors.cli.run_report import RunReport
    from mediapipe_anchors.graph import Graph

INTERRUPTED = 130  # what shells report for Ctrl-C


def _side_packets(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, Any]:
    packets = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{text!r}: expected NAME=VALUE, such as num_hands=2")
        try:
            packets[name] = json.loads(value)
        except json.JSONDecodeError:
            packets[name] = value
    return packets


@click.command()
@click.argument("graph", metavar="GRAPH")
@click.argument(
    "source", metavar="IMAGE|DIRECTORY|VIDEO", type=click.Path(exists=True, path_type=Path)
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    help="Folder for detections.jsonl and the annotated images.",
)
@click.option("--input-stream", metavar="NAME", help="The stream that takes the image.")
@click.option(
    "--output-stream",
    "output_streams",
    metavar="NAME",
    multiple=True,
    help="A stream to report, instead of all output streams; may be repeated, and name inner ones.",
)
@click.option(
    "--side-packet",
    "side_packets",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_side_packets,
    help="An input side packet, its value as JSON, such as num_hands=2; may be repeated.",
)
@click.option(
    "--stream",
    is_flag=True,
    help="Take the images of a directory as one video, 30 frames a second, for graphs that track; "
    "else each image has the graph to itself.",
)
@click.option(
    "--images/--no-images",
    default=None,
    help="Write annotated images; default: yes for images, no for a video.",
)
@click.option(
    "--warn",
    metavar="CODE",
    multiple=True,
    help="Run a graph in spite of what lint calls by this code; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def run(
    graph: str,
    source: Path,
    output: Path,
    input_stream: str | None,
    output_streams: tuple[str, ...],
    side_packets: dict[str, Any],
    stream: bool,
    images: bool | None,
    warn: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run a graph on an image, on the images in a directory, or on a video.

    GRAPH is a .pbtxt or .binarypb file, or the name of a preset (mediapipe-anchors presets). Needs
    the extra "graph". Writes detections.jsonl with a line for each frame, PNGs with the detections
    drawn in, and mediapipe.log with what MediaPipe had to say. Exit code 1: an image could not be
    run; 130: interrupted.
    """
    from mediapipe_anchors.cli.native_log import native_log
    from mediapipe_anchors.cli.run_report import RunReport
    from mediapipe_anchors.images import is_video

    video = source.is_file() and is_video(source)
    _check_output(output, source)
    settings = {"side_packets": side_packets, "outputs": list(output_streams) or None, "warn": warn}
    opened = _open_graph(graph)
    paths = [source] if video else _files(source)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(str(error), param_hint="--output") from None
    with native_log(output / "mediapipe.log"), _warnings_told():
        try:
            name = _input_name(opened, input_stream, settings)
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None
        with RunReport(output, annotate=not video if images is None else images) as report:
            try:
                if video:
                    _run_video(opened, source, name, settings, report)
                else:
                    _run_images(opened, paths, name, settings, report, stream)
            except KeyboardInterrupt:
                report.interrupted = True
    if report.interrupted:
        click.echo("interrupted; what was done until then:", err=True)
    _print_summary(report, as_json)
    if report.interrupted:
        raise SystemExit(INTERRUPTED)
    if report.failed:
        raise SystemExit(1)


@contextlib.contextmanager
def _warnings_told() -> Iterator[None]:
    """Print each warning about the graph once, though every image opens it anew."""
    from mediapipe_anchors.errors import GraphWarning

    with warnings.catch_warnings():
        warnings.simplefilter("once", GraphWarning)
        show = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *place: Any) -> None:
            if issubclass(category, GraphWarning):
                click.echo(f"mediapipe-anchors: warning: {message}", err=True)
            else:
                show(message, category, *place)

        warnings.showwarning = tell  # type: ignore[assignment]
        yield


def _open_graph(name: str) -> Graph:
    from mediapipe_anchors.graph import Graph

    if Path(name).exists():
        return Graph.read(Path(name))
    from mediapipe_anchors.emit import emit_graph
    from mediapipe_anchors.presets import preset

    try:
        found = preset(name)
    except MediaPipeAnchorsError as error:
        raise click.BadParameter(f"no such file, and not a {error}", param_hint="GRAPH") from None
    return Graph.read(emit_graph(found))


def _input_name(graph: Graph, wanted: str | None, settings: dict[str, Any]) -> str:
    """The stream for the image. Opens the graph once, so that its errors come before any image."""
    from mediapipe_anchors.run import GraphRunner

    with GraphRunner(graph, **settings) as runner:
        names = runner.input_streams
    listed = ", ".join(names) or "none"
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted not in names:
        raise click.BadParameter(
            f"got {wanted}, expected one of the graph's input streams: {listed}",
            param_hint="--input-stream",
        )
    return wanted


def _files(source: Path) -> list[Path]:
    from mediapipe_anchors.images import list_images

    if not source.is_dir():
        return [source]
    paths = list_images(source)
    if not paths:
        raise click.BadParameter(f"{source}: no image in it", param_hint="DIRECTORY")
    return paths


def _check_output(output: Path, source: Path) -> None:
    folder = source if source.is_dir() else source.parent
    if output.resolve() == folder.resolve():
        raise click.BadParameter(
            f"{output}: the images are there; annotated ones would replace them",
            param_hint="--output",
        )


def _run_images(
    graph: Graph,
    paths: list[Path],
    name: str,
    settings: dict[str, Any],
    report: RunReport,
    stream: bool,
) -> None:
    from mediapipe_anchors.cli.run_report import Frame
    from mediapipe_anchors.images import read_image
    from mediapipe_anchors.run import GraphRunner, run_graph

    runner = GraphRunner(graph, **settings) if stream else None
    try:
        for path in _progress(paths, len(paths)):
            try:
                image = read_image(path)
                if runner is None:
                    result = run_graph(graph, {name: image}, **settings)
                else:
                    result = runner.process({name: image})
            except (MediaPipeAnchorsError, OSError) as error:
                report.fail(path, error)
                click.echo(f"{path}: {report.failed[str(path)]}", err=True)
            else:
                report.add(Frame(path, 0, result.timestamp, image), result)
    finally:
        if runner is not None:
            runner.close()


def _run_video(
    graph: Graph, path: Path, name: str, settings: dict[str, Any], report: RunReport
) -> None:
    from mediapipe_anchors.cli.run_report import Frame
    from mediapipe_anchors.images import count_frames, read_video
    from mediapipe_anchors.run import GraphRunner

    total = count_frames(path)
    with GraphRunner(graph, **settings) as runner:
        try:
            for index, frame in enumerate(_progress(read_video(path), total)):
                result = runner.process({name: frame.image}, timestamp=frame.timestamp)
                report.add(Frame(path, index, frame.timestamp, frame.image), result)
        except MediaPipeAnchorsError as error:
            if not report.frames:
                raise
            report.fail(path, error)
            click.echo(f"{path}: {report.failed[str(path)]}", err=True)


def _progress(items: Any, total: int | None) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    shown = console.is_terminal
    return iter(
        track(items, "running", total=total, console=console, transient=True, disable=not shown)
    )


def _print_summary(report: RunReport, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.summary()))
        return
    click.echo(
        f"{report.frames} frames, {report.detections} detections"
        f" ({report.empty} frames without), {len(report.failed)} failed"
    )
    click.echo(f"detections: {report.jsonl}")
    if report.pictures:
        more = f" and {len(report.pictures) - 1} more" if len(report.pictures) > 1 else ""
        click.echo(f"annotated:  {report.pictures[0]}{more}")
