"""Graphs that end stock MediaPipe, and graphs beside them that it runs: a module a subject."""

from __future__ import annotations

import dataclasses

from mediapipe_graphs import (
    ANCHORS_128,
    ANCHORS_192,
    DECODE_FACE,
    DECODE_PALM,
    FACE_MODEL,
    PALM_MODEL,
    decoder_nodes,
)


@dataclasses.dataclass(frozen=True)
class Danger:
    """A graph that is refused.

    Attributes:
        graph: its text.
        field: what the error is about.
        stock: how stock MediaPipe ends on it: "died", "hung", or "returned" after reading out of
            bounds; None: not to be tried.
        frames: how many frames that takes.
    """

    graph: str
    field: str
    stock: str | None = "died"
    frames: int = 1


@dataclasses.dataclass(frozen=True)
class Safe:
    """A graph that is accepted.

    Attributes:
        graph: its text.
        stock: how stock MediaPipe ends on it: "returned", or "raised" by an error status, which is
            left to MediaPipe; None: not to be tried.
        frames: how many frames are tried.
        codes: of warnings, and of errors that are left to MediaPipe, which it gives rise to.
    """

    graph: str
    stock: str | None = "returned"
    frames: int = 1
    codes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Flaw:
    """A graph on which a process lives, but to no good; and beside it the same without the flaw.

    Attributes:
        code: of the one finding in it.
        graph, sound: their texts; nothing is found in `sound` but what is `beside`.
        field: what the finding is about.
        shows: what stock MediaPipe makes of `graph`: "refused" (an error status, in the words of
            the rule), "none", "fewer" or "more" detections than of `sound`, as many "others", or
            the "same"; None: not to be tried.
        traps: names of traps (`differential.traps`) that show it on the stock calculator.
        beside: codes of what is found besides.
        unproven: why stock MediaPipe cannot show it here.
    """

    code: str
    graph: str
    sound: str
    field: str
    shows: str | None = None
    traps: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    unproven: str = ""


IMAGE_IN = 'input_stream: "image"\noutput_stream: "detections"\n'
IOU = "overlap_type: INTERSECTION_OVER_UNION min_suppression_threshold: 0.01"
EVERY_FACE = DECODE_FACE.replace("min_score_thresh: 0.5", "min_score_thresh: 0.001")
FACES = decoder_nodes(FACE_MODEL, 128, ANCHORS_128, EVERY_FACE, "faces")
# Palms come from a tensor of -1 to 1, where the model wants 0 to 1; it finds what is needed here.
PALM_RANGE = ("range-not-of-model",)
PALMS = decoder_nodes(PALM_MODEL, 192, ANCHORS_192, DECODE_PALM, "palms")
IMAGE_SIZE = """
node {
  calculator: "ImagePropertiesCalculator"
  input_stream: "IMAGE:image"
  output_stream: "SIZE:size"
}"""


def plain_node(calculator: str, wiring: str) -> str:
    """A node without options."""
    return f'\nnode {{ calculator: "{calculator}" {wiring} }}'


def typed_node(calculator: str, wiring: str, kind: str, options: str) -> str:
    """A node with options of another name than its own."""
    return (
        f'\nnode {{ calculator: "{calculator}" {wiring} '
        f"options {{ [mediapipe.{kind}.ext] {{ {options} }} }} }}"
    )


def transform_node(source: str, target: str, form: str) -> str:
    """Between boxes in fractions and in pixels; `form` is "PIXEL" or "RELATIVE"."""
    return plain_node(
        "DetectionTransformationCalculator",
        f'input_stream: "DETECTIONS:{source}" input_stream: "IMAGE_SIZE:size" '
        f'output_stream: "{form}_DETECTIONS:{target}"',
    )


def gate(source: str, control: str, target: str, options: str = "") -> str:
    """A node that passes a stream on while its control, an input as written, allows it."""
    wiring = f'input_stream: "{source}" {control} output_stream: "{target}"'
    return typed_node("GateCalculator", wiring, "GateCalculatorOptions", options)
