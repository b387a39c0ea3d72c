"""What rules look at: a graph, and the models that it runs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules.walk import Wiring

_Result = TypeVar("_Result")

INFERENCE_OPTIONS = "mediapipe.InferenceCalculatorOptions"


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """A graph that rules look at; what they all need is worked out once.

    Attributes:
        graph: the graph.
        model: a model that stands for the one which the graph names; None: as the graph says.
        folders: where relative paths of models start from, the first first; empty: the folder of
            the graph's file (the working directory for a graph without one).
        unread: why nothing is known of the graph's subgraphs; "" where they have been looked into.
    """

    graph: Graph
    model: Path | None = None
    folders: tuple[Path, ...] = ()
    unread: str = ""

    @functools.cached_property
    def wiring(self) -> Wiring:
        """What makes each of its streams and side packets."""
        return Wiring(self.graph)

    def model_path(self, node: Node) -> Path | None:
        """The model that a node runs, if that is known and the file is there.

        The `model` given stands for every model of its file name, and, where no node names such a
        file, for every model.
        """
        if not node.calculator.startswith("InferenceCalculator"):
            return None
        named = _model_named(node)
        if self.model is not None and named.name in (self.model.name, *self._models_if_other):
            return self.model
        found = (folder / named for folder in self._folders if named.name)
        return next((path for path in found if path.is_file()), None)

    def once(self, function: Callable[[Subject], _Result]) -> _Result:
        """What a function makes of this subject, which it is asked once."""
        if function not in self._results:
            self._results[function] = function(self)
        result: _Result = self._results[function]
        return result

    @functools.cached_property
    def _results(self) -> dict[Callable[[Subject], Any], Any]:
        return {}

    @functools.cached_property
    def _folders(self) -> tuple[Path, ...]:
        path = self.graph.path
        return self.folders or (Path() if path is None else path.parent,)

    @functools.cached_property
    def _models_if_other(self) -> set[str]:
        """The names of the graph's models, unless one is that of the model given."""
        nodes = [n for n in self.graph.nodes if n.calculator.startswith("InferenceCalculator")]
        names = {_model_named(node).name for node in nodes}
        return set() if self.model is not None and self.model.name in names else names


def _model_named(node: Node) -> Path:
    """The path of the model in a node's options; the empty path where it has none."""
    message = node.message(INFERENCE_OPTIONS)
    return Path("" if message is None else message.model_path)
