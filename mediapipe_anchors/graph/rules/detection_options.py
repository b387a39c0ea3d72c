"""Rules for the three detection calculators, a node by itself."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph import Node, stream_name, stream_tag
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import NonMaxSuppressionOptions

# MediaPipe reserves memory for this many detections at once: with 23 GiB it died at 200 million.
MAX_NUM_DETECTIONS = 1_000_000


@rule(
    "anchors-output-tagged",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe ends the process when the graph starts.",
    calculator="SsdAnchorsCalculator",
    cause="SsdAnchorsCalculator puts its anchors into an output side packet without a tag. It "
    "has none: there is no `output_side_packet`, or it is written with a tag, as the "
    "decoder takes it.",
    cure="Write the name alone here; the tag ANCHORS belongs to the decoder's `input_side_packet`.",
    before='output_side_packet: "ANCHORS:anchors"',
    after='output_side_packet: "anchors"',
)
def anchors_go_somewhere(subject: Subject) -> Iterator[Finding]:
    """SsdAnchorsCalculator aborts unless its first output side packet has no tag."""
    for node in subject.graph.nodes:
        if node.calculator != "SsdAnchorsCalculator":
            continue
        if not any(stream_tag(entry) == "" for entry in node.output_side_packets):
            yield Finding(
                node,
                "output_side_packet",
                list(node.output_side_packets),
                "one without a tag",
                'write output_side_packet: "anchors"',
                place="output_side_packet[0]",
                replace=_untagged(node.output_side_packets),
            )


def _untagged(entries: list[str]) -> tuple[Replacement, ...]:
    """The only entry without its tag."""
    if len(entries) != 1:
        return ()
    return (Replacement("output_side_packet[0]", stream_name(entries[0])),)


@rule(
    "nms-streams-miscounted",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe refuses the graph; over a huge number it hangs, or runs out of memory.",
    answered=True,
    calculator="NonMaxSuppressionCalculator",
    cause="`num_detection_streams` (1 where it is not set) is not the number of input streams "
    "without a tag.",
    cure="Count the `input_stream` entries; IMAGE has a tag and is none of them.",
    before='input_stream: "faces" input_stream: "palms"',
    after='input_stream: "faces" input_stream: "palms" options {\n'
    "  [mediapipe.NonMaxSuppressionCalculatorOptions.ext] { num_detection_streams: 2 } }",
    says=('Failed to get tag "" index 1', 'Tag "" index 1 was not expected.', "std::bad_alloc"),
)
def nms_inputs_fit(subject: Subject) -> Iterator[Finding]:
    """`num_detection_streams` counts the untagged inputs; a huge number hangs MediaPipe."""
    for node, options in nms_nodes(subject):
        untagged = [entry for entry in node.input_streams if stream_tag(entry) == ""]
        count = options.num_detection_streams
        if count > 0 and len(untagged) != count:  # below, another rule finds it
            yield Finding(
                node,
                "num_detection_streams",
                count,
                f"{len(untagged)}, the number of input streams without a tag",
                replace=_streams_counted(len(untagged)),
            )


@rule(
    "nms-memory",
    Severity.ERROR,
    Ending.DIES,
    effect="MediaPipe reserves memory for so many at once, and ends the process for lack of it.",
    calculator="NonMaxSuppressionCalculator",
    cause="`max_num_detections` is a large number, perhaps meant for no limit.",
    cure="Write -1, the default, for no limit.",
    before="max_num_detections: 2147483647",
    after="max_num_detections: -1",
    says=("std::bad_alloc",),
)
def nms_memory_fits(subject: Subject) -> Iterator[Finding]:
    """Memory is reserved for `max_num_detections`, however few there are."""
    for node, options in nms_nodes(subject):
        if options.max_num_detections > MAX_NUM_DETECTIONS:
            yield Finding(
                node,
                "max_num_detections",
                options.max_num_detections,
                f"at most {MAX_NUM_DETECTIONS}",
                "-1 stands for no limit",
                replace=(Replacement("max_num_detections", -1),),
            )


def _streams_counted(count: int) -> tuple[Replacement, ...]:
    return (Replacement("num_detection_streams", count),) if count else ()


def nms_nodes(subject: Subject) -> Iterator[tuple[Node, NonMaxSuppressionOptions]]:
    """The nodes of NonMaxSuppressionCalculator, with their options."""
    for node in subject.graph.nodes:
        options = subject.options(node)
        if isinstance(options, NonMaxSuppressionOptions):
            yield node, options
