"""The mistakes in the options of SsdAnchorsCalculator by themselves."""

from __future__ import annotations

from mediapipe_anchors.graph.rules.finding import Ending
from mediapipe_anchors.graph.rules.option_mistakes import Changes, OptionMistake, OptionRules
from mediapipe_anchors.options import SsdAnchorsOptions

ANCHOR_RULES = OptionRules(SsdAnchorsOptions)

_GENERATOR_FIELDS = (
    "input_size_height",
    "input_size_width",
    "min_scale",
    "max_scale",
    "num_layers",
    "multiscale_anchor_generation",
)


def _layers_counted(options: SsdAnchorsOptions) -> Changes:
    """`num_layers` where it is not set; else the lists may as well be wrong."""
    entries = options.feature_map_height or options.strides
    return {} if options.num_layers is not None else {"num_layers": len(entries)}


ANCHOR_RULES.add(
    "fixed-anchors-beside-generator",
    Ending.REFUSES,
    *(
        OptionMistake(field, "fixed_anchors are given", neutral={field: None})
        for field in _GENERATOR_FIELDS
    ),
    effect="MediaPipe refuses the graph when it starts.",
    cause="`fixed_anchors` takes the place of generated anchors. Beside it MediaPipe refuses "
    "`input_size_width`, `input_size_height`, `min_scale`, `max_scale`, `num_layers` and "
    "`multiscale_anchor_generation`, which its proto says are ignored.",
    cure="Remove those fields, or remove `fixed_anchors`.",
    before="num_layers: 1\nfixed_anchors { x_center: 0.5 y_center: 0.5 h: 1 w: 1 }",
    after="fixed_anchors { x_center: 0.5 y_center: 0.5 h: 1 w: 1 }",
    says=(
        "Fixed anchors are provided, but fields are set for generating anchors. When fixed anchors "
        "are set, fields for generating anchors must not be set.",
    ),
)
ANCHOR_RULES.add(
    "anchors-without-strides",
    Ending.REFUSES,
    OptionMistake("strides", "one entry a layer"),
    effect="MediaPipe refuses the graph when it starts.",
    cause="Neither `strides` nor `feature_map_height` is set. (`feature_map_width` alone counts "
    "for nothing.)",
    cure="Write one stride a layer: how many pixels of the input a cell of its feature map covers.",
    before="num_layers: 2",
    after="num_layers: 2\nstrides: [16, 32]",
    says=("Both feature map shape and strides are missing. Must provide either one.",),
)
ANCHOR_RULES.add(
    "feature-maps-without-strides",
    Ending.HANGS,
    OptionMistake("strides", "one stride for each"),
    effect="MediaPipe hangs when the graph starts, in an endless loop.",
    cause="MediaPipe goes through the layers by their strides, even where `feature_map_width` and "
    "`feature_map_height` give their size; it never gets past a layer that has none. Only with "
    "`multiscale_anchor_generation` do feature maps replace strides.",
    cure="Write one stride a layer beside the feature maps.",
    before="num_layers: 1\nfeature_map_width: 16 feature_map_height: 16",
    after="num_layers: 1 strides: 8\nfeature_map_width: 16 feature_map_height: 16",
    says=("Found feature map shapes. Strides will be ignored.",),
)
ANCHOR_RULES.add(
    "stride-zero",
    Ending.STRAYS,
    OptionMistake(
        "strides",
        "strides other than 0",
        place=lambda options: f"strides[{options.strides.index(0)}]",
    ),
    effect="MediaPipe divides by 0: what becomes of the layer is undefined, often it has no "
    "anchors.",
    cause="An entry of `strides` is 0.",
    cure="Write how many pixels of the input a cell of the feature map covers.",
    before="num_layers: 2\nstrides: [16, 0]",
    after="num_layers: 2\nstrides: [16, 32]",
)
ANCHOR_RULES.add(
    "too-many-anchors",
    Ending.DIES,
    OptionMistake("strides", "anchors in all"),
    OptionMistake("feature_map_height", "anchors in all"),
    effect="MediaPipe ends the process for lack of memory.",
    cause="The input size divided by the strides, or the feature maps, give more cells than memory "
    "holds anchors.",
    cure="Write `input_size_width` and `input_size_height` in pixels, and the strides of the "
    "model.",
    before="input_size_width: 1000000000 input_size_height: 128\nstrides: 1",
    after="input_size_width: 128 input_size_height: 128\nstrides: 8",
    says=("std::bad_alloc",),
)
ANCHOR_RULES.add(
    "grid-too-large",
    Ending.STRAYS,
    OptionMistake("input_size_width", "grid cells"),
    OptionMistake("input_size_height", "grid cells"),
    effect="The number of cells overflows: which anchors come of it is undefined.",
    cause="The input size divided by a stride is 2^31 or more.",
    cure="Write `input_size_width` and `input_size_height` in pixels.",
    before="input_size_width: 2147483647\nstrides: 1",
    after="input_size_width: 128\nstrides: 8",
)
ANCHOR_RULES.add(
    "layers-miscounted",
    Ending.DIES,
    OptionMistake("num_layers", "the entries of", correct=_layers_counted),
    effect="MediaPipe ends the process when the graph starts.",
    cause="`num_layers` is not the number of entries of `strides` (of `feature_map_height`, where "
    "that is set), or is not set at all.",
    cure="Write one entry a layer, and how many they are into `num_layers`.",
    before="num_layers: 3\nstrides: [8, 16]",
    after="num_layers: 2\nstrides: [8, 16]",
    says=(
        "Check failed: options.strides_size() == kNumLayers",
        "Check failed: options.feature_map_height_size() == kNumLayers",
    ),
)
ANCHOR_RULES.add(
    "levels-miscounted",
    Ending.DIES,
    OptionMistake("max_level", "for one level"),
    effect="MediaPipe ends the process when the graph starts.",
    cause="With `multiscale_anchor_generation` there is a layer for each level from `min_level` to "
    "`max_level` (3 and 7 where they are not set), and `strides` (or `feature_map_height`) has "
    "another number of entries.",
    cure="Write one entry a level: 2^level for `strides`.",
    before="multiscale_anchor_generation: true max_level: 5\nstrides: [8, 16]",
    after="multiscale_anchor_generation: true max_level: 5\nstrides: [8, 16, 32]",
    says=("Check failed: options.strides_size() == kNumLayers",),
)
ANCHOR_RULES.add(
    "level-out-of-range",
    Ending.DIES,
    OptionMistake("min_level", "a level between"),
    OptionMistake("max_level", "a level between"),
    effect="MediaPipe shifts by more bits than there are: the process ends, or the anchors are "
    "undefined.",
    cause="A level l of `multiscale_anchor_generation` has stride 2^l, which fits an integer from "
    "0 to 30 only.",
    cure="Write the levels of the feature pyramid, such as 3 to 7.",
    before="multiscale_anchor_generation: true strides: [8, 16] aspect_ratios: 1\n"
    "input_size_width: 128 input_size_height: 128 min_level: -1 max_level: 0",
    after="multiscale_anchor_generation: true strides: [8, 16] aspect_ratios: 1\n"
    "input_size_width: 128 input_size_height: 128 min_level: 3 max_level: 4",
    says=("Floating point exception",),
)
ANCHOR_RULES.add(
    "feature-map-sides-differ",
    Ending.DIES,
    OptionMistake("feature_map_width", "entries"),
    effect="MediaPipe ends the process when the graph starts.",
    cause="`feature_map_width` has more or fewer entries than `feature_map_height`.",
    cure="Write the width and the height of each feature map.",
    before="num_layers: 1 strides: 8\nfeature_map_height: 16",
    after="num_layers: 1 strides: 8\nfeature_map_height: 16 feature_map_width: 16",
    says=("Check failed: options.feature_map_height_size() == options.feature_map_width_size()",),
)
