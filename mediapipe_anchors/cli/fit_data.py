"""The boxes that `fit` works on: read from all files, as the model input shows them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes import Boxes, ReadReport, iter_boxes, sketch_boxes
from mediapipe_anchors.boxes.collect import concatenate
from mediapipe_anchors.cli.fit_request import FitRequest
from mediapipe_anchors.cli.progress import Progress
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False)
class FitData:
    """N boxes on the model input, or the sketch of more.

    Attributes:
        wh: float64 [N, 2], as fractions of the model input.
        xywh: float64 [N, 4], likewise; None where places are not known.
        counts: float64 [N], how many boxes a row stands for; None is 1 each.
        image_ids: int64 [N], -1 where images are not told apart.
        class_ids: int64 [N], -1 where there are none.
        image_names: names of the images.
        labels: names of the classes.
        report: how they were read, and what of them the model input does not show.
    """

    wh: Floats
    xywh: Floats | None
    counts: Floats | None
    image_ids: Integers
    class_ids: Integers
    image_names: tuple[str, ...]
    labels: tuple[str, ...]
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
        from sklearn.utils.class_weight import compute_sample_weight

        if (self.class_ids < 0).any():
            raise MediaPipeAnchorsError(
                field="--class-balanced",
                value="boxes without a class",
                expected="a class for each box",
                fix="leave the option out",
            )
        weights: Floats = compute_sample_weight("balanced", self.class_ids)
        return weights


def read_data(request: FitRequest, progress: Progress) -> FitData:
    """Read all files of the request."""
    view: dict[str, Any] = {
        "input_size": request.size,
        "resize": request.resize,
        "roi": request.roi,
        "min_size": request.min_size,
    }
    if request.engine is not None:
        progress.step("Reading boxes")
        found = sketch_boxes(
            request.paths,
            request.format_name,
            image_size=request.image_size,
            clip=request.clip,
            engine=request.engine,  # type: ignore[arg-type]
            **view,
        )
        none = np.full(len(found.sketch.wh), -1)
        sketch = found.sketch
        return FitData(sketch.wh, None, sketch.weights, none, none, (), (), found.report)
    boxes = _read_all(request, progress)
    if boxes.places_known:
        seen = boxes.on_input(**view, clip=False)
        wh, xywh, rows = seen.wh, seen.xywh, seen.rows
        report = boxes.report.with_more(seen.dropped, seen.noted)
    else:
        wh, xywh, rows = boxes.wh(**view), None, np.arange(len(boxes))
        report = boxes.report
    if not len(wh):
        raise BoxesError(f"no box left of {len(boxes):,} on the model input: {report.dropped}")
    return FitData(
        wh=wh,
        xywh=xywh,
        counts=None,
        image_ids=boxes.image_ids[rows],
        class_ids=boxes.class_ids[rows],
        image_names=boxes.image_names,
        labels=boxes.labels,
        report=report,
    )


def _read_all(request: FitRequest, progress: Progress) -> Boxes:
    update = progress.step("Reading boxes")
    parts, reports = [], []
    for path in request.paths:
        chunks = iter_boxes(
            path, request.format_name, image_size=request.image_size, clip=request.clip
        )
        for chunk in chunks:
            parts.append(chunk)
            update(sum(map(len, parts)), None)
        reports.append(chunks.report)
    boxes = concatenate(parts, reports[0])
    report = ReadReport.merge(reports, len(boxes.image_names)) if len(reports) > 1 else reports[0]
    _check_alike(parts)
    return dataclasses.replace(boxes, report=report)


def _check_alike(parts: list[Boxes]) -> None:
    """Files with and without places, or sizes of images, do not go together."""
    for name in ("sizes_known", "places_known"):
        if len({getattr(part, name) for part in parts}) > 1:
            kind = "image sizes" if name == "sizes_known" else "places of the boxes"
            raise BoxesError(f"some of the files state the {kind}, others do not: fit them apart")
