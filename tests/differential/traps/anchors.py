"""Traps of `SsdAnchorsCalculator`."""

from __future__ import annotations

from typing import Any

import numpy as np

from differential.traps.trap import ABORT, CRASH, ERROR, HANG, OK, UNDEFINED, Trap
from mediapipe_anchors import SsdAnchorsOptions, generate_anchors

TWO_LAYERS: dict[str, Any] = {
    "input_size_width": 64,
    "input_size_height": 64,
    "num_layers": 2,
    "strides": [16, 32],
    "min_scale": 0.2,
    "max_scale": 0.8,
    "aspect_ratios": [1.0],
}
MULTISCALE: dict[str, Any] = {
    "multiscale_anchor_generation": True,
    "input_size_width": 64,
    "input_size_height": 64,
    "min_level": 4,
    "max_level": 5,
    "strides": [16, 32],
    "aspect_ratios": [1.0, 2.0],
}
FIXED: dict[str, Any] = {"fixed_anchors": [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]]}
MAPS = {"feature_map_width": [4, 2], "feature_map_height": [4, 2]}


def trap(name: str, fields: dict[str, Any], ends: str, **more: Any) -> Trap:
    options = SsdAnchorsOptions(**fields)
    return Trap(
        f"anchors: {name}",
        ("stock_anchors", (options,)),
        ends,
        lambda: generate_anchors(options),
        **more,
    )


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


_GENERATOR_FIELDS = {
    "input_size_height": 0,
    "input_size_width": 0,
    "min_scale": 0.0,
    "max_scale": 0.0,
    "num_layers": 0,
    "multiscale_anchor_generation": True,
}

_REFUSED = [
    *(
        trap(f"fixed_anchors beside {field}", FIXED | {field: value}, ERROR,
             text="Fixed anchors are provided, but", field=field)
        for field, value in _GENERATOR_FIELDS.items()
    ),
    trap("neither strides nor feature maps", without(TWO_LAYERS, "strides"), ERROR,
         text="Both feature map shape and strides are missing", field="strides"),
    trap("feature_map_width without feature_map_height counts as nothing",
         without(TWO_LAYERS, "strides") | {"feature_map_width": [4, 2]}, ERROR,
         text="Both feature map shape and strides are missing", field="strides"),
    trap("num_layers differs from the strides", TWO_LAYERS | {"num_layers": 3}, ABORT,
         text="Check failed", field="num_layers"),
    trap("num_layers not set", without(TWO_LAYERS, "num_layers"), ABORT,
         text="Check failed", field="num_layers"),
    trap("num_layers differs from feature_map_height", TWO_LAYERS | MAPS | {"num_layers": 1}, ABORT,
         text="Check failed", field="num_layers"),
    trap("feature_map_width shorter than feature_map_height",
         TWO_LAYERS | MAPS | {"feature_map_width": [4]}, ABORT,
         text="Check failed", field="feature_map_width"),
    trap("multiscale: levels differ from the strides", MULTISCALE | {"max_level": 6}, ABORT,
         text="Check failed", field="max_level"),
    trap("feature maps without strides", without(TWO_LAYERS, "strides") | MAPS, HANG,
         field="strides"),
    trap("feature maps with fewer strides than layers", TWO_LAYERS | MAPS | {"strides": [16]}, HANG,
         field="strides"),
    trap("a stride of 0", TWO_LAYERS | {"strides": [16, 0]}, UNDEFINED, field="strides"),
    trap("a grid beyond int32",
         TWO_LAYERS | {"input_size_width": 2**31 - 1, "num_layers": 1, "strides": [1]},
         UNDEFINED, field="input_size_width"),
    trap("more anchors than memory holds",
         TWO_LAYERS | {"strides": [1, 1], "input_size_width": 10**9}, ABORT,
         text="bad_alloc", field="strides"),
    trap("multiscale: a negative level", MULTISCALE | {"min_level": -1, "max_level": 0}, CRASH,
         text="SIGFPE", field="min_level"),
    trap("multiscale: a level above 30", MULTISCALE | {"min_level": 30, "max_level": 31}, UNDEFINED,
         field="max_level"),
]  # fmt: skip

