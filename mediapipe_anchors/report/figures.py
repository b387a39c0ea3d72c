"""`FitReport`: all figures of a fit, for the page and for programs."""

from __future__ import annotations

import dataclasses
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes import ReadReport
from mediapipe_anchors.fit.coverage import Coverage, Matching
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.report.density import Density
from mediapipe_anchors.report.layout_words import LayoutChoice

Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Settings:
    """What was asked for.

    Attributes:
        input_size: (width, height) of the model input in pixels.
        resize: how an image becomes the model input.
        roi: region of the image, as fractions, or None.
        min_size: pixels of the model input below which boxes are left out.
        objective: what the fit maximises, in words.
        method: how the anchors were found, in words.
        on_grid: whether they were fitted where they stand, not by shape alone.
        class_balanced: whether each class counted the same.
        command: the command line that made the report, or "".
    """

    input_size: tuple[int, int]
    resize: str
    roi: tuple[float, float, float, float] | None
    min_size: float
    objective: str
    method: str
    on_grid: bool
    command: str = ""
    class_balanced: bool = False


@dataclasses.dataclass(frozen=True)
class Rival:
    """Other anchors, measured on the same boxes in the same way.

    Attributes:
        name: what they are called.
        anchors: how many in all.
        shape, placed: what they reach, as in `Coverage`.
    """

    name: str
    anchors: int
    shape: Matching
    placed: Matching | None


@dataclasses.dataclass(frozen=True, eq=False)
class FitReport:
    """All figures of a fit; what was not asked for is None.

    Attributes:
        settings: what was asked for.
        read: how the boxes were read, and what of them the model input does not show.
        coverage: how the fitted anchors cover the boxes.
        layout: where the anchors stand.
        density: for the picture of widths and heights.
        rival: other anchors measured on the same boxes.
        curve: an `AnchorCurve`.
        comparison: name of the anchors in use, and a `Comparison` with them.
        layouts: the layouts compared.
        reach: what `describe_reach` says, line by line.
        output: the file with the anchors.
    """

    settings: Settings
    read: ReadReport
    coverage: Coverage
    layout: GridLayout
    density: Density
    rival: Rival | None = None
    curve: Any = None
    comparison: tuple[str, Any] | None = None
    layouts: LayoutChoice | None = None
    reach: tuple[str, ...] | None = None
    output: str | None = None

    @property
    def name(self) -> str:
        """Of the data set: the file or folder without the folders it is in."""
        return PurePath(self.read.path).name or self.read.path

    @property
    def title(self) -> str:
        """The name less the endings that say how it is packed."""
        name = self.name
        for ending in (".gz", ".csv", ".json", ".parquet", ".txt"):
            name = name.removesuffix(ending) or name
        return name

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-ready values."""
        comparison = self.comparison
        return {
            "read": self.read.to_dict(),
            "resize": self.settings.resize,
            "settings": dataclasses.asdict(self.settings),
            "coverage": self.coverage.to_dict(),
            "layout": dataclasses.asdict(self.layout) | {"num_anchors": self.layout.num_anchors},
            "rival": None if self.rival is None else dataclasses.asdict(self.rival),
            "curve": None if self.curve is None else self.curve.to_dict(),
            "comparison": comparison and {"with": comparison[0], **comparison[1].to_dict()},
            "layouts": self.layouts and [each.to_dict() for each in self.layouts.scores],
            "layout_choice": self.layouts and self.layouts.to_dict(),
            "reach": self.reach,
            "output": self.output,
        }
