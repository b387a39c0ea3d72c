"""Graphs as mediapipe takes them: validated, and with their subgraphs expanded."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mediapipe_anchors.errors import GraphRunError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.run.mediapipe_api import load_mediapipe
from mediapipe_anchors.schema import message_class


@contextlib.contextmanager
def mediapipe_errors() -> Iterator[None]:
    """Turns what mediapipe raises (RuntimeError, ValueError, ...) into `GraphRunError`."""
    try:
        yield
    except GraphRunError:
        raise
    except Exception as error:
        raise GraphRunError(f"MediaPipe: {error}") from error


def validate(graph: Graph) -> Any:
    """The `ValidatedGraphConfig` of a graph; its subgraphs are expanded.

    Raises:
        GraphRunError: MediaPipe refuses the graph; holds MediaPipe's text.
    """
    with mediapipe_errors():
        return _validated(graph)


def expanded_graph(validated: Any) -> Graph:
    """The graph that `validate` made, with nodes in place of subgraphs; it is binary."""
    config = message_class("mediapipe.CalculatorGraphConfig")
    return Graph.read(config.FromString(validated.binary_config))


def _validated(graph: Graph) -> Any:
    validated = load_mediapipe().validated_graph_config()
    if graph.is_text:
        try:
            validated.initialize(graph_config=graph.to_text())
        except RuntimeError as error:
            if not str(error).startswith("Failed to parse: "):
                raise
            # MediaPipe adds the whole text, and not why; that goes to its log.
            raise GraphRunError(
                "MediaPipe: Failed to parse the graph: a field, an extension or a value that this "
                "mediapipe does not know; its log, on stderr, names the line"
            ) from None
        return validated
    with tempfile.TemporaryDirectory() as folder:  # it takes binary graphs as files only
        path = Path(folder) / "graph.binarypb"
        path.write_bytes(graph.to_binary())
        validated.initialize(binary_graph_path=str(path))
    return validated
