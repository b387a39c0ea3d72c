"""Detections of faces and palms, taken out of their vectors and put into others."""

from __future__ import annotations

from rule_cases import gate, plain_node, typed_node
from rule_cases.forwarders import FIRST, LOOP


def begin_loop(name: str) -> str:
    return (
        LOOP.replace("made", name).replace(":item", f":{name}_item").replace(":end", f":{name}_end")
    )


# Faces are more than palms: when these come to an end, faces still come.
COLLECTED = (
    begin_loop("faces")
    + begin_loop("palms")
    + plain_node(
        "MergeCalculator",
        'input_stream: "palms_item" input_stream: "faces_item" output_stream: "item"',
    )
    + plain_node(
        "EndLoopDetectionCalculator",
        'input_stream: "ITEM:item" input_stream: "BATCH_END:faces_end" '
        'output_stream: "ITERABLE:all"',
    )
)


def loop_of(name: str) -> str:
    """The detections on a stream, taken out of their vector and put into one again."""
    return begin_loop(name) + plain_node(
        "EndLoopDetectionCalculator",
        f'input_stream: "ITEM:{name}_item" input_stream: "BATCH_END:{name}_end" '
        f'output_stream: "ITERABLE:{name}_again"',
    )


# A loop over two numbers, in which a palm passes for the first and a face for the second.
FIRSTS = FIRST.replace("made", "faces").replace("first", "face") + FIRST.replace(
    "made", "palms"
).replace("first", "palm")
IN_TURN = (
    'input_stream: "floats_in"'
    + FIRSTS
    + plain_node(
        "BeginLoopFloatCalculator",
        'input_stream: "ITERABLE:floats_in" input_stream: "CLONE:0:face" '
        'input_stream: "CLONE:1:palm" output_stream: "ITEM:number" output_stream: "CLONE:0:a_face" '
        'output_stream: "CLONE:1:a_palm" output_stream: "BATCH_END:end"',
    )
    + typed_node(
        "ThresholdingCalculator",
        'input_stream: "FLOAT:number" output_stream: "FLAG:flag"',
        "ThresholdingCalculatorOptions",
        "threshold: 0.5",
    )
    + gate("a_face", 'input_stream: "ALLOW:flag"', "this_face")
    + gate("a_palm", 'input_stream: "DISALLOW:flag"', "this_palm")
)
COLLECTED_IN_TURN = (
    IN_TURN
    + plain_node(
        "MergeCalculator",
        'input_stream: "this_face" input_stream: "this_palm" output_stream: "this"',
    )
    + plain_node(
        "EndLoopDetectionCalculator",
        'input_stream: "ITEM:this" input_stream: "BATCH_END:end" output_stream: "ITERABLE:all"',
    )
)
COLLECTED_APART = IN_TURN + "".join(
    plain_node(
        "EndLoopDetectionCalculator",
        f'input_stream: "ITEM:this_{name}" input_stream: "BATCH_END:end" '
        f'output_stream: "ITERABLE:{name}_again"',
    )
    for name in ("face", "palm")
)
