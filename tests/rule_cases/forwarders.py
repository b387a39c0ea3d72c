"""Each node that passes detections on, from the stream "made" to the stream "passed"."""

from __future__ import annotations

import dataclasses

from mediapipe_graphs import (
    image_to_tensor_node,
    options_node,
)

from rule_cases import (
    plain_node,
    typed_node,
)


@dataclasses.dataclass(frozen=True)
class Forwarder:
    """Nodes that pass on detections from "made" to "passed"; `frames` until the first comes.

    `codes` are those of warnings that they give rise to.
    """

    nodes: str
    frames: int = 1
    codes: tuple[str, ...] = ()


def passing(calculator: str, wiring: str = 'input_stream: "made" output_stream: "passed"') -> str:
    return plain_node(calculator, wiring)


def switch(options: str, wiring: str = "") -> str:
    return (
        'node { calculator: "SwitchContainer" input_stream: "D:made" output_stream: "D:passed" '
        f"{wiring} options {{ [mediapipe.SwitchContainerOptions.ext] {{ {options} "
        'contained_node { calculator: "PassThroughCalculator" } '
        'contained_node { calculator: "PassThroughCalculator" } } } }'
    )


def clones(things: str, iterable: str) -> str:
    """A loop over things that are there, with all detections beside each."""
    return passing(
        f"BeginLoop{things}Calculator",
        f'input_stream: "ITERABLE:{iterable}" input_stream: "CLONE:made" '
        'output_stream: "ITEM:item" output_stream: "CLONE:passed" output_stream: "BATCH_END:end"',
    )


def collected(source: str, things: str) -> str:
    """A vector of things: the same one for each of some integers."""
    loop = passing(
        "BeginLoopIntCalculator",
        f'input_stream: "ITERABLE:ints_in" input_stream: "CLONE:{source}" '
        'output_stream: "ITEM:int" output_stream: "CLONE:thing" output_stream: "BATCH_END:last"',
    )
    end = passing(
        f"EndLoop{things}Calculator",
        'input_stream: "ITEM:thing" input_stream: "BATCH_END:last" '
        'output_stream: "ITERABLE:things"',
    )
    return f'input_stream: "ints_in" input_stream: "{source}"{loop}{end}'


DETECTIONS_TAG = 'input_stream: "DETECTIONS:made" output_stream: "DETECTIONS:passed"'
LABELS = options_node(
    "DetectionLabelIdToTextCalculator",
    'input_stream: "made" output_stream: "labelled"',
    'label: "thing"',
)
LOOP = passing(
    "BeginLoopDetectionCalculator",
    'input_stream: "ITERABLE:made" output_stream: "ITEM:item" output_stream: "BATCH_END:end"',
)
FIRST = typed_node(
    "GetDetectionVectorItemCalculator",
    'input_stream: "VECTOR:made" output_stream: "ITEM:first"',
    "GetVectorItemCalculatorOptions",
    "item_index: 0",
)
PADDING = image_to_tensor_node(8, "unused").replace(
    "output_stream:", 'output_stream: "LETTERBOX_PADDING:padding" output_stream:', 1
)
OTHER_TENSOR = ("matrix-of-another-tensor",)
RECTS = plain_node(
    "DetectionsToRectsCalculator",
    'input_stream: "DETECTIONS:faces" output_stream: "NORM_RECTS:rects"',
)
FLOATS = PADDING + plain_node(
    "TensorsToFloatsCalculator", 'input_stream: "TENSORS:unused" output_stream: "FLOATS:floats"'
)

