"""Reference of `generate_anchors`: `SsdAnchorsCalculator`, for options that it accepts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.options import SsdAnchorsOptions
from reference.float32 import F

Anchor = tuple[np.float32, np.float32, np.float32, np.float32]


def generate_anchors(options: SsdAnchorsOptions) -> npt.NDArray[np.float32]:
    """float32 [N, 4]: x_center, y_center, w, h."""
    if options.fixed_anchors is not None and len(options.fixed_anchors):
        return options.fixed_anchors
    with np.errstate(all="ignore"):
        layers = _multiscale if options.multiscale_anchor_generation else _ssd
        return np.array(list(layers(options)), np.float32).reshape(-1, 4)


def _grid(options: SsdAnchorsOptions, layer: int) -> tuple[int, int]:
    """Rows and columns of a layer: given, or the input divided by the stride, rounded up."""
    if options.feature_map_height:
        return options.feature_map_height[layer], options.feature_map_width[layer]
    stride = F(options.strides[layer])
    return (
        math.ceil(F(options.input_size_height or 0) / stride),
        math.ceil(F(options.input_size_width or 0) / stride),
    )


def _scale(options: SsdAnchorsOptions, layer: int) -> np.float32:
    """The scale of a layer, between min_scale and max_scale over the number of STRIDES."""
    low, high = F(options.min_scale or 0), F(options.max_scale or 0)
    n = len(options.strides)
    if n == 1:
        return F(F(low + high) * F(0.5))
    # The difference is rounded to float32; the rest is in double, rounded once at the end.
    return F(float(low) + float(F(high - low)) * layer / (n - 1))


def _shapes_of_layer(
    options: SsdAnchorsOptions, layer: int
) -> Iterator[tuple[np.float32, np.float32]]:
    """(aspect ratio, scale) of each anchor that one stride entry adds to a cell."""
    scale = _scale(options, layer)
    if layer == 0 and options.reduce_boxes_in_lowest_layer:
        yield from ((F(1), F(0.1)), (F(2), scale), (F(0.5), scale))
        return
    for aspect_ratio in options.aspect_ratios:
        yield F(aspect_ratio), scale
    if options.interpolated_scale_aspect_ratio > 0:
        last = layer == len(options.strides) - 1
        scale_next = F(1) if last else _scale(options, layer + 1)
        yield F(options.interpolated_scale_aspect_ratio), np.sqrt(F(scale * scale_next))


def _ssd(options: SsdAnchorsOptions) -> Iterator[Anchor]:
    layer = 0
    while layer < options.num_layers:
        rows, columns = _grid(options, layer)  # of the group's first layer
        shapes, group = [], layer
        while group < len(options.strides) and options.strides[group] == options.strides[layer]:
            shapes += _shapes_of_layer(options, group)
            group += 1
        sizes = [(scale * np.sqrt(ratio), scale / np.sqrt(ratio)) for ratio, scale in shapes]
        for y in range(rows):
            for x in range(columns):
                x_center = F(F(x) + F(options.anchor_offset_x)) / F(columns)
                y_center = F(F(y) + F(options.anchor_offset_y)) / F(rows)
                for w, h in sizes:
                    if options.fixed_anchor_size:
                        w = h = F(1)
                    yield x_center, y_center, w, h
        layer = group


def _multiscale(options: SsdAnchorsOptions) -> Iterator[Anchor]:
    height, width = options.input_size_height or 0, options.input_size_width or 0
    for layer, level in enumerate(range(options.min_level, options.max_level + 1)):
        stride = F(2.0**level)  # whatever `strides` says; that only sets the grid
        base = F(stride * F(options.anchor_scale))
        octaves = options.scales_per_octave
        scales = [F(math.pow(2.0, octave / octaves)) for octave in range(octaves)]
        y_offset = _multiscale_offset(height, stride, level)
        x_offset = _multiscale_offset(width, stride, level)
        rows, columns = _grid(options, layer)
        for y in range(rows):
            for x in range(columns):
                for ratio in options.aspect_ratios:
                    root = np.sqrt(F(ratio))
                    for scale in scales:
                        h, w = F(scale * base) / root, F(scale * root) * base
                        y_center = F(F(y) * stride) + y_offset
                        x_center = F(F(x) * stride) + x_offset
                        if options.normalize_coordinates:
                            h, y_center = h / F(height), y_center / F(height)
                            w, x_center = w / F(width), x_center / F(width)
                        yield x_center, y_center, w, h


def _multiscale_offset(size: int, stride: np.float32, level: int) -> np.float32:
    return F(stride / F(2)) if size % 2**level == 0 or size == 1 else F(0)
