"""What a rule says of a graph."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from mediapipe_anchors.errors import shorten
from mediapipe_anchors.graph import Graph, Node


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a node of a graph, or with the graph (`node` is None)."""

    node: Node | None
    field: str
    value: object
    expected: str
    fix: str | None = None

    def __str__(self) -> str:
        name = "" if self.node is None else f"{self.node.calculator}: "
        if self.node is not None and self.node.name:
            name = f"{self.node.calculator} ({self.node.name}): "
        text = f"{name}{self.field}: got {shorten(self.value)}, expected {self.expected}"
        return f"{text}; {self.fix}" if self.fix else text


Rule = Callable[[Graph], Iterator[Finding]]
