"""What can run a graph: the names that `backend=` takes, and what each offers."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from mediapipe_anchors.errors import GraphRunError, MediaPipeAnchorsError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.run.result import Emitted

BACKENDS = {"mediapipe": "mediapipe_anchors.run.mediapipe_backend"}


class Session(Protocol):
    """A started graph, as a backend offers it."""

    input_streams: tuple[str, ...]
    output_streams: tuple[str, ...]
    failure: GraphRunError | None  # what has ended the graph: it takes no more frames

    def send(self, timestamp: int, values: Mapping[str, Any]) -> list[Emitted]:
        """Put one value on each stream (None: nothing at this time) and wait for the graph."""

    def finish(self) -> list[Emitted]:
        """End the input streams and wait for the graph to end."""

    def close(self) -> None:
        """Let go of the graph, whatever state it is in."""


def open_session(
    backend: str,
    graph: Graph,
    side_packets: Mapping[str, Any],
    outputs: Sequence[str] | None,
    packet_types: Mapping[str, str],
    warn: Collection[str] | str,
) -> Session:
    """Start a graph on a backend."""
    if not isinstance(backend, str) or backend not in ("auto", *BACKENDS):
        raise MediaPipeAnchorsError(
            field="backend", value=backend, expected=f"auto or one of {', '.join(BACKENDS)}"
        )
    name = next(iter(BACKENDS)) if backend == "auto" else backend
    module = importlib.import_module(BACKENDS[name])
    session: Session = module.open_graph(graph, side_packets, outputs, packet_types, warn)
    return session
