"""The feature maps that anchor options stand for: the grid and the anchors a cell of each."""

from __future__ import annotations

import itertools
import math

import numpy as np

from mediapipe_anchors.options import SsdAnchorsOptions

Layout = tuple[tuple[tuple[int, int], int], ...]  # ((columns, rows), anchors a cell) of each map


def layout_of_options(options: SsdAnchorsOptions) -> Layout:
    """The feature maps in the order of their anchors, as `SsdAnchorsCalculator` lays them.

    Maps without anchors are left out. Of `fixed_anchors` those grids that they stand on.

    Args:
        options: valid ones.
    """
    if options.fixed_anchors is not None and np.size(options.fixed_anchors):
        from mediapipe_anchors.fit.grid import find_feature_maps

        maps = find_feature_maps(np.asarray(options.fixed_anchors, np.float64))
        return tuple(((len(each.xs), len(each.ys)), len(each.shapes)) for each in maps)
    if options.multiscale_anchor_generation:
        count = len(options.aspect_ratios) * options.scales_per_octave
        layers = options.max_level - options.min_level + 1
        found = [(_grid(options, layer), count) for layer in range(layers)]
    else:
        found = list(_standard(options))
    return tuple(each for each in found if each[1])


def _standard(options: SsdAnchorsOptions) -> list[tuple[tuple[int, int], int]]:
    """Adjacent layers of one stride share the grid of the first."""
    a_layer = len(options.aspect_ratios) + (options.interpolated_scale_aspect_ratio > 0)
    found, layer = [], 0
    for _, group in itertools.groupby(options.strides):
        if layer >= (options.num_layers or 0):
            break
        members = len(list(group))
        count = members * a_layer
        if layer == 0 and options.reduce_boxes_in_lowest_layer:
            count += 3 - a_layer
        found.append((_grid(options, layer), count))
        layer += members
    return found


def _grid(options: SsdAnchorsOptions, layer: int) -> tuple[int, int]:
    if options.feature_map_height:
        return options.feature_map_width[layer], options.feature_map_height[layer]
    stride = options.strides[layer]
    sizes = (options.input_size_width or 0, options.input_size_height or 0)
    return math.ceil(sizes[0] / stride), math.ceil(sizes[1] / stride)
