"""Rules for anchors that are generated in multiscale mode."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.graph.rules.anchor_options import generators
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.nodes import changed_fields
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import SsdAnchorsOptions

_IGNORED = (
    "min_scale",
    "max_scale",
    "anchor_offset_x",
    "anchor_offset_y",
    "num_layers",
    "reduce_boxes_in_lowest_layer",
    "interpolated_scale_aspect_ratio",
    "fixed_anchor_size",
)
_SIZES = ("input_size_width", "input_size_height")


def _is_valid(options: SsdAnchorsOptions) -> bool:
    try:
        count_anchors(options)
    except OptionsError:  # another rule tells
        return False
    return True


@rule(
    "strides-not-of-levels",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The grid has the cells of these strides, and the centres the distances of the levels: "
    "anchors leave the image, or cover a part of it.",
    cause="In multiscale mode the stride of level l is 2^l, and strides only count the cells.",
    cure="Write `2^min_level` to `2^max_level`.",
    before="multiscale_anchor_generation: true min_level: 3 max_level: 4\nstrides: [16, 32]",
    after="multiscale_anchor_generation: true min_level: 3 max_level: 4\nstrides: [8, 16]",
    calculator="SsdAnchorsCalculator",
)
def strides_are_of_levels(subject: Subject) -> Iterator[Finding]:
    """Strides beside levels are 2^level, or the two disagree."""
    for station, options in generators(subject, multiscale=True):
        if options.feature_map_height or not _is_valid(options):
            continue
        levels = [2**level for level in range(options.min_level, options.max_level + 1)]
        if list(options.strides) != levels:
            replace = (Replacement("strides", levels),)
            expected = f"{levels}, 2^min_level to 2^max_level"
            value = list(options.strides)
            yield Finding(station.node, "strides", value, expected, replace=replace)


@rule(
    "multiscale-size-unset",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe divides by the input size: anchors are infinite, and their boxes dropped.",
    cause="`input_size_width` and `input_size_height` have no default: left out, they are 0.",
    cure="Set both to the size of the model's input.",
    before="multiscale_anchor_generation: true min_level: 3 max_level: 3\n"
    "feature_map_height: 8 feature_map_width: 8",
    after="multiscale_anchor_generation: true min_level: 3 max_level: 3\n"
    "feature_map_height: 8 feature_map_width: 8\ninput_size_width: 64 input_size_height: 64",
    calculator="SsdAnchorsCalculator",
)
def multiscale_sizes_are_set(subject: Subject) -> Iterator[Finding]:
    """Coordinates are normalised by the input size, set or not."""
    for station, options in generators(subject, multiscale=True):
        for name in _SIZES if options.feature_map_height and options.normalize_coordinates else ():
            if not getattr(options, name):
                yield Finding(station.node, name, getattr(options, name), "the model's input size")


@rule(
    "anchors-in-pixels",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Anchors are in pixels, and so are the boxes, which MediaPipe takes for fractions of "
    "the image.",
    cause="`normalize_coordinates` is false.",
    cure="Leave `normalize_coordinates` unset, for anchors as fractions of the input.",
    before="multiscale_anchor_generation: true\nnormalize_coordinates: false",
    after="multiscale_anchor_generation: true",
    calculator="SsdAnchorsCalculator",
)
def anchors_are_fractions(subject: Subject) -> Iterator[Finding]:
    """What a decoder makes of anchors in pixels, it calls relative."""
    for station, options in generators(subject, multiscale=True):
        if not options.normalize_coordinates:
            expected = "true, for anchors as fractions of the input"
            yield Finding(station.node, "normalize_coordinates", False, expected)


@rule(
    "multiscale-ignores-options",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe passes over these options in multiscale mode.",
    cause="They belong to the standard mode.",
    cure="Take them out.",
    before="multiscale_anchor_generation: true min_scale: 0.2",
    after="multiscale_anchor_generation: true",
    calculator="SsdAnchorsCalculator",
)
def multiscale_stands_alone(subject: Subject) -> Iterator[Finding]:
    """Options of the standard mode have no effect in the other."""
    for station, options in generators(subject, multiscale=True):
        for name in changed_fields(options, _IGNORED):
            expected = "to be unset beside multiscale_anchor_generation"
            take_out = (Replacement(name, None),)
            yield Finding(station.node, name, getattr(options, name), expected, replace=take_out)


@rule(
    "level-not-dividing-input",
    Severity.INFO,
    Ending.MISLEADS,
    effect="On such a level centres lie on the corners of the cells, the first at 0, not in their "
    "middle.",
    cause="The input size is no multiple of 2^level.",
    cure="Nothing to do for a model trained with the multiscale anchors of TensorFlow's object "
    "detection; EfficientDet places its anchors otherwise, so write them as `fixed_anchors`.",
    before="multiscale_anchor_generation: true min_level: 7 max_level: 7\nstrides: 128\n"
    "input_size_width: 320 input_size_height: 320",
    after="multiscale_anchor_generation: true min_level: 7 max_level: 7\nstrides: 128\n"
    "input_size_width: 384 input_size_height: 384",
    calculator="SsdAnchorsCalculator",
)
def levels_divide_the_input(subject: Subject) -> Iterator[Finding]:
    """Centres are moved to the middle of the cell only where the level divides the input."""
    for station, options in generators(subject, multiscale=True):
        if not _is_valid(options):
            continue
        for name in _SIZES:
            size = getattr(options, name) or 0
            levels = range(options.min_level, options.max_level + 1)
            uneven = [level for level in levels if size > 1 and size % 2**level]
            if uneven:
                expected = f"a multiple of {2 ** uneven[-1]}, the stride of level {uneven[-1]}"
                yield Finding(station.node, name, size, expected)


@rule(
    "multiscale-order",
    Severity.INFO,
    Ending.MISLEADS,
    effect="In each cell MediaPipe lists all scales of an aspect ratio, then those of the next; "
    "EfficientDet lists all ratios of a scale first.",
    cause="Several aspect ratios and several `scales_per_octave`.",
    cure="Nothing to do for a model with MediaPipe's order; else write the anchors as "
    "`fixed_anchors`.",
    before="multiscale_anchor_generation: true\naspect_ratios: [1, 2] scales_per_octave: 3",
    after="fixed_anchors { x_center: 0.5 y_center: 0.5 h: 1 w: 1 }",
    calculator="SsdAnchorsCalculator",
)
def multiscale_order_matters(subject: Subject) -> Iterator[Finding]:
    """Aspect ratio outer, scale inner."""
    for station, options in generators(subject, multiscale=True):
        if len(options.aspect_ratios) > 1 and options.scales_per_octave > 1:
            value = list(options.aspect_ratios)
            expected = "the model's rows to run over scales within an aspect ratio"
            yield Finding(station.node, "aspect_ratios", value, expected)


MULTISCALE_RULES: tuple[Rule, ...] = (
    strides_are_of_levels,
    multiscale_sizes_are_set,
    anchors_are_fractions,
    multiscale_stands_alone,
    levels_divide_the_input,
    multiscale_order_matters,
)