_EQUAL = [
    trap("fixed_anchors beside other generator fields, which are ignored",
         FIXED | {"strides": [8], "aspect_ratios": [2.0], "fixed_anchor_size": True}, OK,
         shows=lambda anchors: np.allclose(anchors, FIXED["fixed_anchors"])),
    trap("an empty fixed_anchors list generates", TWO_LAYERS | {"fixed_anchors": np.zeros((0, 4))},
         OK, shows=lambda anchors: len(anchors) == 2 * (4 * 4 + 2 * 2)),
    trap("strides beside feature maps set the scales, whatever the log says",
         TWO_LAYERS | MAPS | {"strides": [1, 2, 3]}, OK,
         shows=lambda anchors: np.isclose(anchors[-2, 2], 0.5)),
    trap("a stride beyond num_layers merges into the last layer",
         TWO_LAYERS | MAPS | {"strides": [16, 32, 32]}, OK,
         shows=lambda anchors: len(anchors) == 2 * 4 * 4 + 4 * 2 * 2),
    trap("the feature map of a merged layer is never read",
         TWO_LAYERS | {"feature_map_width": [4, 9], "feature_map_height": [4, 9],
                       "strides": [16, 16]}, OK,
         shows=lambda anchors: len(anchors) == 4 * 4 * 4),
    trap("equal strides merge only where they are adjacent",
         TWO_LAYERS | {"num_layers": 3, "strides": [16, 32, 16]}, OK,
         shows=lambda anchors: len(anchors) == 2 * (16 + 4 + 16)),
    trap("scales not set are 0", without(TWO_LAYERS, "min_scale", "max_scale"), OK,
         shows=lambda anchors: (anchors[:, 2:] == 0).all()),
    trap("a negative aspect ratio makes NaN sizes", TWO_LAYERS | {"aspect_ratios": [-1.0]}, OK,
         shows=lambda anchors: np.isnan(anchors[::2, 2:]).all()),
    trap("no aspect ratios leave the interpolated anchor", TWO_LAYERS | {"aspect_ratios": []}, OK,
         shows=lambda anchors: len(anchors) == 4 * 4 + 2 * 2),
    trap("no aspect ratios and no interpolated anchor: no anchors",
         TWO_LAYERS | {"aspect_ratios": [], "interpolated_scale_aspect_ratio": 0.0}, OK,
         shows=lambda anchors: len(anchors) == 0),
    trap("the interpolated anchor is there by default", TWO_LAYERS, OK,
         shows=lambda anchors: len(anchors) == 2 * (4 * 4 + 2 * 2)),
    trap("anchor offsets count, whatever the source says", TWO_LAYERS | {"anchor_offset_x": 0.0},
         OK, shows=lambda anchors: anchors[0, 0] == 0),
    trap("fixed_anchor_size keeps the number of anchors", TWO_LAYERS | {"fixed_anchor_size": True},
         OK, shows=lambda anchors: len(anchors) == 40 and (anchors[:, 2:] == 1).all()),
    trap("the reduced lowest layer ignores aspect_ratios and interpolation",
         TWO_LAYERS | {"reduce_boxes_in_lowest_layer": True, "aspect_ratios": [1.0] * 5}, OK,
         shows=lambda anchors: len(anchors) == 3 * 4 * 4 + 6 * 2 * 2),
    trap("an input size of 0 makes no anchors",
         without(TWO_LAYERS, "input_size_width"), OK, shows=lambda anchors: len(anchors) == 0),
    trap("multiscale: strides that are not 2^level set the grid alone",
         MULTISCALE | {"strides": [8, 8]}, OK,
         shows=lambda anchors: len(anchors) == 4 * 2 * 8 * 8 and anchors[:, 0].max() > 1),
    trap("multiscale: an indivisible input puts centres on cell corners",
         MULTISCALE | {"input_size_width": 60}, OK, shows=lambda anchors: anchors[0, 0] == 0),
    trap("multiscale: sizes not set divide by 0",
         without(MULTISCALE, "input_size_width", "input_size_height") | MAPS, OK,
         shows=lambda anchors: np.isinf(anchors[:, 2:]).all()),
    trap("multiscale: aspect ratio outer, scale inner", MULTISCALE, OK,
         shows=lambda anchors: anchors[0, 2] == anchors[0, 3] < anchors[1, 2] == anchors[1, 3]),
]  # fmt: skip

ANCHOR_TRAPS = _REFUSED + _EQUAL
