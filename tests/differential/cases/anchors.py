"""Random `SsdAnchorsOptions` that the stock calculator accepts."""

from __future__ import annotations

from typing import Any

import numpy as np

from differential.cases.values import SPECIAL, Rng, chance, floats, pick
from mediapipe_anchors.options import SsdAnchorsOptions

_MAX_ANCHORS = 3000  # the reference makes each one by hand


def anchors_case(seed: int) -> SsdAnchorsOptions:
    rng = np.random.default_rng(seed)
    while True:
        make = pick(rng, [_ssd, _ssd, _ssd, _ssd_with_maps, _multiscale, _multiscale, _fixed])
        fields = make(rng)
        if _roughly_how_many(fields) <= _MAX_ANCHORS:
            return SsdAnchorsOptions(**fields)


def _number(rng: Rng, plain: Any, odd: float = 0.1) -> float:
    return float(rng.choice(SPECIAL)) if chance(rng, odd) else float(np.float32(plain))


def _aspect_ratios(rng: Rng) -> list[float]:
    known = [1.0, 2.0, 0.5, 3.0, 0.3333, -1.0, 0.0]
    return [
        _number(rng, pick(rng, [*known, rng.random() * 4]), 0.05) for _ in range(rng.integers(0, 6))
    ]


def _common(rng: Rng) -> dict[str, Any]:
    sizes = [0, 1, -7, 32, 33, 64, 100, 127, 128, 192, 300, 320]
    width = int(pick(rng, sizes))
    fields: dict[str, Any] = {
        "input_size_width": width,
        "input_size_height": width if chance(rng, 0.4) else int(pick(rng, sizes)),
        "aspect_ratios": _aspect_ratios(rng),
    }
    for name in ("input_size_width", "input_size_height"):
        if chance(rng, 0.05):
            fields[name] = None
    if chance(rng, 0.7):
        fields["min_scale"], fields["max_scale"] = _number(rng, 0.15), _number(rng, rng.random())
    if chance(rng, 0.3):
        fields["anchor_offset_x"], fields["anchor_offset_y"] = _number(rng, 0.1), _number(rng, 0.9)
    if chance(rng, 0.5):
        values = [0.0, -1.0, 1.0, 0.7, 3.0]
        fields["interpolated_scale_aspect_ratio"] = _number(rng, pick(rng, values), 0.05)
    fields["reduce_boxes_in_lowest_layer"] = chance(rng, 0.3)
    fields["fixed_anchor_size"] = chance(rng, 0.2)
    return fields


def _strides(rng: Rng, n: int) -> list[int]:
    pool = [8, 16, 16, 32, 64, 128, 17, 33, -16, 1000]
    if n < 3:
        pool += [1, 3, 4]
    strides = [int(pick(rng, pool)) for _ in range(n)]
    for index in range(1, n):
        if chance(rng, 0.4):
            strides[index] = strides[index - 1]  # merged with its neighbour
    return strides


def _maps(rng: Rng, n: int) -> dict[str, list[int]]:
    return {
        "feature_map_width": [int(rng.integers(-1, 9)) for _ in range(n)],
        "feature_map_height": [int(rng.integers(-1, 9)) for _ in range(n)],
    }


def _ssd(rng: Rng) -> dict[str, Any]:
    n = int(rng.integers(1, 7))
    return _common(rng) | {"num_layers": n, "strides": _strides(rng, n)}


def _ssd_with_maps(rng: Rng) -> dict[str, Any]:
    n = int(rng.integers(1, 6))
    # Strides beyond num_layers still spread the scales and may merge into the last layer.
    strides = _strides(rng, n + int(rng.integers(0, 4)))
    return _common(rng) | _maps(rng, n) | {"num_layers": n, "strides": strides}


def _multiscale(rng: Rng) -> dict[str, Any]:
    n = int(rng.integers(1, 6))
    low = int(rng.integers(0, 10)) if chance(rng, 0.8) else int(rng.integers(0, 31 - n))
    strides = [2**level for level in range(low, low + n)]
    if chance(rng, 0.3):
        strides = _strides(rng, n)  # contradicts the levels: only the grid follows it
    fields = _common(rng) | {
        "multiscale_anchor_generation": True,
        "min_level": low,
        "max_level": low + n - 1,
        "strides": strides,
        "anchor_scale": _number(rng, pick(rng, [3.0, 4.0, 1.7])),
        "scales_per_octave": int(rng.integers(-1, 5)),
        "normalize_coordinates": chance(rng, 0.7),
    }
    if chance(rng, 0.3):
        fields |= _maps(rng, n)
        if chance(rng, 0.5):
            fields["strides"] = []
    if chance(rng, 0.2):
        fields["num_layers"] = int(rng.integers(-1, 9))  # plays no part
    return fields


def _fixed(rng: Rng) -> dict[str, Any]:
    fields: dict[str, Any] = {"fixed_anchors": floats(rng, (int(rng.integers(1, 200)), 4))}
    if chance(rng, 0.3):  # none of these plays a part
        fields |= {"strides": [8, 16], "aspect_ratios": [1.0, 2.0], "min_level": 40}
        fields |= {"feature_map_height": [3], "anchor_offset_x": 0.1, "fixed_anchor_size": True}
    return fields


def _roughly_how_many(fields: dict[str, Any]) -> float:
    if "fixed_anchors" in fields:
        return len(fields["fixed_anchors"])
    per_cell = len(fields["aspect_ratios"]) + 1
    if fields.get("multiscale_anchor_generation"):
        per_cell *= max(fields["scales_per_octave"], 0)
    if "feature_map_height" in fields:
        pairs = zip(fields["feature_map_width"], fields["feature_map_height"], strict=True)
        cells = sum(w * h for w, h in pairs if w > 0 and h > 0) * len(fields["strides"] or "x")
    else:
        width, height = fields["input_size_width"] or 0, fields["input_size_height"] or 0
        cells = sum(
            (abs(width / stride) + 1) * (abs(height / stride) + 1) for stride in fields["strides"]
        )
    return cells * per_cell
