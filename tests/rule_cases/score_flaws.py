"""Scores and classes that a decoder is told to keep or to drop."""

from __future__ import annotations

from rule_cases import Flaw
from rule_cases.detector import (
    DECODE,
    SOUND,
    TWO_CLASS_MODEL,
    TWO_CLASSES,
    WITH_ANCHORS,
    decoder_node,
    detector,
    inference_node,
)

DECODE_TWO = DECODE.replace("num_classes: 1", "num_classes: 2")
ACROSS = ("nms-across-classes",)
IGNORED = f'{WITH_ANCHORS} input_side_packet: "IGNORE_CLASSES:ignored"'
IGNORED_IN = {"more": 'input_side_packet: "ignored"'}
GPU = inference_node(TWO_CLASS_MODEL, more="delegate { gpu {} }")
NO_GPU = "needs a GPU; MediaPipe's source says so"


def decoding(options: str) -> str:
    return detector(decoder=decoder_node(options))


def two_classes(options: str, side: str = WITH_ANCHORS) -> str:
    return detector(TWO_CLASSES, decoder=decoder_node(f"{DECODE_TWO} {options}", side))


FLAWS = {
    "a threshold in percent": Flaw(
        "score-threshold-unreachable",
        decoding(DECODE.replace("0.3", "30")),
        SOUND,
        "min_score_thresh",
        "none",
    ),
    "a threshold above what clipping leaves": Flaw(
        "score-threshold-unreachable",
        decoding(DECODE.replace("0.3", "0.8") + " score_clipping_thresh: 1"),
        decoding(DECODE.replace("0.3", "0.7") + " score_clipping_thresh: 1"),
        "min_score_thresh",
        "none",
    ),
    "scores clipped to nothing": Flaw(
        "scores-clipped-away",
        decoding(f"{DECODE} score_clipping_thresh: 0"),
        decoding(f"{DECODE} score_clipping_thresh: 100"),
        "score_clipping_thresh",
        "others",
    ),
    "clipping without a sigmoid": Flaw(
        "score-clipping-unused",
        decoding(DECODE.replace("sigmoid_score: true", "score_clipping_thresh: 0.1")),
        decoding(DECODE.replace("sigmoid_score: true", "")),
        "score_clipping_thresh",
        "same",
        traps=("decode: score_clipping_thresh without sigmoid_score plays no part",),
    ),
    "no threshold": Flaw(
        "score-threshold-unset",
        decoding(DECODE.replace("min_score_thresh: 0.3", "")),
        SOUND,
        "min_score_thresh",
        traps=("decode: where no class wins the class is -1 and the score -FLT_MAX",),
    ),
    "a threshold that is no number": Flaw(
        "score-threshold-unset",
        decoding(DECODE.replace("0.3", "nan")),
        SOUND,
        "min_score_thresh",
        traps=("decode: a NaN min_score_thresh drops nothing",),
    ),
    "the only class ignored": Flaw(
        "no-class-left",
        decoding(f"{DECODE} ignore_classes: 0"),
        SOUND,
        "ignore_classes",
        "none",
        traps=("decode: an ignore list keeps what has no class",),
    ),
    "no class of the model allowed": Flaw(
        "no-class-left", decoding(f"{DECODE} allow_classes: 1"), SOUND, "allow_classes", "none"
    ),
    "a class that is not there": Flaw(
        "class-out-of-range",
        two_classes("ignore_classes: [0, 2]"),
        two_classes("ignore_classes: 0"),
        "ignore_classes",
        "same",
        beside=ACROSS,
    ),
    "classes to ignore beside those to allow": Flaw(
        "ignored-classes-beside-allowed",
        detector(decoder=decoder_node(f"{DECODE} allow_classes: 0", IGNORED), **IGNORED_IN),
        detector(decoder=decoder_node(DECODE, IGNORED), **IGNORED_IN),
        "allow_classes",
        "refused",
    ),
    "classes to ignore, twice": Flaw(
        "ignored-classes-replaced",
        detector(
            TWO_CLASSES,
            decoder=decoder_node(f"{DECODE_TWO} ignore_classes: 1", IGNORED),
            **IGNORED_IN,
        ),
        detector(TWO_CLASSES, decoder=decoder_node(DECODE_TWO, IGNORED), **IGNORED_IN),
        "ignore_classes",
        "same",
        beside=ACROSS,
    ),
    "a class to ignore on a GPU": Flaw(
        "class-filter-on-gpu",
        detector(
            TWO_CLASSES, inference=GPU, decoder=decoder_node(f"{DECODE_TWO} ignore_classes: 1")
        ),
        detector(
            TWO_CLASSES, inference=GPU, decoder=decoder_node(f"{DECODE_TWO} ignore_classes: 0")
        ),
        "ignore_classes",
        beside=ACROSS,
        unproven=NO_GPU,
    ),
    "a class to allow on a GPU": Flaw(
        "class-filter-on-gpu",
        detector(
            TWO_CLASSES, inference=GPU, decoder=decoder_node(f"{DECODE_TWO} allow_classes: 0")
        ),
        detector(
            TWO_CLASSES, inference=GPU, decoder=decoder_node(f"{DECODE_TWO} allow_classes: 1")
        ),
        "allow_classes",
        beside=ACROSS,
        unproven=NO_GPU,
    ),
}
