"""The boxes that `fit` works on: read from all files, as the model input shows them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes import Boxes, ReadReport, iter_boxes, sketch_boxes
from mediapipe_anchors.boxes.gather import Column, NameNumbers
from mediapipe_anchors.boxes.model_input import see
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.cli.fit_request import FitRequest
from mediapipe_anchors.cli.progress import Progress
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError
from mediapipe_anchors.fit.sketch import ShapeSketch

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Update = Callable[[int, int | None], None]


@dataclasses.dataclass(frozen=True, eq=False)
class FitData:
    """N boxes on the model input, or the sketch of more.

    Attributes:
        wh: float64 [N, 2], as fractions of the model input.
        xywh: float64 [N, 4], likewise; None where places are not known.
        counts: float64 [N], how many boxes a row stands for; None is 1 each.
        sketch: of the shapes of all boxes.
        image_ids: int32 [N], -1 where images are not told apart.
        class_ids: int32 [N], -1 where there are none.
        image_names: names of the images.
        labels: names of the classes.
        report: how they were read, and what of them the model input does not show.
    """

    wh: Floats
    xywh: Floats | None
    counts: Floats | None
    sketch: ShapeSketch
    image_ids: Integers
    class_ids: Integers
    image_names: Sequence[str]
    labels: Sequence[str]
    report: ReadReport

    @property
    def num_boxes(self) -> int:
        """How many boxes the rows stand for."""
        return self.report.kept

    @property
    def groups(self) -> Integers | None:
        """The image of each box, to hold out as a whole; None where images are not told apart."""
        return self.image_ids if (self.image_ids >= 0).all() else None

    def class_weights(self) -> Floats:
        """float64 [N], by which each class counts the same in all."""
        if (self.class_ids < 0).any():
            raise MediaPipeAnchorsError(
                field="--class-balanced",
                value="boxes without a class",
                expected="a class for each box",
                fix="leave the option out",
            )
        boxes = np.bincount(self.class_ids)
        weights: Floats = len(self.wh) / (np.count_nonzero(boxes) * boxes.clip(1))
        return weights[self.class_ids]


def read_data(request: FitRequest, progress: Progress) -> FitData:
    """Read all files of the request."""
    update = progress.step("Reading boxes")
    view: dict[str, Any] = {
        "input_size": request.size,
        "resize": request.resize,
        "roi": request.roi,
        "min_size": request.min_size,
    }
    if request.engine is not None:
        found = sketch_boxes(
            request.paths,
            request.format_name,
            image_size=request.image_size,
            clip=request.clip,
            engine=request.engine,  # type: ignore[arg-type]
            **view,
        )
        sketch, shapes = found.sketch, found.sketch.wh
        none = np.full(len(shapes), -1, np.int32)
        return FitData(shapes, None, sketch.weights, sketch, none, none, (), (), found.report)
    gathered = _Gathered(view)
    return gathered.take([_read_one(path, request, gathered, update) for path in request.paths])


def _read_one(path: Path, request: FitRequest, gathered: _Gathered, update: Update) -> ReadReport:
    chunks = iter_boxes(path, request.format_name, image_size=request.image_size, clip=request.clip)
    for chunk in chunks:
        gathered.add(chunk)
        update(gathered.num_boxes, None)
    return chunks.report


class _Gathered:
    """Boxes of all files on the model input."""

    def __init__(self, view: dict[str, Any]) -> None:
        self.num_boxes = 0
        self._view = view
        self._kinds: set[tuple[bool, bool]] = set()
        self._boxes: Column | None = None  # x_center, y_center, w, h where places are known
        self._sketch = ShapeSketch()
        self._image_ids, self._class_ids = Column(np.int32), Column(np.int32)
        self._images, self._labels = NameNumbers(), NameNumbers()
        self._unseen: list[tuple[dict[str, int], dict[str, int]]] = []

    def add(self, boxes: Boxes) -> None:
        """Add a chunk."""
        _check_alike(self._kinds, boxes)
        seen = see(boxes, **self._view, clip=False)
        rows = seen.placed().xywh if boxes.places_known else seen.sides
        if self._boxes is None:
            self._boxes = Column(np.float64, rows.shape[1])
        self._boxes.add(rows)
        self._sketch.add(seen.sides)
        images = self._images.number(Names(boxes.image_ids, boxes.image_names))
        labels = self._labels.number(Names(boxes.class_ids, boxes.labels))
        self._image_ids.add(images[seen.rows])
        self._class_ids.add(labels[seen.rows])
        self._unseen.append((seen.dropped, seen.noted))
        self.num_boxes += len(boxes)

    def take(self, reports: Sequence[ReadReport]) -> FitData:
        """All of them."""
        report = reports[0]
        if len(reports) > 1:
            report = ReadReport.merge(reports, len(self._images.names))
        for dropped, noted in self._unseen:
            report = report.with_more(dropped, noted)
        if not self._boxes:
            text = f"no box left of {self.num_boxes:,} on the model input: {report.dropped}"
            raise BoxesError(text)
        rows = self._boxes.take()
        return FitData(
            wh=rows[:, -2:],
            xywh=rows if rows.shape[1] == 4 else None,
            counts=None,
            sketch=self._sketch,
            image_ids=self._image_ids.take(),
            class_ids=self._class_ids.take(),
            image_names=self._images.names,
            labels=self._labels.names,
            report=report,
        )


def _check_alike(kinds: set[tuple[bool, bool]], boxes: Boxes) -> None:
    """Files with and without places, or sizes of images, do not go together."""
    kinds.add((boxes.sizes_known, boxes.places_known))
    names = ("image sizes", "places of the boxes")
    for name, known in zip(names, zip(*kinds, strict=True), strict=True):
        if len(set(known)) > 1:
            raise BoxesError(f"some of the files state the {name}, others do not: fit them apart")
