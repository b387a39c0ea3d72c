"""The mistakes in the options of NonMaxSuppressionCalculator by themselves."""

from __future__ import annotations

from mediapipe_anchors.graph.rules.finding import Ending
from mediapipe_anchors.graph.rules.option_mistakes import OptionMistake, OptionRules
from mediapipe_anchors.options import NonMaxSuppressionOptions, OverlapType

SUPPRESSION_RULES = OptionRules(NonMaxSuppressionOptions)

SUPPRESSION_RULES.add(
    "no-detection-streams",
    Ending.DIES,
    OptionMistake("num_detection_streams", neutral={"num_detection_streams": 1}),
    effect="MediaPipe refuses the graph, or ends the process when it starts.",
    cause="`num_detection_streams` is 0 or less.",
    cure="Leave it out for one stream of detections; else write how many `input_stream` entries "
    "without a tag the node has.",
    before="num_detection_streams: 0",
    after="num_detection_streams: 1",
    says=(
        "At least one detection stream need to be specified.",
        'Tag "" index 0 was not expected.',
    ),
)
SUPPRESSION_RULES.add(
    "max-detections-zero",
    Ending.DIES,
    OptionMistake("max_num_detections", correct=lambda _: {"max_num_detections": -1}),
    effect="MediaPipe ends the process when the graph starts.",
    cause="0 is no limit and no number of detections that MediaPipe takes.",
    cure="Write -1, the default, for no limit.",
    before="max_num_detections: 0",
    after="max_num_detections: -1",
    says=(
        "max_num_detections=0 is not a valid value. Please choose a positive number of you want to "
        "limit the number of output detections, or set -1 if you do not want any limit.",
    ),
)
SUPPRESSION_RULES.add(
    "overlap-unspecified",
    Ending.DIES,
    OptionMistake("overlap_type", neutral={"overlap_type": OverlapType.INTERSECTION_OVER_UNION}),
    effect="MediaPipe ends the process as soon as two boxes meet.",
    cause="UNSPECIFIED_OVERLAP_TYPE is no measure of overlap. (The default, where the field is "
    "left out, is JACCARD.)",
    cure="Write INTERSECTION_OVER_UNION, as every published graph does.",
    before="overlap_type: UNSPECIFIED_OVERLAP_TYPE",
    after="overlap_type: INTERSECTION_OVER_UNION",
    says=("Unrecognized overlap type: 0",),
)
