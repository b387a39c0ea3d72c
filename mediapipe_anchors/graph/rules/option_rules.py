"""The list of mistakes in the options of the three detection calculators, a node by itself."""

from __future__ import annotations

from mediapipe_anchors.graph.rules.finding import Ending
from mediapipe_anchors.graph.rules.option_mistakes import Changes, OptionMistake, OptionRules
from mediapipe_anchors.options import (
    NonMaxSuppressionOptions,
    OverlapType,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)

OPTION_RULES = OptionRules()

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


OPTION_RULES.add(
    "fixed-anchors-beside-generator",
    Ending.REFUSES,
    *(
        OptionMistake(SsdAnchorsOptions, field, "fixed_anchors are given", neutral={field: None})
        for field in _GENERATOR_FIELDS
    ),
    effect="MediaPipe refuses the graph when it starts.",
    says=("Fixed anchors are provided, but fields are set for generating anchors",),
)
OPTION_RULES.add(
    "anchors-without-strides",
    Ending.REFUSES,
    OptionMistake(SsdAnchorsOptions, "strides", "one entry a layer"),
    effect="MediaPipe refuses the graph when it starts.",
    says=("Both feature map shape and strides are missing. Must provide either one.",),
)
OPTION_RULES.add(
    "feature-maps-without-strides",
    Ending.HANGS,
    OptionMistake(SsdAnchorsOptions, "strides", "one stride for each"),
    effect="MediaPipe hangs when the graph starts, in an endless loop.",
)
OPTION_RULES.add(
    "stride-zero",
    Ending.STRAYS,
    OptionMistake(SsdAnchorsOptions, "strides", "strides other than 0"),
    effect="MediaPipe divides by 0: what anchors come of it is undefined, often none.",
)
OPTION_RULES.add(
    "too-many-anchors",
    Ending.DIES,
    OptionMistake(SsdAnchorsOptions, "strides", "anchors in all"),
    OptionMistake(SsdAnchorsOptions, "feature_map_height", "anchors in all"),
    effect="MediaPipe ends the process for lack of memory.",
)
OPTION_RULES.add(
    "grid-too-large",
    Ending.STRAYS,
    OptionMistake(SsdAnchorsOptions, "input_size_width", "grid cells"),
    OptionMistake(SsdAnchorsOptions, "input_size_height", "grid cells"),
    effect="The number of cells overflows: what anchors come of it is undefined.",
)
OPTION_RULES.add(
    "layers-miscounted",
    Ending.DIES,
    OptionMistake(SsdAnchorsOptions, "num_layers", "the entries of", correct=_layers_counted),
    effect="MediaPipe ends the process when the graph starts.",
)
OPTION_RULES.add(
    "levels-miscounted",
    Ending.DIES,
    OptionMistake(SsdAnchorsOptions, "max_level", "for one level"),
    effect="MediaPipe ends the process when the graph starts.",
)
OPTION_RULES.add(
    "level-out-of-range",
    Ending.DIES,
    OptionMistake(SsdAnchorsOptions, "min_level", "a level between"),
    OptionMistake(SsdAnchorsOptions, "max_level", "a level between"),
    effect="MediaPipe shifts by more bits than there are: the process ends, or the anchors are "
    "undefined.",
)
OPTION_RULES.add(
    "feature-map-sides-differ",
    Ending.DIES,
    OptionMistake(SsdAnchorsOptions, "feature_map_width", "entries"),
    effect="MediaPipe ends the process when the graph starts.",
)

