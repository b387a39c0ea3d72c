"""`FitSummary`: how anchors fit boxes by shape, in the figures that a user needs."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import in_chunks
from mediapipe_anchors.fit.shapes import best_anchor

Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class FitSummary:
    """How anchors fit boxes, by shape.

    Attributes:
        anchors: float64 [k, 2], w, h as fractions of the model input.
        input_size: (width, height) of the model input in pixels.
        boxes: number of boxes.
        mean_best_iou: mean over the boxes of the IoU with the best anchor.
        recall: share of the boxes whose best IoU is at least 0.5.
        boxes_per_anchor: int64 [k], how many boxes each anchor fits best.
    """

    anchors: Floats
    input_size: tuple[int, int]
    boxes: int
    mean_best_iou: float
    recall: float
    boxes_per_anchor: npt.NDArray[np.int64]

    @property
    def anchors_px(self) -> Floats:
        """float64 [k, 2], w, h in pixels of the model input."""
        return self.anchors * self.input_size

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON-ready values."""
        return {
            "boxes": self.boxes,
            "mean_best_iou": self.mean_best_iou,
            "recall_at_0.5": self.recall,
            "input_size": list(self.input_size),
            "anchors": self.anchors.tolist(),
            "anchors_px": self.anchors_px.tolist(),
            "boxes_per_anchor": self.boxes_per_anchor.tolist(),
        }


def summarize(
    wh: Floats,
    anchors: Floats,
    input_size: tuple[int, int],
    weights: Floats | None = None,
) -> FitSummary:
    """Measure how `anchors` fit boxes.

    Args:
        wh: float64 [N, 2], width and height as fractions of the model input (`Boxes.wh`).
        anchors: float64 [k, 2], w, h in the same unit (`AnchorFitter.anchors_`).
        input_size: (width, height) of the model input in pixels.
        weights: float64 [N], how many boxes each row stands for (`ShapeSketch.weights`); None is 1
            each.
    """
    of_anchor, iou, reached = np.zeros(len(anchors)), 0.0, 0.0
    for part in in_chunks(len(wh)):
        index, best = best_anchor(wh[part], anchors)
        counts = np.ones(len(best)) if weights is None else weights[part]
        of_anchor += np.bincount(index, weights=counts, minlength=len(anchors))
        iou += float((counts * best).sum())
        reached += float((counts * (best >= 0.5)).sum())
    total = float(of_anchor.sum())
    return FitSummary(
        anchors=anchors,
        input_size=input_size,
        boxes=round(total),
        mean_best_iou=iou / total,
        recall=reached / total,
        boxes_per_anchor=np.rint(of_anchor).astype(np.int64),
    )
