"""Suppression that keeps too much, too little, or what it should not."""

from __future__ import annotations

from rule_cases import Flaw, plain_node
from rule_cases.detector import (
    DECODED_BY_MODEL,
    NMS,
    POSTPROCESSED,
    SOUND,
    TWO_CLASSES,
    decoder_node,
    detector,
    labels_node,
    nms_node,
)
from rule_cases.forwarders import passing

IOU = "overlap_type: INTERSECTION_OVER_UNION"
EMPTY = "return_empty_detections: true"
NO_THRESHOLD = f"{IOU} {EMPTY}"
WEIGHTED = f"{NMS} algorithm: WEIGHTED"
MULTICLASS = f"{NMS} multiclass_nms: true"
ORDER = ("multiclass-order",)
ACROSS = ("nms-across-classes",)
BOTH_LABELS = 'label: "cat" label: "dog"'
NAMED = {**DECODED_BY_MODEL, "decoder": decoder_node(POSTPROCESSED, "")}
LABELLED = 'input_stream: "labelled"'
LANDMARKS = 'input_stream: "landmarks_in"\noutput_stream: "detections"\n'
OF_LANDMARKS = (
    LANDMARKS
    + plain_node(
        "LandmarksToDetectionCalculator",
        'input_stream: "NORM_LANDMARKS:landmarks_in" output_stream: "DETECTION:one"',
    )
    + plain_node("MergeDetectionsToVectorCalculator", 'input_stream: "one" output_stream: "raw"')
)


def suppressed(options: str, wiring: str = 'input_stream: "raw"') -> str:
    return detector(nms=nms_node(options, wiring))


def of_two_classes(options: str) -> str:
    return detector(TWO_CLASSES, nms=nms_node(options))


def decoded(options: str, nms: str) -> str:
    """What a model with four outputs puts out, suppressed once more."""
    node = decoder_node(f"{POSTPROCESSED} {options}", "")
    return detector(DECODED_BY_MODEL, decoder=node, nms=nms_node(nms))


def labelled(labels: str, nms: str, decode: str = "") -> str:
    node = decoder_node(f"{POSTPROCESSED} {decode}", "")
    return detector(
        DECODED_BY_MODEL, decoder=node, labels=labels_node(labels), nms=nms_node(nms, LABELLED)
    )


