"""What is not known of a graph whose subgraphs have not been looked into."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Severity, rule
from mediapipe_anchors.graph.rules.subject import Subject


@rule(
    "subgraphs-unread",
    Severity.INFO,
    Ending.MISLEADS,
    effect="What the subgraphs do, and what comes out of them, is not checked.",
    cause="The contents of a subgraph are in MediaPipe's library, not in the file; the rules look "
    "into them where mediapipe 0.10.21 is installed and takes the graph.",
    cure='Install the extra "graph" (mediapipe 0.10.21, up to Python 3.12); correct the errors '
    "that are found without it.",
    before='calculator: "FaceDetectionShortRangeCpu"',
    after="# the same, with mediapipe 0.10.21 installed",
)
def subgraphs_are_read(subject: Subject) -> Iterator[Finding]:
    """A note at the first subgraph, where its nodes could not be had."""
    if subject.unread:
        node = next(subgraphs(subject.graph))
        yield Finding(node, "calculator", node.calculator, "a calculator", subject.unread)


def subgraphs(graph: Graph) -> Iterator[Node]:
    """The nodes that stand for graphs of their own, as their names tell."""
    for node in graph.nodes:
        if not node.calculator.endswith("Calculator"):
            yield node
