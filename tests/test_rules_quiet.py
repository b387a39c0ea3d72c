"""No false alarm: graphs that are known to work give neither errors nor warnings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import needs_graph_api
from library_graphs import TASKS, library_nodes
from mediapipe_graphs import MEDIAPIPE_DIR

from mediapipe_anchors.emit import emit_graph
from mediapipe_anchors.graph.rules import Severity
from mediapipe_anchors.linting import lint
from mediapipe_anchors.presets import list_presets, preset

OURS = sorted((Path(__file__).parents[1] / "graphs").glob("*.pbtxt"))
WHEEL_GRAPHS = sorted(MEDIAPIPE_DIR.rglob("*.binarypb"))


def alarms(graph: Any) -> list[str]:
    """What of the findings in a graph counts, in words."""
    return [
        f"{finding.node} {finding.message}"
        for finding in lint(graph)
        if finding.severity is not Severity.INFO
    ]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_graphs(path):
    assert alarms(path) == []


@pytest.mark.parametrize("name", list_presets())
def test_published_presets(name):
    assert alarms(emit_graph(preset(name))) == []


@needs_graph_api
@pytest.mark.parametrize("path", WHEEL_GRAPHS, ids=lambda path: path.stem)
def test_graphs_of_the_wheel(path):
    """`lint` looks into their subgraphs as well, and into the models beside them."""
    assert alarms(path) == []
    assert "subgraphs-unread" not in {finding.code for finding in lint(path)}


@needs_graph_api
@pytest.mark.parametrize("name", TASKS)
def test_graphs_of_the_tasks(name):
    from mediapipe.framework import calculator_pb2

    graph = calculator_pb2.CalculatorGraphConfig(
        input_stream=["IMAGE:image", "NORM_RECT:rect"], node=library_nodes(name)
    )
    assert alarms(graph) == []
