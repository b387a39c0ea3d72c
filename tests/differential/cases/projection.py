"""Random regions of interest and detections for letterbox removal and projection."""

from __future__ import annotations

import dataclasses

import numpy as np

from differential.cases.values import Rng, chance, detections, floats, pick
from mediapipe_anchors.detections import Detections


@dataclasses.dataclass
class ProjectionCase:
    region: dict[str, float]  # fields of oracle.projection.RegionOfInterest
    detections: Detections


def projection_case(seed: int) -> ProjectionCase:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 20))
    found = detections(
        rng, n, rng.random(n).astype(np.float32), num_keypoints=pick(rng, [0, 1, 3]), num_classes=3
    )
    if chance(rng, 0.3):
        found = dataclasses.replace(found, keypoints=floats(rng, found.keypoints.shape))
    return ProjectionCase(_region(rng), found)


def _region(rng: Rng) -> dict[str, float]:
    region = {
        "image_width": int(rng.integers(1, 20)),
        "image_height": int(rng.integers(1, 20)),
        "tensor_width": int(rng.integers(1, 9)),
        "tensor_height": int(rng.integers(1, 9)),
        "keep_aspect_ratio": chance(rng, 0.7),
    }
    if chance(rng, 0.3):
        return region  # the whole image
    # Thin or huge regions make paddings that leave nothing, and matrices that overflow.
    size = 10.0 ** float(rng.integers(-40, 30)) if chance(rng, 0.3) else 1.0
    return region | {
        "x_center": float(rng.normal(0.5, 0.5)),
        "y_center": float(rng.normal(0.5, 0.5)),
        "width": size * float(rng.uniform(0.1, 2)),
        "height": float(rng.uniform(0.1, 2)),
        "rotation": pick(rng, [0.0, np.pi / 2, np.pi, float(rng.normal())]),
    }


def loose_numbers(seed: int, count: int) -> np.ndarray:
    """A padding or matrix as no region of interest gives one."""
    return floats(np.random.default_rng(seed + 1_000_000), (count,), special=0.1)
