"""The steps of `fit`: read, find the number of anchors, fit, measure, compare."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.cli.fit_data import FitData, read_data
from mediapipe_anchors.cli.fit_options import in_words
from mediapipe_anchors.cli.fit_request import MAX_ANCHORS, MIN_GAIN, FitRequest
from mediapipe_anchors.cli.progress import Progress
from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.fit import (
    AnchorFitter,
    FitSummary,
    GridAnchorFitter,
    choose_n_anchors,
    compare_anchors,
    compare_layouts,
    describe_reach,
    summarize,
)
from mediapipe_anchors.fit.coverage import Coverage, measure_coverage
from mediapipe_anchors.fit.layouts import default_layouts
from mediapipe_anchors.fit.shape_fit import sketch_shapes
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.report.density import measure_density
from mediapipe_anchors.report.figures import FitReport, Rival, Settings
from mediapipe_anchors.report.layout_words import EACH_CLASS, LayoutChoice

Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class FitResult:
    """What `fit` found.

    Attributes:
        report: all figures.
        summary: of the shapes, by shape alone.
        stock: the options that stand for the anchors, where plain options were fitted.
    """

    report: FitReport
    summary: FitSummary
    stock: SsdAnchorsOptions | None

    def to_dict(self) -> dict[str, Any]:
        """All figures as JSON-ready values."""
        figures = self.report.to_dict()
        stock = None if self.stock is None else self.stock.to_pbtxt()
        return figures | {"fit": self.summary.to_dict(), "options": stock}


def run_fit(request: FitRequest, progress: Progress, command: str = "") -> FitResult:
    """All steps that the request asks for; writes the graph, where it names one."""
    from mediapipe_anchors.cli.fit_print import graph_text

    data = read_data(request, progress)
    result = _Steps(request, data, progress).run(command)
    if request.output is not None:
        request.output.write_text(graph_text(result), encoding="utf-8")
    return result


class _Steps:
    def __init__(self, request: FitRequest, data: FitData, progress: Progress) -> None:
        self._request, self._data, self._progress = request, data, progress
        self._sketch = data.sketch
        if request.class_balanced:
            self._sketch = sketch_shapes(data.wh, self._weights)

    @property
    def _weights(self) -> Floats | None:
        """Of each box; made when it is asked for, as it is large."""
        return self._data.class_weights() if self._request.class_balanced else None

    def run(self, command: str) -> FitResult:
        request, data = self._request, self._data
        curve = self._curve() if request.is_auto else None
        count = curve.chosen if curve is not None else int(request.n_anchors or 0)
        layout = request.grid_layout(count)
        choice = self._layouts(layout) if request.layouts else None
        fitter = self._fitter(layout, count)
        self._progress.step(f"Fitting anchors to {data.num_boxes:,} boxes")
        shapes, anchors, stock = self._fit(fitter, layout)
        coverage = self._measure(anchors)
        report = FitReport(
            settings=self._settings(command, layout),
            read=data.report,
            coverage=coverage,
            layout=layout,
            density=measure_density(data.wh, shapes, request.size, data.counts),
            rival=self._rival(layout, count) if request.wants_all else None,
            curve=curve,
            comparison=self._comparison(fitter),
            layouts=choice,
            reach=None if data.xywh is None else self._reach(layout),
            output=None if request.output is None else str(request.output),
        )
        return FitResult(report, summarize(data.wh, shapes, request.size, data.counts), stock)

    def _curve(self) -> Any:
        request, data = self._request, self._data
        most = request.max_anchors or MAX_ANCHORS
        return choose_n_anchors(
            data.wh,
            data.groups,
            max_anchors=most,
            target_recall=request.target_recall,
            min_gain=MIN_GAIN if request.min_gain is None else request.min_gain,
            objective=request.objective,
            iou_threshold=request.iou_threshold,
            algorithm=request.algorithm,
            sample_weight=self._weights,
            anchors_per_shape=request.cost,
            random_state=request.seed,
            progress=self._progress.step(f"Trying 1 to {most} anchors on held-out images"),
        )

    def _fitter(self, layout: GridLayout, count: int) -> Any:
        request = self._request
        common: dict[str, Any] = {
            "objective": request.objective,
            "iou_threshold": request.iou_threshold,
            "random_state": request.seed,
        }
        if request.grid is None:
            return AnchorFitter(count, algorithm=request.algorithm, **common)
        kept = layout if request.layout is None else request.layout[1]
        return GridAnchorFitter(kept, kind=request.grid, **common)

    def _fit(
        self, fitter: Any, layout: GridLayout
    ) -> tuple[Floats, Floats, SsdAnchorsOptions | None]:
        """Shapes in the order of the layout, all anchors, and options where plain ones are kept."""
        if self._request.grid is None:
            shapes: Floats = fitter.fit(self._sketch).anchors_
            return shapes, layout.place(shapes).astype(np.float64), None
        fitter.fit(self._placed("--grid"), sample_weight=self._weights)
        anchors: Floats = fitter.anchors_.astype(np.float64)
        if self._request.grid == "free":
            return fitter.shapes_, anchors, None
        first, shapes_of = 0, []
        for (columns, rows), number in zip(
            layout.feature_maps, layout.anchors_per_cell, strict=True
        ):
            shapes_of.append(anchors[first : first + number, 2:])
            first += columns * rows * number
        return layout.in_shape_order(np.concatenate(shapes_of)), anchors, fitter.options_

    def _measure(self, anchors: Floats) -> Coverage:
        data = self._data
        return measure_coverage(
            data.wh if data.xywh is None else data.xywh,
            anchors,
            input_size=self._request.size,
            weights=data.counts,
            image_ids=data.image_ids,
            class_ids=data.class_ids,
            image_names=data.image_names,
            labels=data.labels,
        )

    def _rival(self, layout: GridLayout, count: int) -> Rival | None:
        """The options whose layout was kept, or plain k-means."""
        if self._request.layout is not None:
            name, options = self._request.layout
            anchors = generate_anchors(options).astype(np.float64)
        elif self._request.grid is not None or self._request.algorithm == "kmeans":
            return None
        else:
            self._progress.step("Comparing with k-means")
            name, kmeans = "k-means", AnchorFitter(count, algorithm="kmeans")
            anchors = layout.place(kmeans.fit(self._sketch).anchors_).astype(np.float64)
        reached = self._measure(anchors)
        return Rival(name, len(anchors), reached.shape, reached.placed)

    def _comparison(self, fitter: Any) -> tuple[str, Any] | None:
        request, data = self._request, self._data
        if request.compare is None:
            return None
        name, options = request.compare
        return name, compare_anchors(
            data.wh if request.grid is None else self._placed("--grid"),
            data.groups,
            options,
            fitter,
            iou_threshold=request.iou_threshold,
            min_gain=MIN_GAIN if request.min_gain is None else request.min_gain,
            sample_weight=self._weights,
            random_state=request.seed,
            progress=self._progress.step(f"Comparing with {name} on held-out images"),
        )

    def _layouts(self, used: GridLayout) -> LayoutChoice:
        """The layouts that keep to the budget; the one that is fitted among them, where it does."""
        request = self._request
        candidates = default_layouts(request.size)
        most, smallest = request.max_anchors_per_frame, request.smallest_object
        try:
            scores = compare_layouts(
                self._placed("--layouts"),
                request.size,
                groups=self._data.groups,
                max_anchors=most,
                smallest_px=smallest,
                candidates=candidates if used in candidates else [*candidates, used],
                iou_threshold=request.iou_threshold,
                sample_weight=self._weights,
                random_state=request.seed,
                progress=self._progress.step("Comparing layouts on held-out images"),
            )
        except MediaPipeAnchorsError as error:
            raise _of_option(error) from None
        return LayoutChoice(tuple(scores), used, request.iou_threshold, most, smallest)

    def _reach(self, layout: GridLayout) -> tuple[str, ...]:
        request = self._request
        lines = describe_reach(
            self._sketch.wh,
            layout,
            smallest_px=request.smallest_object,
            iou_threshold=request.iou_threshold,
            sample_weight=self._sketch.weights,
        )
        return (*lines, EACH_CLASS) if request.class_balanced else tuple(lines)

    def _placed(self, option: str) -> Floats:
        if self._data.xywh is None:
            raise MediaPipeAnchorsError(
                field=option, value="boxes without places", expected="corners, not sides alone"
            )
        return self._data.xywh

    def _settings(self, command: str, layout: GridLayout) -> Settings:
        request = self._request
        if request.grid is None:
            search = request.algorithm == "search"
            method = "shapes, wherever they stand, " + ("by search" if search else "by k-means")
        elif request.grid == "free":
            method = "shapes where they stand, on the cells of their feature maps"
        else:
            assert request.layout is not None
            method = f"scales and aspect ratios of {request.layout[0]}, where the anchors stand"
        if request.class_balanced:
            method += ", each class counting the same"
        return Settings(
            input_size=request.size,
            resize=request.resize,
            roi=request.roi,
            min_size=request.min_size,
            objective=in_words(request.objective),
            method=f"{method}; seed {request.seed}",
            on_grid=request.grid is not None,
            command=command,
            class_balanced=request.class_balanced,
        )


def _of_option(error: MediaPipeAnchorsError) -> MediaPipeAnchorsError:
    """The same error, of the option by which a limit of `compare_layouts` was given."""
    names = {"max_anchors": "--max-anchors-per-frame", "smallest_px": "--smallest-object"}
    if error.field not in names:
        return error
    return MediaPipeAnchorsError(
        field=names[error.field],
        value=error.value,
        expected=error.expected,
        fix="make the model input larger, or ask for a lower --iou-threshold"
        if error.field == "smallest_px"
        else None,
    )
