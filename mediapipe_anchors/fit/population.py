"""Boxes in the form that the search kernels take, at full detail or coarsened to fewer."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.fit.sketch import CELL, ShapeSketch


@dataclasses.dataclass(frozen=True, eq=False)
class Population:
    """N weighted boxes as the cells of feature maps see them.

    Attributes:
        sides: float64 [2, N], widths then heights.
        weights: float64 [N], 0 or more; they sum to 1.
        distances: float64 [2, maps, N], horizontal then vertical distance from the centre of each
            box to that of the nearest cell of each feature map; None where shapes alone count.
        blur: each stands for boxes whose sides differ by up to this share, evenly; 0 is for itself.
    """

    sides: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    distances: npt.NDArray[np.float64] | None = None
    blur: float = 0.0

    @classmethod
    def of(
        cls,
        wh: npt.NDArray[np.float64],
        weights: npt.NDArray[np.float64],
        distances: npt.NDArray[np.float64] | None = None,
    ) -> Population:
        """From sides [N, 2] and weights of any sum."""
        return cls(np.ascontiguousarray(wh.T), weights / weights.sum(), distances)

    @classmethod
    def of_sketch(cls, sketch: ShapeSketch) -> Population:
        """The shapes of a sketch, which is not empty."""
        boxes = cls.of(sketch.wh, sketch.weights)
        return boxes if sketch.is_exact else dataclasses.replace(boxes, blur=CELL)

    def __len__(self) -> int:
        return self.sides.shape[1]

    def coarsened(self, size: int) -> Population:
        """At most `size` boxes, each the mean of like shapes; distances are lost."""
        if len(self) <= size:
            return dataclasses.replace(self, distances=None)
        sides, weights = _core.coarsen_shapes(self.sides, self.weights, size)
        return Population(sides, weights)

    def sampled(self, size: int, random: np.random.RandomState) -> Population:
        """At most `size` of the boxes, drawn at random, with their distances."""
        if len(self) <= size:
            return self
        rows = np.sort(random.permutation(len(self))[:size])
        weights = self.weights[rows]
        distances = None if self.distances is None else self.distances[:, :, rows]
        return Population(self.sides[:, rows], weights / weights.sum(), distances)