OPTION_RULES.add(
    "num-classes-unset",
    Ending.REFUSES,
    OptionMistake(TensorsToDetectionsOptions, "num_classes", neutral={"num_classes": 1}),
    effect="MediaPipe refuses the graph when it starts.",
)
OPTION_RULES.add(
    "num-coords-unset",
    Ending.REFUSES,
    OptionMistake(
        TensorsToDetectionsOptions,
        "num_coords",
        "to be set",
        correct=lambda options: {"num_coords": 4 + 2 * max(options.num_keypoints, 0)},
    ),
    effect="MediaPipe refuses the graph when it starts.",
)
OPTION_RULES.add(
    "max-results-zero",
    Ending.DIES,
    OptionMistake(TensorsToDetectionsOptions, "max_results", correct=lambda _: {"max_results": -1}),
    effect="MediaPipe ends the process when the graph starts.",
)
OPTION_RULES.add(
    "values-per-keypoint",
    Ending.DIES,
    OptionMistake(
        TensorsToDetectionsOptions,
        "num_values_per_keypoint",
        correct=lambda _: {"num_values_per_keypoint": 2},
    ),
    effect="MediaPipe ends the process when the graph starts.",
)
OPTION_RULES.add(
    "negative-keypoints",
    Ending.STRAYS,
    OptionMistake(TensorsToDetectionsOptions, "num_keypoints", neutral={"num_keypoints": 0}),
    effect="MediaPipe takes the rows of the box tensor for shorter than a box: they overlap, and "
    "the last is read out of bounds.",
)
OPTION_RULES.add(
    "coords-miscounted",
    Ending.DIES,
    OptionMistake(
        TensorsToDetectionsOptions,
        "num_coords",
        "num_keypoints",
        neutral={"num_keypoints": 0, "num_coords": 4},
    ),
    effect="MediaPipe ends the process when the graph starts.",
)
OPTION_RULES.add(
    "allowed-beside-ignored-classes",
    Ending.REFUSES,
    OptionMistake(TensorsToDetectionsOptions, "allow_classes", neutral={"allow_classes": ()}),
    effect="MediaPipe refuses the graph when it starts.",
)
OPTION_RULES.add(
    "mapping-of-anchors-beside-classes",
    Ending.REFUSES,
    OptionMistake(
        TensorsToDetectionsOptions,
        "tensor_mapping.anchors_tensor_index",
        neutral={"tensor_mapping": None},
    ),
    effect="MediaPipe refuses the graph when it starts.",
)
OPTION_RULES.add(
    "mapping-incomplete",
    Ending.REFUSES,
    OptionMistake(TensorsToDetectionsOptions, "tensor_mapping", neutral={"tensor_mapping": None}),
    effect="MediaPipe refuses the graph when it starts; an index of 32 or more it may take for "
    "another, and read out of bounds.",
)
OPTION_RULES.add(
    "box-boundaries-incomplete",
    Ending.REFUSES,
    OptionMistake(
        TensorsToDetectionsOptions,
        "box_boundaries_indices",
        neutral={"box_boundaries_indices": None},
    ),
    effect="MediaPipe refuses the graph when it starts.",
)
OPTION_RULES.add(
    "keypoint-offset",
    Ending.STRAYS,
    OptionMistake(
        TensorsToDetectionsOptions,
        "keypoint_coord_offset",
        neutral={"keypoint_coord_offset": 4},
    ),
    effect="MediaPipe reads keypoints beside the row of their box, and out of bounds at the last.",
)
OPTION_RULES.add(
    "box-offset",
    Ending.STRAYS,
    OptionMistake(TensorsToDetectionsOptions, "box_coord_offset", neutral={"box_coord_offset": 0}),
    effect="MediaPipe reads boxes beside their row, and out of bounds at the last.",
)
OPTION_RULES.add(
    "negative-classes-per-detection",
    Ending.DIES,
    OptionMistake(
        TensorsToDetectionsOptions,
        "max_classes_per_detection",
        neutral={"max_classes_per_detection": 1},
    ),
    effect="MediaPipe ends the process at the first frame of a model with four outputs.",
)

OPTION_RULES.add(
    "no-detection-streams",
    Ending.DIES,
    OptionMistake(
        NonMaxSuppressionOptions, "num_detection_streams", neutral={"num_detection_streams": 1}
    ),
    effect="MediaPipe ends the process when it reads the graph.",
)
OPTION_RULES.add(
    "max-detections-zero",
    Ending.DIES,
    OptionMistake(
        NonMaxSuppressionOptions,
        "max_num_detections",
        correct=lambda _: {"max_num_detections": -1},
    ),
    effect="MediaPipe ends the process when the graph starts.",
)
OPTION_RULES.add(
    "overlap-unspecified",
    Ending.DIES,
    OptionMistake(
        NonMaxSuppressionOptions,
        "overlap_type",
        neutral={"overlap_type": OverlapType.INTERSECTION_OVER_UNION},
    ),
    effect="MediaPipe ends the process as soon as two boxes overlap.",
)
