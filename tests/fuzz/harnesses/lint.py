"""Graphs in text: linted, with the subgraphs that an installed MediaPipe unfolds, and fixed."""

from __future__ import annotations

from fuzz.harnesses import graph

from mediapipe_anchors import Graph, lint
from mediapipe_anchors.linting.fixing import fix_graph

EXPANDED = 2**14
WORDS = [*graph.WORDS, b'"FaceDetectionShortRangeCpu"', b'"SwitchContainer"', b"contained_node"]


def check(data: bytes) -> None:
    read = Graph.read(data)
    before = read.to_text()
    findings = lint(read)
    assert read.to_text() == before
    assert all(finding.message for finding in findings)
    fixed = fix_graph(read)
    assert fixed or read.to_text() == before
    assert not fix_graph(read)
