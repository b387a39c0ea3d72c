"""Seeded boxes, shapes and objectives for the fit kernels, likely and unlikely."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from mediapipe_anchors.fit.objective import Objective


@dataclasses.dataclass(frozen=True)
class FitCase:
    """Arguments of the fit kernels, float64: see `_core.pyi` for their shapes."""

    sides: Any
    distances: Any
    weights: Any
    shapes: Any
    map: Any
    objective: Objective

    def single(self) -> FitCase:
        """The same in float32, for the kernels that search."""
        fields = ("sides", "distances", "weights", "shapes")
        values = {name: getattr(self, name) for name in fields}
        singles = {
            name: None if value is None else value.astype(np.float32)
            for name, value in values.items()
        }
        return dataclasses.replace(self, **singles)


def fit_case(seed: int, max_boxes: int = 40, max_shapes: int = 6) -> FitCase:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, max_boxes)) if rng.random() > 0.05 else 1
    size = int(rng.integers(1, max_shapes))
    sides, shapes = _sides(rng, count), _sides(rng, size)
    if rng.random() < 0.2:  # some shapes are boxes: IoU 1
        chosen = rng.integers(count, size=size)
        shapes = np.ascontiguousarray(sides[:, chosen])
    distances = on_map = None
    if rng.random() < 0.5:
        maps = int(rng.integers(1, 7))
        distances, on_map = _distances(rng, sides, maps), _maps(rng, size, maps)
    return FitCase(sides, distances, _weights(rng, count), shapes, on_map, _objective(rng))


def _sides(rng: np.random.Generator, count: int) -> Any:
    kind = rng.integers(5)
    if kind == 0:  # all magnitudes that are let in
        return 10 ** rng.uniform(-9, 9, (2, count))
    if kind == 1:  # few values: many ties
        return rng.choice([0.125, 0.25, 0.5], (2, count))
    if kind == 2:  # all equal
        return np.full((2, count), rng.choice([1e-9, 0.3, 1e9]))
    if kind == 3:  # equal but for rounding
        return 0.3 * (1 + rng.integers(-3, 4, (2, count)) * 2.0**-52)
    return rng.uniform(0.01, 1, (2, count))


def _distances(rng: np.random.Generator, sides: Any, maps: int) -> Any:
    scale = rng.choice([0.0, 0.1, 1.0, 10.0])  # 10: no box reaches an anchor
    return rng.uniform(0, 1, (2, maps, sides.shape[1])) * sides[:, None] * scale


def _maps(rng: np.random.Generator, size: int, maps: int) -> Any:
    return None if rng.random() < 0.2 else rng.integers(maps, size=size).astype(np.int32)


def _weights(rng: np.random.Generator, count: int) -> Any:
    kind = rng.integers(5)
    if kind == 0:
        return 10 ** rng.uniform(-30, 30, count)
    if kind == 1:
        return rng.choice([0.0, 1.0], count)
    if kind == 2:
        return np.zeros(count)
    if kind == 3:
        return np.ones(count)
    return rng.uniform(0, 1, count)


def _objective(rng: np.random.Generator) -> Objective:
    return Objective(
        iou=float(rng.choice([0, 1, 0.3])),
        recall=float(rng.choice([0, 1, 0.7])),
        iou_threshold=float(rng.choice([1e-6, 0.5, 0.75, 1])),
        ramp=float(rng.choice([0, 0.05, 0.15])),
        ratio=float(rng.choice([0, 1, 0.2])),
        ratio_threshold=float(rng.choice([0, 0.25, 0.99])),
    )