FLAWS = {
    "no threshold of suppression": Flaw(
        "nothing-suppressed",
        suppressed(NO_THRESHOLD),
        SOUND,
        "min_suppression_threshold",
        "more",
    ),
    "a threshold of suppression that is no number": Flaw(
        "nothing-suppressed",
        suppressed(f"{NO_THRESHOLD} min_suppression_threshold: nan"),
        suppressed(f"{NO_THRESHOLD} min_suppression_threshold: 1"),
        "min_suppression_threshold",
        "same",
        traps=("nms: a NaN threshold suppresses nothing",),
    ),
    "blending without a threshold": Flaw(
        "weighted-keeps-one",
        suppressed(f"{NO_THRESHOLD} algorithm: WEIGHTED"),
        suppressed(WEIGHTED),
        "min_suppression_threshold",
        "fewer",
        traps=("nms: WEIGHTED at the default threshold of 1 gives one detection",),
    ),
    "a threshold below 0": Flaw(
        "all-suppressed",
        suppressed(f"{NO_THRESHOLD} min_suppression_threshold: -1"),
        SOUND,
        "min_suppression_threshold",
        "fewer",
        traps=("nms: a negative threshold suppresses boxes that never meet",),
    ),
    "an overlap that nobody chose": Flaw(
        "overlap-not-iou",
        suppressed(f"{EMPTY} min_suppression_threshold: 0.3"),
        SOUND,
        "overlap_type",
        traps=("nms: JACCARD, the default, is over the enclosing rectangle: 1/9",),
    ),
    "JACCARD": Flaw(
        "overlap-jaccard",
        suppressed(f"{EMPTY} min_suppression_threshold: 0.3 overlap_type: JACCARD"),
        SOUND,
        "overlap_type",
        traps=("nms: JACCARD, the default, is over the enclosing rectangle: 1/9",),
    ),
    "MODIFIED_JACCARD": Flaw(
        "overlap-modified-jaccard",
        suppressed(f"{EMPTY} min_suppression_threshold: 0.3 overlap_type: MODIFIED_JACCARD"),
        SOUND,
        "overlap_type",
        traps=(
            "nms: MODIFIED_JACCARD is over the candidate's area in DEFAULT",
            "nms: MODIFIED_JACCARD is over the top's area in WEIGHTED",
        ),
    ),
    "a limit of blended detections": Flaw(
        "weighted-ignores-limit",
        suppressed(f"{WEIGHTED} max_num_detections: 1"),
        suppressed(f"{NMS} max_num_detections: 1"),
        "max_num_detections",
        "more",
        traps=("nms: WEIGHTED ignores max_num_detections",),
    ),
    "an image for blending": Flaw(
        "weighted-ignores-image",
        suppressed(WEIGHTED, 'input_stream: "raw" input_stream: "IMAGE:image"'),
        suppressed(WEIGHTED),
        "input_stream",
        "same",
    ),
    "no packet for no detections": Flaw(
        "no-packet-when-empty",
        suppressed(NMS.replace(EMPTY, "")),
        SOUND,
        "return_empty_detections",
        traps=("nms: no detections: no packet",),
    ),
    "an order by chance": Flaw(
        "multiclass-order",
        suppressed(MULTICLASS),
        SOUND,
        "multiclass_nms",
        traps=("nms: multiclass_nms orders equal scores of several classes at random",),
    ),
    "classes blended": Flaw(
        "weighted-blends-classes",
        of_two_classes(WEIGHTED),
        of_two_classes(f"{WEIGHTED} multiclass_nms: true"),
        "multiclass_nms",
        "fewer",
        traps=("nms: WEIGHTED blends across classes",),
        beside=ORDER,
    ),
    "classes that suppress each other": Flaw(
        "nms-across-classes",
        of_two_classes(NMS),
        of_two_classes(MULTICLASS),
        "multiclass_nms",
        "fewer",
        beside=ORDER,
    ),
    "detections of two classes by class": Flaw(
        "multiclass-repeats",
        decoded("max_classes_per_detection: 2", MULTICLASS),
        decoded("max_classes_per_detection: 2", NMS),
        "multiclass_nms",
        "more",
        traps=("nms: multiclass_nms repeats a detection of two classes, both times with the best",),
        beside=(*ORDER, *ACROSS),
    ),
    "detections of no class": Flaw(
        "nms-without-classes",
        OF_LANDMARKS + nms_node(),
        OF_LANDMARKS
        + passing("PassThroughCalculator", 'input_stream: "raw" output_stream: "detections"'),
        "input_stream",
        "none",
        traps=("nms: a detection without a class is dropped",),
    ),
    "a threshold of the suppression in percent": Flaw(
        "nms-threshold-unreachable",
        suppressed(f"{NMS} min_score_threshold: 30"),
        suppressed(f"{NMS} min_score_threshold: 0.3"),
        "min_score_threshold",
        "none",
        traps=("nms: all detections too low: an empty packet",),
    ),
    "a label too few": Flaw(
        "labels-missing",
        detector(NAMED, labels=labels_node('label: "cat"', "detections")),
        detector(NAMED, labels=labels_node(BOTH_LABELS, "detections")),
        "label",
        "others",
    ),
    "labels instead of classes": Flaw(
        "multiclass-needs-ids",
        labelled(BOTH_LABELS, MULTICLASS),
        labelled(f"{BOTH_LABELS} keep_label_id: true", MULTICLASS),
        "keep_label_id",
        "none",
        beside=ORDER,
    ),
}