FORWARDERS = {
    "PassThroughCalculator": Forwarder(passing("PassThroughCalculator")),
    "PassThroughCalculator by tag": Forwarder(
        passing(
            "PassThroughCalculator",
            'input_stream: "A:image" input_stream: "B:1:made" input_stream: "B:0:image" '
            'output_stream: "A:a" output_stream: "B:0:b" output_stream: "B:1:passed"',
        )
    ),
    "GateCalculator": Forwarder(
        options_node(
            "GateCalculator",
            'input_stream: "image" input_stream: "made" '
            'output_stream: "same" output_stream: "passed"',
            "allow: true",
        )
    ),
    "GateCalculator with a control": Forwarder(
        passing(
            "GateCalculator",
            'input_stream: "made" input_stream: "ALLOW:there" output_stream: "passed"',
        )
        + passing(
            "PacketPresenceCalculator",
            'input_stream: "PACKET:image" output_stream: "PRESENCE:there"',
        )
    ),
    "FlowLimiterCalculator": Forwarder(
        passing(
            "FlowLimiterCalculator",
            'input_stream: "image" input_stream: "made" input_stream: "FINISHED:passed" '
            'input_stream_info { tag_index: "FINISHED" back_edge: true } '
            'output_stream: "same" output_stream: "passed"',
        )
    ),
    "MergeCalculator": Forwarder(
        passing(
            "MergeCalculator",
            'input_stream: "never" input_stream: "made" output_stream: "passed"',
        )
        + passing("GateCalculator", 'input_stream: "made" output_stream: "never"')
    ),
    "PacketSequencerCalculator": Forwarder(
        passing(
            "PacketSequencerCalculator",
            'input_stream: "INPUT:made" input_stream: "TICK:image" output_stream: "OUTPUT:passed"',
        )
    ),
    "PreviousLoopbackCalculator": Forwarder(
        passing(
            "PreviousLoopbackCalculator",
            'input_stream: "MAIN:image" input_stream: "LOOP:made" '
            'input_stream_info { tag_index: "LOOP" back_edge: true } '
            'output_stream: "PREV_LOOP:passed"',
        ),
        frames=2,
    ),
    "SwitchContainer": Forwarder(switch("select: 1")),
    "SwitchContainer with a control": Forwarder(
        switch("", 'input_stream: "ENABLE:there"')
        + passing(
            "PacketPresenceCalculator",
            'input_stream: "PACKET:image" output_stream: "PRESENCE:there"',
        )
    ),
    "ClipDetectionVectorSizeCalculator": Forwarder(
        typed_node(
            "ClipDetectionVectorSizeCalculator",
            'input_stream: "made" output_stream: "passed"',
            "ClipVectorSizeCalculatorOptions",
            "max_vec_size: 5",
        )
    ),
    "DetectionLabelIdToTextCalculator": Forwarder(LABELS.replace("labelled", "passed")),
    "DetectionLetterboxRemovalCalculator": Forwarder(
        PADDING
        + passing(
            "DetectionLetterboxRemovalCalculator",
            DETECTIONS_TAG + ' input_stream: "LETTERBOX_PADDING:padding"',
        ),
        codes=OTHER_TENSOR,
    ),
    "DetectionUniqueIdCalculator": Forwarder(
        passing("DetectionUniqueIdCalculator", DETECTIONS_TAG)
    ),
    "FilterDetectionCalculator": Forwarder(
        LABELS
        + passing(
            "FilterDetectionCalculator", DETECTIONS_TAG.replace('TIONS:made"', 'TIONS:labelled"')
        )
    ),
    "SplitDetectionVectorCalculator": Forwarder(
        typed_node(
            "SplitDetectionVectorCalculator",
            'input_stream: "made" output_stream: "rest" output_stream: "passed"',
            "SplitVectorCalculatorOptions",
            "ranges { begin: 5 end: 6 } ranges { begin: 0 end: 5 }",
        )
    ),
    "GetDetectionVectorItemCalculator and MergeDetectionsToVectorCalculator": Forwarder(
        FIRST
        + passing(
            "MergeDetectionsToVectorCalculator",
            'input_stream: "first" input_stream: "first" output_stream: "passed"',
        )
    ),
    "BeginLoopDetectionCalculator and EndLoopDetectionCalculator": Forwarder(
        LOOP
        + passing(
            "EndLoopDetectionCalculator",
            'input_stream: "ITEM:item" input_stream: "BATCH_END:end" '
            'output_stream: "ITERABLE:passed"',
        )
    ),
    "FilterDetectionCalculator of single detections": Forwarder(
        LABELS
        + LOOP.replace("made", "labelled")
        + passing(
            "FilterDetectionCalculator",
            'input_stream: "DETECTION:item" output_stream: "DETECTION:kept"',
        )
        + passing(
            "EndLoopDetectionCalculator",
            'input_stream: "ITEM:kept" input_stream: "BATCH_END:end" '
            'output_stream: "ITERABLE:passed"',
        )
    ),
    "BeginLoopDetectionCalculator's clones": Forwarder(clones("Detection", "made")),
    "BeginLoopTensorCalculator's clones": Forwarder(PADDING + clones("Tensor", "unused")),
    "BeginLoopNormalizedRectCalculator's clones": Forwarder(
        RECTS + clones("NormalizedRect", "rects")
    ),
    "BeginLoopFloatCalculator's clones": Forwarder(FLOATS + clones("Float", "floats")),
    **{
        f"BeginLoop{things}Calculator's clones": Forwarder(
            f'input_stream: "{things.lower()}s_in"' + clones(things, f"{things.lower()}s_in")
        )
        for things in ("Image", "Int", "String")
    },
    **{
        f"BeginLoop{begin}Calculator's clones": Forwarder(
            collected(source, end) + clones(begin, "things")
        )
        for begin, end, source in (
            ("Matrix", "Matrix", "matrix_in"),
            (*("NormalizedLandmarkListVector",) * 2, "landmarks_in"),
        )
    },
}
