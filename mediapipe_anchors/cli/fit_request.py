"""`FitRequest`: what the command line of `fit` asks for, checked as a whole."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.options import SsdAnchorsOptions

STRIDES = (8, 16, 32)
N_ANCHORS = 9
MAX_ANCHORS = 12
MIN_GAIN = 0.01
Named = tuple[str, SsdAnchorsOptions]


@dataclasses.dataclass(kw_only=True)
class FitRequest:
    """The options of `fit`, by the names that they have there; None is not given.

    Attributes:
        n_anchors: a number, or "auto".
        layout, compare: the name that was given, and the options that it stands for.
        wants_all: whether also figures are wanted that the printed table does not have.
    """

    paths: tuple[Path, ...]
    input_size: tuple[int, int] | None
    format_name: str | None
    image_size: tuple[int, int] | None
    clip: bool
    engine: str | None
    resize: Any
    roi: tuple[float, float, float, float] | None
    min_size: float
    n_anchors: int | str | None
    max_anchors: int | None
    target_recall: float | None
    min_gain: float | None
    objective: str | dict[str, float]
    iou_threshold: float
    algorithm: Any
    class_balanced: bool
    seed: int
    strides: tuple[int, ...] | None
    anchors_per_cell: tuple[int, ...] | None
    layout: Named | None
    grid: Any
    compare: Named | None
    layouts: bool
    max_anchors_per_frame: int | None
    smallest_object: float | None
    output: Path | None
    wants_all: bool

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the model input."""
        assert self.input_size is not None
        return self.input_size

    @property
    def is_auto(self) -> bool:
        """Whether the number of anchors is to be found."""
        return self.n_anchors == "auto"

    def check(self) -> None:
        """Refuse options that exclude each other, and fill in what follows from others."""
        _refuse_all(self)
        if self.grid is None and (self.layout or self.anchors_per_cell):
            self.grid = "free"
        if self.layout is not None:
            options = self.layout[1]
            own = (options.input_size_width or 0, options.input_size_height or 0)
            if self.input_size is None and min(own) > 0:
                self.input_size = own
            elif self.input_size != own and min(own) > 0:
                raise click.UsageError(
                    f"--input-size: got {_as_size(self.input_size)}, expected {_as_size(own)}, as "
                    f"{self.layout[0]} has it"
                )
        if self.input_size is None:
            raise click.UsageError("Missing option '--input-size'.")
        if self.n_anchors is None:
            self.n_anchors = N_ANCHORS
        if not self.is_auto:
            self.grid_layout(int(self.n_anchors))  # what is wrong with it is said before reading

    def grid_layout(self, n_anchors: int) -> GridLayout:
        """Where `n_anchors` shapes, or those of the options that say how many, stand."""
        if self.layout is not None:
            return GridLayout.of_options(self.layout[1])
        if self.anchors_per_cell is not None:
            return GridLayout(self.size, self.strides or STRIDES, self.anchors_per_cell)
        return GridLayout.even(self.size, self.strides or STRIDES[:n_anchors], n_anchors)

    def cost(self, n_anchors: int) -> int:
        """Anchors per frame of so many shapes; fewer strides where there are fewer shapes."""
        strides = (self.strides or STRIDES)[:n_anchors]
        return GridLayout.even(self.size, strides, n_anchors).num_anchors


def _refuse_all(request: FitRequest) -> None:
    says = "which says how many"
    for is_wrong, message in (
        (request.layout and request.strides, "--strides: not beside --layout, which has its own"),
        (
            request.layout and request.anchors_per_cell,
            f"--anchors-per-cell: not beside --layout, {says}",
        ),
        (request.layout and request.n_anchors, f"-k: not beside --layout, {says}"),
        (
            request.anchors_per_cell and request.n_anchors,
            f"-k: not beside --anchors-per-cell, {says}",
        ),
        (
            request.grid == "stock" and not request.layout,
            "--grid stock: needs --layout, the options whose numbers are fitted",
        ),
        (
            request.algorithm == "kmeans" and (request.grid or request.layout),
            "--algorithm kmeans: not with --grid; it does not know where anchors stand",
        ),
        (
            request.algorithm == "kmeans" and request.objective != "mean_iou",
            "--algorithm kmeans: not with --objective; it has its own",
        ),
        (request.max_anchors and not request.is_auto, "--max-anchors: only with -k auto"),
        (
            request.target_recall is not None and not request.is_auto,
            "--target-recall: only with -k auto",
        ),
        (
            request.min_gain is not None and not (request.is_auto or request.compare),
            "--min-gain: only with -k auto or --compare",
        ),
        *(
            (value is not None and not request.layouts, f"{name}: only with --layouts")
            for name, value in (
                ("--max-anchors-per-frame", request.max_anchors_per_frame),
                ("--smallest-object", request.smallest_object),
            )
        ),
        *(
            (
                request.engine and value,
                f"{name}: not with --engine, which reads shapes alone, without images and classes",
            )
            for name, value in (
                ("-k auto", request.is_auto),
                ("--grid", request.grid or request.layout or request.anchors_per_cell),
                ("--compare", request.compare),
                ("--class-balanced", request.class_balanced),
                ("--layouts", request.layouts),
            )
        ),
    ):
        if is_wrong:
            raise click.UsageError(message)


def _as_size(size: tuple[int, int] | None) -> str:
    return "none" if size is None else f"{size[0]}x{size[1]}"
