"""`sketch_boxes`: the shapes of many files in one `ShapeSketch`, read here or on a Dask cluster."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args

from mediapipe_anchors.boxes.dataset import ReadReport
from mediapipe_anchors.boxes.formats import find_format, resolve
from mediapipe_anchors.boxes.geometry import Region, Resize
from mediapipe_anchors.boxes.model_input import see
from mediapipe_anchors.boxes.read import DROP, BoxChunks, check_drop, nothing_left
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError, MissingExtraError

if TYPE_CHECKING:
    from mediapipe_anchors.fit.sketch import ShapeSketch

Engine = Literal["local", "dask"]

_ANY_PORT = "127.0.0.1:0"  # of the page that tells of a cluster of our own


@dataclasses.dataclass(frozen=True, eq=False)
class BoxSketch:
    """What `sketch_boxes` gives.

    Attributes:
        sketch: the shapes, width and height as fractions of the model input: an X of
            `AnchorFitter`.
        report: how the boxes were read. `dropped` and `noted` count also what `Boxes.on_input` says
            of them, so that `kept` is `sketch.num_boxes`; an image counts once in each shard that
            has boxes of it.
    """

    sketch: ShapeSketch
    report: ReadReport


def sketch_boxes(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    format: str | None = None,
    *,
    input_size: tuple[float, float] | None = None,
    resize: Resize = "stretch",
    roi: Region | None = None,
    min_size: float = 0.0,
    image_size: tuple[float, float] | None = None,
    clip: bool = True,
    drop: Collection[str] = DROP,
    engine: Engine = "local",
    client: Any = None,
) -> BoxSketch:
    """Read the box shapes of a data set of any size, in little memory, to fit anchors to.

    The data set is read in shards: each path is one, or where it is a folder of CSV, Open Images,
    Parquet or TFRecord files, each of these. Duplicates are looked for within a shard.

    Args:
        paths: a path or several, each as `read_boxes` takes it.
        format: as for `read_boxes`; None detects it for each path.
        input_size: (width, height) of the model input in pixels, as for `Boxes.wh`.
        resize: "stretch", "letterbox" or "center_crop", as for `Boxes.wh`.
        roi: region of the image as fractions, as for `Boxes.wh`.
        min_size: pixels of the model input, as for `Boxes.wh`.
        image_size: of images whose size is not stated, as for `read_boxes`.
        clip: cut boxes at the edge of their image, as for `read_boxes`.
        drop: which boxes are left out, as for `read_boxes`.
        engine: "local" reads shard after shard, here. "dask" sends each shard as a task to a Dask
            cluster, whose workers must see the same paths; the sketch is the same, bit for bit.
        client: the `distributed.Client` for "dask"; None starts a cluster on this machine, and
            stops it afterwards.

    Returns:
        The sketch and the report of the reading.

    Raises:
        As `iter_boxes` and `Boxes.wh`; and
        BoxesError: no path, or no usable box in any shard.
        MissingExtraError: "dask" without the extra "dask".
        MediaPipeAnchorsError: `engine` is not known, or `client` is given without "dask".
    """
    if engine not in get_args(Engine):
        raise MediaPipeAnchorsError(field="engine", value=engine, expected="'local' or 'dask'")
    if client is not None and engine != "dask":
        raise MediaPipeAnchorsError(field="client", value=client, expected="None beside 'local'")
    check_drop(drop)
    task = _Task(input_size, resize, roi, min_size, image_size, clip, tuple(drop))
    shards = list(_shards([paths] if isinstance(paths, (str, os.PathLike)) else paths, format))
    if not shards:
        raise BoxesError("no path given, and so no box")
    results = enumerate(map(task, shards)) if engine == "local" else _on_dask(task, shards, client)
    total = _merged(results)
    if not total.sketch.num_boxes:
        raise BoxesError(nothing_left(total.report), path=total.report.path)
    return total


def _shards(
    paths: Iterable[str | os.PathLike[str]], format: str | None
) -> Iterator[tuple[str, str, bool]]:
    """Each shard with the name of its format, and whether that was detected."""
    for path in map(resolve, paths):
        found = find_format(path, format)
        for shard in found.shards(path):
            yield str(shard), found.name, format is None


@dataclasses.dataclass(frozen=True)
class _Task:
    """Reads a shard; travels to Dask's workers."""

    input_size: tuple[float, float] | None
    resize: Resize
    roi: Region | None
    min_size: float
    image_size: tuple[float, float] | None
    clip: bool
    drop: tuple[str, ...]

    def __call__(self, shard: tuple[str, str, bool]) -> BoxSketch:
        from mediapipe_anchors.fit.sketch import ShapeSketch

        path, format_name, detected = shard
        chunks = BoxChunks(
            path,
            format_name,
            image_size=self.image_size,
            clip=self.clip,
            drop=self.drop,
            allow_none=True,
        )
        sketch = ShapeSketch()
        on_input = []
        for boxes in chunks:
            seen = see(boxes, self.input_size, self.resize, self.roi, self.min_size, clip=False)
            sketch.add(seen.sides)
            on_input.append((seen.dropped, seen.noted))
        report = dataclasses.replace(chunks.report, detected=detected)
        for dropped, noted in on_input:
            report = report.with_more(dropped, noted)
        return BoxSketch(sketch, report)


def _merged(results: Iterable[tuple[int, BoxSketch]]) -> BoxSketch:
    """All in one, as they come with the number of their shard, on which order nothing depends."""
    from mediapipe_anchors.fit.sketch import ShapeSketch

    sketch = ShapeSketch()
    by_number = {}
    for number, result in results:
        sketch.merge(result.sketch)
        by_number[number] = result.report
    reports = [by_number[number] for number in sorted(by_number)]
    images = sum(report.images for report in reports)
    return BoxSketch(sketch, ReadReport.merge(reports, images))


def _on_dask(
    task: _Task, shards: list[tuple[str, str, bool]], client: Any
) -> Iterator[tuple[int, BoxSketch]]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise MissingExtraError('engine="dask"', "dask", str(error)) from error
    with contextlib.ExitStack() as stack:
        if client is None:
            client = stack.enter_context(Client(dashboard_address=_ANY_PORT))
        futures = client.map(task, shards, pure=False)
        numbers = {future.key: number for number, future in enumerate(futures)}
        stack.callback(client.cancel, futures)
        for future, result in as_completed(futures, with_results=True):
            yield numbers[future.key], result
            future.release()
