"""`Boxes`: the usable boxes of a data set, one array a column, and how they were read."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.geometry import Floats, Region, Resize
from mediapipe_anchors.boxes.model_input import InputBoxes, see


@dataclasses.dataclass(frozen=True)
class ReadReport:
    """What was read, and what became of it: `read` = `kept` + the sum of `dropped`.

    Attributes:
        path: the file or folder, or the type of the object, such as "<DataFrame>".
        format: name of the format.
        detected: whether the format was found out (False: the caller named it).
        read: boxes found in the source.
        kept: boxes that can be used.
        images: images with at least one box that can be used; 0 where the source names none.
        dropped: boxes left out, by reason; each counts once, under the first reason that holds.
        noted: boxes kept although something is to be said about them, by remark ("clipped to the
            image", "beyond the image", "duplicate", "repeated image id", any flag ...); a box may
            count under several.
    """

    path: str
    format: str
    detected: bool
    read: int
    kept: int
    images: int
    dropped: dict[str, int]
    noted: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return dataclasses.asdict(self)

    @staticmethod
    def merge(reports: Sequence[ReadReport], images: int) -> ReadReport:
        """The report of several readings together, in which `images` images were found."""
        paths = list(dict.fromkeys(report.path for report in reports))
        return dataclasses.replace(
            reports[0],
            path=paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more",
            format=", ".join(dict.fromkeys(report.format for report in reports)),
            read=sum(report.read for report in reports),
            kept=sum(report.kept for report in reports),
            images=images,
            dropped=_sums(report.dropped for report in reports),
            noted=_sums(report.noted for report in reports),
        )

    def with_more(self, dropped: dict[str, int], noted: dict[str, int]) -> ReadReport:
        """The report once more of the kept boxes are dropped, and more is noted of the others."""
        return dataclasses.replace(
            self,
            kept=self.kept - sum(dropped.values()),
            dropped=_sums([self.dropped, dropped]),
            noted=_sums([self.noted, noted]),
        )


def _sums(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


@dataclasses.dataclass(frozen=True, eq=False)
class Boxes:
    """N boxes of positive area, each with the size of its image.

    Attributes:
        xyxy: float64 [N, 4], xmin, ymin, xmax, ymax in pixels of the image; width = xmax - xmin.
        image_sizes: float64 [N, 2], width and height in pixels of the image that holds the box.
        image_ids: int64 [N], index into `image_names`: the group to split data by; -1 where the
            source does not tell images apart.
        class_ids: int64 [N], index into `labels`; -1 where the source names no class.
        image_names: names of the images that hold the boxes.
        labels: names of the classes.
        report: how they were read.
        sizes_known: False where the source states fractions of images of unknown size: `xyxy` is in
            fractions then, `image_sizes` is 1, and only `resize="stretch"` can be computed.
        places_known: False where the source states width and height alone: `xyxy` starts at 0, 0.
    """

    xyxy: Floats
    image_sizes: Floats
    image_ids: npt.NDArray[np.int64]
    class_ids: npt.NDArray[np.int64]
    image_names: tuple[str, ...]
    labels: tuple[str, ...]
    report: ReadReport
    sizes_known: bool = True
    places_known: bool = True

    def __len__(self) -> int:
        return len(self.xyxy)

    def wh(
        self,
        input_size: tuple[float, float] | None = None,
        *,
        resize: Resize = "stretch",
        roi: Region | None = None,
        min_size: float = 0.0,
    ) -> Floats:
        """Width and height of each box as fractions of the model input.

        What `on_input(..., clip=False)` gives as its `wh`, which says what `roi` and `min_size`
        left out; here too they leave fewer rows. It needs no places of the boxes.

        Returns:
            float64 [N, 2], the X of `AnchorFitter`.

        Raises:
            MediaPipeAnchorsError: as `on_input`.
        """
        return see(self, input_size, resize, roi, min_size, clip=False).sides

    def on_input(
        self,
        input_size: tuple[float, float] | None = None,
        *,
        resize: Resize = "stretch",
        roi: Region | None = None,
        min_size: float = 0.0,
        clip: bool = True,
    ) -> InputBoxes:
        """The boxes where they stand on the model input, and what of them it does not show.

        Args:
            input_size: (width, height) of the model input in pixels; only "stretch" does without.
            resize: how the image, or the region `roi` of it, becomes the model input. "stretch":
                each side scaled to fit. "letterbox": both sides scaled by the one factor at which
                it fits, with what lies around the region, else a border, beside it
                (`keep_aspect_ratio` of `ImageToTensorCalculator`). "center_crop": both sides scaled
                by the one factor at which it covers the input; what stands over is cut off.
            roi: the region, xmin, ymin, xmax, ymax as fractions of the image; None is all of it.
            min_size: boxes with a side of fewer pixels of the model input are left out.
            clip: cut boxes that reach beyond what the input shows of their image; False cuts them
                only where `roi` or "center_crop" shows a part of it.

        Returns:
            The boxes that are left. `dropped` counts the others by reason.

        Raises:
            MediaPipeAnchorsError: an argument is not valid, `input_size` is missing, or what it
                takes is not known: the size of the images, or the places of the boxes.
        """
        return see(self, input_size, resize, roi, min_size, clip).placed()
