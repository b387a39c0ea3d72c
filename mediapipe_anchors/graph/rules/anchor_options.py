"""Rules for the options of SsdAnchorsCalculator that MediaPipe takes, and that few mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.nodes import changed_fields, stations_with
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.options import SsdAnchorsOptions

_Found = Iterator[tuple[Station, SsdAnchorsOptions]]


def generators(subject: Subject, *, multiscale: bool) -> _Found:
    """The anchors nodes that generate in one of the two ways."""
    for station, options in stations_with(subject, SsdAnchorsOptions):
        if options.fixed_anchors is None and options.multiscale_anchor_generation == multiscale:
            yield station, options


@rule(
    "fixed-anchors-ignore-options",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe takes the anchors of the list, and passes over these options without a word.",
    cause="`fixed_anchors` replaced the generator, and some of the generator's options stayed.",
    cure="Take the options out.",
    before="strides: 8\nfixed_anchors { x_center: 0.5 y_center: 0.5 h: 1 w: 1 }",
    after="fixed_anchors { x_center: 0.5 y_center: 0.5 h: 1 w: 1 }",
    calculator="SsdAnchorsCalculator",
)
def fixed_anchors_stand_alone(subject: Subject) -> Iterator[Finding]:
    """Beside `fixed_anchors` some options are an error; these are not, and have no effect."""
    refused = ("multiscale_anchor_generation", "fixed_anchors")
    names = [
        field.name
        for field in dataclasses.fields(SsdAnchorsOptions)
        if field.name not in refused and (field.default is not None)
    ]
    for station, options in stations_with(subject, SsdAnchorsOptions):
        left = [] if options.fixed_anchors is None else changed_fields(options, names)
        for name in left:
            value = getattr(options, name)
            fix = "take it out, or take out fixed_anchors"
            expected = "to be unset while fixed_anchors are given"
            take_out = (Replacement(name, None),)
            yield Finding(station.node, name, value, expected, fix, replace=take_out)


@rule(
    "anchors-without-size",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Anchors of width and height 0: every box has no size, or none at all.",
    cause="`min_scale` and `max_scale` have no default: left out, they are 0.",
    cure="Set both to fractions of the input, or `fixed_anchor_size: true` for anchors of size 1.",
    before="num_layers: 1 strides: 16\naspect_ratios: 1",
    after="num_layers: 1 strides: 16\naspect_ratios: 1 min_scale: 0.2 max_scale: 0.9",
    calculator="SsdAnchorsCalculator",
)
def anchors_have_sizes(subject: Subject) -> Iterator[Finding]:
    """Scales that are not set are 0, and MediaPipe does not mind."""
    for station, options in generators(subject, multiscale=False):
        scales = {"min_scale": options.min_scale, "max_scale": options.max_scale}
        if options.fixed_anchor_size or any(scale for scale in scales.values()):
            continue
        name = next((name for name, scale in scales.items() if scale is not None), "min_scale")
        fix = "set min_scale and max_scale as the model was trained"
        yield Finding(station.node, name, scales[name], "more than 0", fix)


@rule(
    "no-anchors",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe makes an empty list of anchors, and says nothing; a decoder then reads "
    "anchors that are not there.",
    cause="The input size is 0 (it has no default), or neither `aspect_ratios` nor the "
    "interpolated anchor is there.",
    cure="Set `input_size_width`, `input_size_height` and `aspect_ratios` as the model was "
    "trained.",
    before="num_layers: 1 strides: 16\naspect_ratios: 1",
    after="input_size_width: 128 input_size_height: 128\nnum_layers: 1 strides: 16\n"
    "aspect_ratios: 1",
    calculator="SsdAnchorsCalculator",
)
def there_are_anchors(subject: Subject) -> Iterator[Finding]:
    """Options that make no anchor at all."""
    for station, options in stations_with(subject, SsdAnchorsOptions):
        try:
            count = count_anchors(options)
        except OptionsError:  # another rule tells
            continue
        if count == 0:
            field = next(
                (n for n in ("input_size_width", "input_size_height") if not getattr(options, n)),
                "aspect_ratios",
            )
            expected = "a value that makes anchors"
            yield Finding(station.node, field, getattr(options, field), expected)


@rule(
    "aspect-ratios-unset",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Only the interpolated anchor is left in each cell, one a layer.",
    cause="`aspect_ratios` has no default: left out, it is empty.",
    cure="List the aspect ratios of the model's anchors.",
    before="num_layers: 1 strides: 16",
    after="num_layers: 1 strides: 16\naspect_ratios: 1",
    calculator="SsdAnchorsCalculator",
)
def aspect_ratios_are_given(subject: Subject) -> Iterator[Finding]:
    """Without aspect ratios, layers hold but the interpolated anchor."""
    for station, options in generators(subject, multiscale=False):
        reduced_only = options.reduce_boxes_in_lowest_layer and len(options.strides) == 1
        interpolates = options.interpolated_scale_aspect_ratio > 0
        if not options.aspect_ratios and interpolates and not reduced_only:
            expected = "the aspect ratios (w / h) of the anchors of a cell"
            yield Finding(
                station.node, "aspect_ratios", [], expected, "most often aspect_ratios: 1"
            )


@rule(
    "aspect-ratio-not-positive",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The anchors of this ratio have sizes that are no numbers, and their boxes are dropped.",
    cause="An aspect ratio is w / h; its root is taken.",
    cure="Write a number above 0.",
    before="aspect_ratios: -1",
    after="aspect_ratios: 1",
    calculator="SsdAnchorsCalculator",
)
def aspect_ratios_are_positive(subject: Subject) -> Iterator[Finding]:
    """The root of a ratio below 0 is NaN; of 0, the height is infinite."""
    for station, options in stations_with(subject, SsdAnchorsOptions):
        for index, ratio in enumerate(options.aspect_ratios):
            if options.fixed_anchors is None and not ratio > 0:
                place = f"aspect_ratios[{index}]"
                yield Finding(station.node, "aspect_ratios", ratio, "more than 0", place=place)
                break


@rule(
    "aspect-ratios-of-fractions",
    Severity.INFO,
    Ending.MISLEADS,
    effect="An anchor of aspect ratio 1 is as wide and high as the input in fractions, so not "
    "square in pixels.",
    cause="Scales are fractions of width and height alike, and this input is not square.",
    cure="Nothing to do for a model that was trained so; else multiply the ratios by height / "
    "width.",
    before="input_size_width: 320 input_size_height: 160\naspect_ratios: 1",
    after="input_size_width: 320 input_size_height: 160\naspect_ratios: 1\nfixed_anchor_size: true",
    calculator="SsdAnchorsCalculator",
)
def inputs_are_square(subject: Subject) -> Iterator[Finding]:
    """Aspect ratios are of fractions, not of pixels."""
    for station, options in generators(subject, multiscale=False):
        width, height = options.input_size_width or 0, options.input_size_height or 0
        if options.aspect_ratios and width != height and 0 not in (width, height):
            if options.fixed_anchor_size:
                continue
            value = list(options.aspect_ratios)
            expected = f"ratios of fractions: 1 is {width} x {height} pixels in shape"
            yield Finding(station.node, "aspect_ratios", value, expected)


ANCHOR_OPTION_RULES: tuple[Rule, ...] = (
    fixed_anchors_stand_alone,
    anchors_have_sizes,
    there_are_anchors,
    aspect_ratios_are_given,
    aspect_ratios_are_positive,
    inputs_are_square,
)
