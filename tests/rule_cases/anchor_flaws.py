"""Options of anchors that MediaPipe takes, and that few mean."""

from __future__ import annotations

from rule_cases import Flaw
from rule_cases.detector import ANCHORS, DECODE, SOUND, anchors_node, decoder_node, detector

TWO_LAYERS = """input_size_width: 64 input_size_height: 64 num_layers: 2 strides: [16, 32]
      min_scale: 0.2 max_scale: 0.8 aspect_ratios: 1"""
MAPS = "feature_map_width: [4, 2] feature_map_height: [4, 2]"
MULTISCALE = """multiscale_anchor_generation: true input_size_width: 64 input_size_height: 64
      min_level: 4 max_level: 5 strides: [16, 32] aspect_ratios: 1"""
FIXED = "fixed_anchors { x_center: 0.5 y_center: 0.5 h: 0.5 w: 0.5 }"
BESIDE_MAPS = ("strides-beside-feature-maps",)


def flaw(code: str, field: str, options: str, sound: str = TWO_LAYERS, **more: object) -> Flaw:
    return Flaw(code, anchors_node(options), anchors_node(sound), field, **more)  # type: ignore[arg-type]


FLAWS = {
    "fixed anchors beside strides": flaw(
        "fixed-anchors-ignore-options",
        "strides",
        f"{FIXED} strides: 8",
        FIXED,
        traps=("anchors: fixed_anchors beside other generator fields, which are ignored",),
    ),
    "scales that are not set": flaw(
        "anchors-without-size",
        "min_scale",
        TWO_LAYERS.replace("min_scale: 0.2 max_scale: 0.8", ""),
        traps=("anchors: scales not set are 0",),
    ),
    "an input of no size": flaw(
        "no-anchors",
        "input_size_width",
        TWO_LAYERS.replace("input_size_width: 64", ""),
        traps=("anchors: an input size of 0 makes no anchors",),
    ),
    "neither ratios nor interpolation": flaw(
        "no-anchors",
        "aspect_ratios",
        TWO_LAYERS.replace("aspect_ratios: 1", "interpolated_scale_aspect_ratio: 0"),
        traps=("anchors: no aspect ratios and no interpolated anchor: no anchors",),
    ),
    "no ratios": flaw(
        "aspect-ratios-unset",
        "aspect_ratios",
        TWO_LAYERS.replace("aspect_ratios: 1", ""),
        traps=("anchors: no aspect ratios leave the interpolated anchor",),
    ),
    "a ratio below 0": flaw(
        "aspect-ratio-not-positive",
        "aspect_ratios",
        TWO_LAYERS.replace("aspect_ratios: 1", "aspect_ratios: [1, -1]"),
        traps=("anchors: a negative aspect ratio makes NaN sizes",),
    ),
    "equal strides with another between": flaw(
        "equal-strides-apart",
        "strides",
        TWO_LAYERS.replace("[16, 32]", "[16, 32, 16]").replace("layers: 2", "layers: 3"),
        TWO_LAYERS.replace("[16, 32]", "[16, 16, 32]").replace("layers: 2", "layers: 3"),
        traps=("anchors: equal strides merge only where they are adjacent",),
    ),
    "feature maps of a width without a height": flaw(
        "feature-map-width-ignored",
        "feature_map_width",
        f"{TWO_LAYERS} feature_map_width: [4, 2]",
        traps=("anchors: feature_map_width without feature_map_height counts as nothing",),
    ),
    "a feature map of a merged layer": flaw(
        "merged-feature-map-unread",
        "feature_map_height",
        f"{TWO_LAYERS} {MAPS}".replace("[16, 32]", "[16, 16]"),
        traps=("anchors: the feature map of a merged layer is never read",),
        beside=BESIDE_MAPS,
    ),
    "more strides than layers": flaw(
        "strides-beyond-layers",
        "strides",
        f"{TWO_LAYERS} {MAPS}".replace("[16, 32]", "[16, 32, 32]"),
        traps=("anchors: a stride beyond num_layers merges into the last layer",),
        beside=BESIDE_MAPS,
    ),
    "strides beside feature maps": flaw(
        "strides-beside-feature-maps",
        "strides",
        f"{TWO_LAYERS} {MAPS}",
        traps=("anchors: strides beside feature maps set the scales, whatever the log says",),
    ),
    "an oblong input": flaw(
        "aspect-ratios-of-fractions",
        "aspect_ratios",
        TWO_LAYERS.replace("height: 64", "height: 128"),
        f"{TWO_LAYERS} fixed_anchor_size: true".replace("height: 64", "height: 128"),
    ),
    "strides that are not those of the levels": flaw(
        "strides-not-of-levels",
        "strides",
        MULTISCALE.replace("[16, 32]", "[8, 8]"),
        MULTISCALE,
        traps=("anchors: multiscale: strides that are not 2^level set the grid alone",),
    ),
    "levels of an input without size": flaw(
        "multiscale-size-unset",
        "input_size_height",
        MULTISCALE.replace("input_size_height: 64", MAPS).replace("strides: [16, 32]", ""),
        f"{MULTISCALE} {MAPS}".replace("strides: [16, 32]", ""),
        traps=("anchors: multiscale: sizes not set divide by 0",),
    ),
    "anchors in pixels": Flaw(
        "anchors-in-pixels",
        detector(
            anchors=anchors_node(
                """multiscale_anchor_generation: true input_size_width: 16 input_size_height: 16
                min_level: 3 max_level: 3 strides: 8 aspect_ratios: 1 scales_per_octave: 1
                normalize_coordinates: false"""
            )
        ),
        SOUND,
        "normalize_coordinates",
        "more",
    ),
    "options of the other mode": flaw(
        "multiscale-ignores-options", "min_scale", f"{MULTISCALE} min_scale: 0.2", MULTISCALE
    ),
    "a level that does not divide the input": flaw(
        "level-not-dividing-input",
        "input_size_width",
        MULTISCALE.replace("width: 64", "width: 48"),
        MULTISCALE,
        traps=("anchors: multiscale: an indivisible input puts centres on cell corners",),
    ),
    "several ratios and scales": flaw(
        "multiscale-order",
        "aspect_ratios",
        MULTISCALE.replace("aspect_ratios: 1", "aspect_ratios: [1, 2]"),
        MULTISCALE,
        traps=("anchors: multiscale: aspect ratio outer, scale inner",),
    ),
    "more anchors than rows": Flaw(
        "anchors-left-over",
        detector(
            anchors=anchors_node(ANCHORS.replace("strides: 8", "strides: 4")),
            decoder=decoder_node(DECODE),
        ),
        SOUND,
        "anchors",
        "more",
        traps=("decode: more anchors than boxes",),
    ),
}
