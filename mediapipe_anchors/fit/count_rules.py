"""The rules that choose a number of anchors from what each number reaches on held-out boxes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.fit.folds import spread

Floats = npt.NDArray[np.float64]


def by_target(recalls: Floats, target_recall: float, iou_threshold: float) -> tuple[int, str]:
    """The smallest number of anchors whose held-out recall reaches a target, and why.

    Args:
        recalls: float64 [m, folds], of 1 to m anchors.
        target_recall: what the mean over the folds must reach.
        iou_threshold: of the recalls.

    Raises:
        MediaPipeAnchorsError: none does.
    """
    mean, measure = recalls.mean(axis=1), f"held-out recall at IoU {iou_threshold:g}"
    reached = np.flatnonzero(mean >= target_recall)
    if not len(reached):
        best = int(mean.argmax())
        raise MediaPipeAnchorsError(
            field="target_recall",
            value=target_recall,
            expected=f"at most {np.floor(mean[best] * 1e4) / 1e4:g}, the {measure} that "
            f"{_anchors(best + 1)} of 1 to {len(mean)} reach",
            fix="raise max_anchors, or ask for less",
        )
    k = int(reached[0])
    rule = (
        f"{_anchors(k + 1)}: the smallest number whose {measure} reaches {target_recall:g} "
        f"({mean[k]:.4f} +- {spread(recalls)[k]:.4f} over {recalls.shape[1]} folds)"
    )
    return k + 1, rule + (f"; with {k} it is {mean[k - 1]:.4f}" if k else "")


def by_gain(values: Floats, min_gain: float, name: str) -> tuple[int, str]:
    """The smallest number from which no larger one adds enough a further anchor, and why.

    Args:
        values: float64 [m, folds], what 1 to m anchors reach.
        min_gain: what the mean gain over the folds, less its standard deviation, must reach for
            each further anchor.
        name: what the values are.
    """
    largest, folds = values.shape
    for k in range(largest):
        gains = values[k + 1 :] - values[k]
        sure = gains.mean(axis=1) - spread(gains)
        if not (sure >= min_gain * np.arange(1, largest - k)).any():
            break
    over = f"beyond the spread over {folds} folds"
    if k + 1 < largest:
        why = f"more, up to {largest}, add less than {min_gain:g} each to the {name}, {over}"
        return k + 1, f"{_anchors(k + 1)}: {why}; one more adds {_gain(values, k)}"
    why = "the largest number tried"
    if k:
        why += f"; each still adds {min_gain:g} or more to the {name}, {over}"
        why += f"; the last adds {_gain(values, k - 1)}"
    return largest, f"{_anchors(largest)}: {why}"


def _gain(values: Floats, k: int) -> str:
    gain = values[k + 1] - values[k]
    return f"{gain.mean():.4f} +- {spread(gain):.4f}"


def _anchors(count: int) -> str:
    return "1 anchor" if count == 1 else f"{count} anchors"
