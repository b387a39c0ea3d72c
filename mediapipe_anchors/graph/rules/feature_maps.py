"""Rules for the strides and feature maps of anchors."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterator

from mediapipe_anchors.graph.rules.anchor_options import generators
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity, rule
from mediapipe_anchors.graph.rules.nodes import stations_with
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import SsdAnchorsOptions


@rule(
    "equal-strides-apart",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Each run of a stride becomes a feature map of its own, so the rows come in another "
    "order than those of a model that has one feature map a stride.",
    cause="MediaPipe puts layers of one stride into one feature map only where they are adjacent.",
    cure="Write equal strides one after the other, in the order of the model's feature maps.",
    before="strides: [16, 32, 16]",
    after="strides: [16, 16, 32]",
    calculator="SsdAnchorsCalculator",
)
def equal_strides_are_adjacent(subject: Subject) -> Iterator[Finding]:
    """Only adjacent equal strides merge."""
    for station, options in generators(subject, multiscale=False):
        runs = collections.Counter(stride for stride, _ in itertools.groupby(options.strides))
        again = next((stride for stride, count in runs.items() if count > 1), None)
        if again is not None:
            fix = f"write the layers of stride {again} one after the other"
            value = list(options.strides)
            yield Finding(station.node, "strides", value, "equal strides to be adjacent", fix)


@rule(
    "feature-map-width-ignored",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe passes over feature_map_width, and takes the grid from the strides.",
    cause="It looks for `feature_map_height` alone.",
    cure="Give both, or neither.",
    before="strides: 16 feature_map_width: 9",
    after="strides: 16 feature_map_width: 9 feature_map_height: 9",
    calculator="SsdAnchorsCalculator",
)
def feature_maps_have_heights(subject: Subject) -> Iterator[Finding]:
    """`feature_map_width` alone counts as nothing; without strides it is an error."""
    for station, options in stations_with(subject, SsdAnchorsOptions):
        alone = options.feature_map_width and not options.feature_map_height
        if alone and options.strides and options.fixed_anchors is None:
            value = list(options.feature_map_width)
            expected = "feature_map_height beside it"
            yield Finding(station.node, "feature_map_width", value, expected)


@rule(
    "merged-feature-map-unread",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Layers of one stride share the grid of the first; the sizes given for the others are "
    "never read.",
    cause="Adjacent equal strides are one feature map to MediaPipe.",
    cure="Give all layers of one stride the same size, or the layers different strides.",
    before="strides: [16, 16] feature_map_height: [8, 4] feature_map_width: [8, 4]",
    after="strides: [16, 32] feature_map_height: [8, 4] feature_map_width: [8, 4]",
    calculator="SsdAnchorsCalculator",
)
def merged_layers_have_one_size(subject: Subject) -> Iterator[Finding]:
    """The feature map of a group of layers is that of its first."""
    for station, options in generators(subject, multiscale=False):
        sizes = list(zip(options.feature_map_height, options.feature_map_width, strict=False))
        pairs = itertools.pairwise(range(min(len(sizes), len(options.strides))))
        for before, index in pairs:
            if options.strides[before] == options.strides[index] and sizes[before] != sizes[index]:
                value = options.feature_map_height[index]
                yield Finding(
                    station.node,
                    "feature_map_height",
                    f"{value} x {options.feature_map_width[index]}",
                    "the size of the layer before it, which has the same stride",
                    place=f"feature_map_height[{index}]",
                )


@rule(
    "strides-beyond-layers",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The scales are spread over all strides, and one equal to the last layer's adds "
    "anchors to it.",
    cause="Beside `feature_map_height`, `num_layers` counts the feature maps, and nothing counts "
    "the strides.",
    cure="List one stride a layer.",
    before="num_layers: 1 feature_map_height: 4 feature_map_width: 4\nstrides: [16, 16]",
    after="num_layers: 1 feature_map_height: 4 feature_map_width: 4\nstrides: 16",
    calculator="SsdAnchorsCalculator",
)
def strides_end_with_the_layers(subject: Subject) -> Iterator[Finding]:
    """More strides than layers are taken, where feature maps are given."""
    for station, options in generators(subject, multiscale=False):
        layers = options.num_layers or 0
        if len(options.strides) > layers == len(options.feature_map_height) > 0:
            yield Finding(
                station.node, "strides", list(options.strides), f"{layers} entries, one a layer"
            )


@rule(
    "strides-beside-feature-maps",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe logs that strides are ignored, but they still set the scales and which "
    "layers share a feature map.",
    cause="Feature maps and strides are both given, as standard mode needs it.",
    cure="Nothing to do, if the strides are the model's.",
    before="feature_map_height: [8, 4] feature_map_width: [8, 4] strides: [16, 32]",
    after="strides: [16, 32]",
    says=("Found feature map shapes. Strides will be ignored.",),
    calculator="SsdAnchorsCalculator",
)
def strides_count_beside_feature_maps(subject: Subject) -> Iterator[Finding]:
    """What the log says of strides beside feature maps is not so."""
    for station, options in generators(subject, multiscale=False):
        if options.feature_map_height and options.strides:
            value = list(options.strides)
            expected = "the model's strides: they set the scales, whatever the log says"
            yield Finding(station.node, "strides", value, expected)


FEATURE_MAP_RULES: tuple[Rule, ...] = (
    equal_strides_are_adjacent,
    feature_maps_have_heights,
    merged_layers_have_one_size,
    strides_end_with_the_layers,
    strides_count_beside_feature_maps,
)
