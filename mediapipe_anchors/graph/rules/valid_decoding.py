"""The mistakes in the options of TensorsToDetectionsCalculator by themselves."""

from __future__ import annotations

from mediapipe_anchors.graph.rules.finding import Ending
from mediapipe_anchors.graph.rules.option_mistakes import OptionMistake, OptionRules
from mediapipe_anchors.options import TensorsToDetectionsOptions

DECODING_RULES = OptionRules(TensorsToDetectionsOptions)

_AT_START = "MediaPipe refuses the graph when it starts."
_DIES_AT_START = "MediaPipe ends the process when the graph starts."

DECODING_RULES.add(
    "num-classes-unset",
    Ending.REFUSES,
    OptionMistake("num_classes", neutral={"num_classes": 1}),
    effect=_AT_START,
    cause="`num_classes` has no default; it is required even of models that need it not.",
    cure="Write the number of columns of the score tensor, the background included if the model "
    "has one.",
    before="num_boxes: 1917 num_coords: 4",
    after="num_boxes: 1917 num_coords: 4\nnum_classes: 91",
    says=("options_.has_num_classes()",),
)
DECODING_RULES.add(
    "num-coords-unset",
    Ending.REFUSES,
    OptionMistake(
        "num_coords",
        "to be set",
        correct=lambda options: {"num_coords": 4 + 2 * max(options.num_keypoints, 0)},
    ),
    effect=_AT_START,
    cause="`num_coords` has no default.",
    cure="Write the number of columns of the box tensor: 4 + 2 * `num_keypoints`.",
    before="num_classes: 1 num_keypoints: 6",
    after="num_classes: 1 num_keypoints: 6\nnum_coords: 16",
    says=("options_.has_num_coords()",),
)
DECODING_RULES.add(
    "max-results-zero",
    Ending.DIES,
    OptionMistake("max_results", correct=lambda _: {"max_results": -1}),
    effect=_DIES_AT_START,
    cause="0 is no limit and no number of results that MediaPipe takes.",
    cure="Write -1, the default, for no limit. (A limit keeps the first rows, not the best.)",
    before="max_results: 0",
    after="max_results: -1",
    says=(
        "Check failed: options_.max_results() != 0 (0 vs. 0) The maximum number of the top-scored "
        "detection results must be non-zero.",
    ),
)
DECODING_RULES.add(
    "values-per-keypoint",
    Ending.DIES,
    OptionMistake("num_values_per_keypoint", correct=lambda _: {"num_values_per_keypoint": 2}),
    effect=_DIES_AT_START,
    cause="Only keypoints of two values, x and y, can be decoded. Metadata in which the field is "
    "left out holds 0.",
    cure="Write 2, the default. A third value a keypoint (a score) has to be cut from the model's "
    "output.",
    before="num_values_per_keypoint: 3",
    after="num_values_per_keypoint: 2",
    says=("Check failed: options_.num_values_per_keypoint() == 2",),
)
DECODING_RULES.add(
    "negative-keypoints",
    Ending.STRAYS,
    OptionMistake("num_keypoints", neutral={"num_keypoints": 0}),
    effect="MediaPipe takes rows of the box tensor for shorter than a box: they overlap, and the "
    "last is read out of bounds.",
    cause="`num_keypoints` is below 0.",
    cure="Write how many keypoints the model gives a box; 0 for none.",
    before="num_keypoints: -1 num_coords: 2",
    after="num_keypoints: 0 num_coords: 4",
)
DECODING_RULES.add(
    "coords-miscounted",
    Ending.DIES,
    OptionMistake("num_coords", "num_keypoints", neutral={"num_keypoints": 0, "num_coords": 4}),
    effect=_DIES_AT_START,
    cause="A row of the box tensor holds 4 values of the box and 2 a keypoint; `num_coords` says "
    "otherwise.",
    cure="Write `num_coords` as the model has it, and `num_keypoints` as (num_coords - 4) / 2.",
    before="num_coords: 18 num_keypoints: 6",
    after="num_coords: 18 num_keypoints: 7",
    says=(
        "Check failed: options_.num_keypoints() * options_.num_values_per_keypoint() + "
        "kNumCoordsPerBox == num_coords_",
    ),
)
DECODING_RULES.add(
    "allowed-beside-ignored-classes",
    Ending.REFUSES,
    OptionMistake("allow_classes", neutral={"allow_classes": ()}),
    effect=_AT_START,
    cause="`allow_classes` lists the only classes that count, `ignore_classes` those that do not; "
    "together they say two things.",
    cure="Keep one of the two.",
    before="allow_classes: [1, 2]\nignore_classes: 0",
    after="allow_classes: [1, 2]",
    says=("options_.ignore_classes().empty()",),
)
DECODING_RULES.add(
    "mapping-of-anchors-beside-classes",
    Ending.REFUSES,
    OptionMistake("tensor_mapping.anchors_tensor_index", neutral={"tensor_mapping": None}),
    effect=_AT_START,
    cause="A tensor of anchors comes with raw boxes; tensors of classes and of a number of "
    "detections come from a model that has decoded its boxes itself.",
    cure="Leave `anchors_tensor_index` out for a model of four outputs, and the other two for one "
    "of three.",
    before="tensor_mapping { detections_tensor_index: 0 scores_tensor_index: 1\n"
    "  anchors_tensor_index: 2 classes_tensor_index: 3 }",
    after="tensor_mapping { detections_tensor_index: 0 scores_tensor_index: 1\n"
    "  anchors_tensor_index: 2 }",
    says=(
        "!tensor_mapping.has_classes_tensor_index() && "
        "!tensor_mapping.has_num_detections_tensor_index()",
    ),
)
DECODING_RULES.add(
    "mapping-incomplete",
    Ending.REFUSES,
    OptionMistake("tensor_mapping", neutral={"tensor_mapping": None}),
    effect="MediaPipe refuses the graph when it starts, or reads out of bounds at an index that "
    "its check mistakes for another.",
    cause="`tensor_mapping` has to name each output of the model once: 0 and 1 for boxes and "
    "scores, 2 for anchors; or 0 to 3 for boxes, classes, scores and the number of detections.",
    cure="Give every tensor an index of its own, from 0 on.",
    before="tensor_mapping { detections_tensor_index: 1 }",
    after="tensor_mapping { detections_tensor_index: 1 scores_tensor_index: 0 }",
    says=(
        "The custom output tensor indices should only cover index 0 and 1.",
        "The custom output tensor indices should only cover index 0, 1 and 2.",
        "tensor_mapping.has_detections_tensor_index() && tensor_mapping.has_scores_tensor_index()",
        "tensor_mapping.has_classes_tensor_index() && "
        "tensor_mapping.has_num_detections_tensor_index()",
    ),
)
DECODING_RULES.add(
    "box-boundaries-incomplete",
    Ending.REFUSES,
    OptionMistake("box_boundaries_indices", neutral={"box_boundaries_indices": None}),
    effect=_AT_START,
    cause="`box_boundaries_indices` has to give ymin, xmin, ymax and xmax (0 to 3 where they are "
    "not set) a column each.",
    cure="Write all four.",
    before="box_boundaries_indices { ymin: 1 }",
    after="box_boundaries_indices { ymin: 1 xmin: 0 ymax: 3 xmax: 2 }",
    says=("The custom box boundaries indices should only cover index 0, 1, 2, and 3.",),
)
DECODING_RULES.add(
    "keypoint-offset",
    Ending.STRAYS,
    OptionMistake("keypoint_coord_offset", neutral={"keypoint_coord_offset": 4}),
    effect="MediaPipe reads keypoints beside the row of their box, and out of bounds at the last.",
    cause="From `keypoint_coord_offset` on there are fewer columns than 2 * `num_keypoints`.",
    cure="Write 4, the column behind the box, unless the model has them elsewhere.",
    before="num_coords: 16 num_keypoints: 6\nkeypoint_coord_offset: 6",
    after="num_coords: 16 num_keypoints: 6\nkeypoint_coord_offset: 4",
)
DECODING_RULES.add(
    "box-offset",
    Ending.STRAYS,
    OptionMistake("box_coord_offset", neutral={"box_coord_offset": 0}),
    effect="MediaPipe reads boxes beside their row, and out of bounds at the last.",
    cause="From `box_coord_offset` on there are fewer than the four columns of a box.",
    cure="Write 0, the default, unless the model has the box elsewhere.",
    before="num_coords: 4\nbox_coord_offset: 1",
    after="num_coords: 4\nbox_coord_offset: 0",
)
DECODING_RULES.add(
    "negative-classes-per-detection",
    Ending.DIES,
    OptionMistake("max_classes_per_detection", neutral={"max_classes_per_detection": 1}),
    effect="MediaPipe ends the process at the first frame of a model with four outputs.",
    cause="`max_classes_per_detection` is below 0.",
    cure="Write the option of that name of the model's TFLite_Detection_PostProcess, mostly 1.",
    before="max_classes_per_detection: -1",
    after="max_classes_per_detection: 1",
    says=("std::bad_alloc",),
)
