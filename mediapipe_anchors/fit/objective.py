"""What a fit maximises: one measure of how anchors match boxes, or a weighted blend."""

from __future__ import annotations

import dataclasses
import math
import numbers
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import MediaPipeAnchorsError

MEASURES = ("mean_iou", "recall", "ratio")


@dataclasses.dataclass(frozen=True)
class Objective:
    """The weighted sum of up to three measures, each a mean over the boxes, as the kernels take it.

    Attributes:
        iou: weight of the mean best IoU.
        recall: weight of the share of boxes whose best IoU is at least `iou_threshold`.
        iou_threshold: in (0, 1].
        ramp: width in IoU of a slope in place of the step at `iou_threshold`; 0 is the step. For a
            search, to which a step gives no direction, and for boxes put together in a sketch.
        ratio: weight of the fitness of YOLOv5's autoanchor: the mean of the best side ratio
            min(w / aw, aw / w, h / ah, ah / h), where above `ratio_threshold`, else 0.
        ratio_threshold: in [0, 1): 1 over YOLOv5's `anchor_t`.
    """

    iou: float = 0.0
    recall: float = 0.0
    iou_threshold: float = 0.5
    ramp: float = 0.0
    ratio: float = 0.0
    ratio_threshold: float = 0.25

    @classmethod
    def of(cls, objective: Any, iou_threshold: float, ratio_limit: float) -> Objective:
        """The objective that parameters of a fitter stand for.

        Args:
            objective: one of `MEASURES`, or a mapping of some of them to their weights, which count
                relative to each other.
            iou_threshold: see the class.
            ratio_limit: how many times a side may differ, YOLOv5's `anchor_t`; above 1.

        Raises:
            MediaPipeAnchorsError: an unknown measure, or a number out of range.
        """
        weights = {objective: 1.0} if isinstance(objective, str) else objective
        expected = f"one of {', '.join(MEASURES)}, or their weights as a dict"
        if not (isinstance(weights, Mapping) and weights and set(weights) <= set(MEASURES)):
            raise MediaPipeAnchorsError(field="objective", value=objective, expected=expected)
        if not all(_is_number(weight) and weight >= 0 for weight in weights.values()):
            raise MediaPipeAnchorsError(
                field="objective", value=objective, expected="finite weights of 0 or more"
            )
        total = sum(map(float, weights.values()))
        if not 0 < total < math.inf:
            raise MediaPipeAnchorsError(
                field="objective", value=objective, expected="finite weights, not all 0"
            )
        if not (_is_number(iou_threshold) and 0 < iou_threshold <= 1):
            raise MediaPipeAnchorsError(
                field="iou_threshold", value=iou_threshold, expected="above 0 and at most 1"
            )
        if not (_is_number(ratio_limit) and 1 < ratio_limit < math.inf):
            raise MediaPipeAnchorsError(field="ratio_limit", value=ratio_limit, expected="above 1")
        return cls(
            iou=weights.get("mean_iou", 0.0) / total,
            recall=weights.get("recall", 0.0) / total,
            iou_threshold=float(iou_threshold),
            ratio=weights.get("ratio", 0.0) / total,
            ratio_threshold=1.0 / float(ratio_limit),
        )

    def of_iou(self, iou: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What each box adds by its best IoU, as the kernels have it; the ratio is left out."""
        if self.ramp > 0:
            reached = np.clip((iou - self.iou_threshold) / self.ramp + 0.5, 0, 1)
        else:
            reached = iou >= self.iou_threshold
        return self.iou * iou + self.recall * reached

    def blurred(self, blur: float) -> Objective:
        """The same for boxes of which each stands for some, as `Population.blur` has it.

        Their IoU differ by as much, so that at the threshold a part of them counts and not all.
        """
        return dataclasses.replace(self, ramp=self.iou_threshold * blur) if blur else self

    def softened(self, ramp: float) -> Objective:
        """The same with a slope that wide in place of the step at `iou_threshold`.

        A little of the mean IoU is added where recall stands alone, so that among equal recalls the
        better anchors win and boxes out of reach still pull.
        """
        iou = self.iou if self.iou or not self.recall else 0.02 * self.recall
        return dataclasses.replace(self, ramp=ramp, iou=iou)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    return bool(-sys.float_info.max <= value <= sys.float_info.max)  # type: ignore[operator]
