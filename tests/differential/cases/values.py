"""Random numbers as hostile as a model's output may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections

Rng = np.random.Generator
Floats = npt.NDArray[np.float32]

SPECIAL = np.array(
    [
        np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0,
        np.finfo(np.float32).max, -np.finfo(np.float32).max,
        np.finfo(np.float32).tiny, 1e-45, -1e-45, 88.8, -88.8, -104.0, 1e30, -1e30,
    ],
    np.float32,
)  # fmt: skip


def chance(rng: Rng, probability: float) -> bool:
    return bool(rng.random() < probability)


def pick(rng: Rng, choices: Sequence[Any]) -> Any:
    return choices[int(rng.integers(len(choices)))]


def floats(rng: Rng, shape: tuple[int, ...], *, special: float | None = None) -> Floats:
    """Plain, coarse (many ties), saturated or huge numbers; a share `special` is odd."""
    kind = pick(rng, ["plain", "plain", "coarse", "saturated", "wide"])
    values = rng.standard_normal(shape)
    if kind == "coarse":
        values = np.round(values * 2) / 2
    elif kind == "saturated":
        values = np.where(rng.random(shape) < 0.5, 25.0, -25.0) + np.round(values)
    elif kind == "wide":
        values = values * 10.0 ** rng.integers(-40, 38, shape)
    values = values.astype(np.float32)
    share = pick(rng, [0.0, 0.0, 0.05, 0.3]) if special is None else special
    odd = rng.random(shape) < share
    values[odd] = rng.choice(SPECIAL, int(odd.sum()))
    return values


def beside(rng: Rng, value: np.float32) -> float:
    """`value` itself or a float32 next to it: where a threshold must not be off by one."""
    direction = pick(rng, [0.0, 0.0, -np.inf, np.inf])
    with np.errstate(over="ignore"):
        return float(np.nextafter(value, np.float32(direction)) if direction else value)


def boxes_near_each_other(rng: Rng, n: int) -> Floats:
    """[n, 4] xmin, ymin, width, height that overlap, touch, nest, repeat, are empty or odd."""
    kind = pick(rng, ["clusters", "grid", "plain", "odd"])
    if kind == "grid":
        corners = rng.integers(0, 5, (n, 2)) / 4
        sizes = rng.integers(0, 4, (n, 2)) / 4
    elif kind == "clusters":
        centres = rng.random((max(1, n // 6), 2))
        corners = centres[rng.integers(0, len(centres), n)] + rng.normal(0, 0.02, (n, 2))
        sizes = 0.2 + rng.normal(0, 0.02, (n, 2))
    else:
        corners, sizes = rng.normal(0.3, 0.3, (n, 2)), rng.normal(0.3, 0.2, (n, 2))
    boxes = np.concatenate([corners, sizes], axis=1).astype(np.float32)
    if kind == "odd":
        odd = rng.random((n, 4)) < 0.1
        boxes[odd] = rng.choice(SPECIAL, int(odd.sum()))
    if n > 3 and chance(rng, 0.3):
        boxes[rng.integers(0, n, n // 3)] = boxes[0]
    return boxes


def detections(
    rng: Rng, n: int, scores: Floats, *, num_keypoints: int, num_classes: int
) -> Detections:
    """n detections of one class each."""
    return Detections(
        boxes_near_each_other(rng, n),
        scores,
        rng.integers(0, num_classes, n).astype(np.int32),
        floats(rng, (n, num_keypoints, 2), special=0.0),
    )
