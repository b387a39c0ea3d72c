"""What rules look at: a graph, and the models that it runs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.graph import Graph, Node
from mediapipe_anchors.graph.rules.walk import Wiring
from mediapipe_anchors.tflite import Model, read_model

_Result = TypeVar("_Result")

INFERENCE = ("InferenceCalculator", "TfLiteInferenceCalculator")  # and what begins so


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
        if not is_inference(node):
            return None
        named = _model_named(node)
        if self.model is not None and named.name in (self.model.name, *self._models_if_other):
            return self.model
        found = self.paths(named) if named.name else ()
        return next((path for path in found if path.is_file()), None)

    def paths(self, name: str | Path) -> Iterator[Path]:
        """Where a file may be that the graph names."""
        return (folder / name for folder in self._folders)

    def network(self, node: Node) -> Model | None:
        """The model that a node runs; None where it is not known or cannot be read."""
        path = self.model_path(node)
        if path is None:
            return None
        if path not in self._networks:
            try:
                self._networks[path] = read_model(path)
            except ModelError:  # MediaPipe says what is wrong with it
                self._networks[path] = None
        return self._networks[path]

    def options(self, node: Node) -> Any | None:
        """As `Node.options`, which reads them anew each time."""
        if node not in self._options:
            self._options[node] = node.options()
        return self._options[node]

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
    def _options(self) -> dict[Node, Any | None]:
        return {}

    @functools.cached_property
    def _networks(self) -> dict[Path, Model | None]:
        return {}

    @functools.cached_property
    def _folders(self) -> tuple[Path, ...]:
        path = self.graph.path
        return self.folders or (Path() if path is None else path.parent,)

    @functools.cached_property
    def _models_if_other(self) -> set[str]:
        """The names of the graph's models, unless one is that of the model given."""
        names = {_model_named(node).name for node in self.graph.nodes if is_inference(node)}
        return set() if self.model is not None and self.model.name in names else names


def is_inference(node: Node) -> bool:
    """Whether a node runs a model: of the Tensor calculators, or the older TfLite ones."""
    return node.calculator.startswith(INFERENCE)


def inference_options(node: Node) -> Any | None:
    """The options message of a node that runs a model, if it has one."""
    legacy = node.calculator.startswith("TfLite")
    return node.message(f"mediapipe.{'TfLite' if legacy else ''}InferenceCalculatorOptions")


def _model_named(node: Node) -> Path:
    """The path of the model in a node's options; the empty path where it has none."""
    message = inference_options(node)
    return Path("" if message is None else message.model_path)
