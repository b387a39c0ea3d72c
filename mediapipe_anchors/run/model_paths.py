"""Where a graph's models are: beside the graph, then in the mediapipe package."""

from __future__ import annotations

from pathlib import Path

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.graph import Graph, Node

OPTIONS_WITH_MODEL = (
    "mediapipe.InferenceCalculatorOptions",
    "mediapipe.TfLiteInferenceCalculatorOptions",
    "mediapipe.FaceDetectionOptions",
)


def resolve_model_paths(graph: Graph, package_dir: Path) -> Graph:
    """`graph`, or where a `model_path` is relative, a copy in which all are absolute.

    A relative path is looked up beside the graph's file (in the working directory, for a graph
    without one), then in the mediapipe package and the folder that holds it, since MediaPipe's
    graphs name "mediapipe/modules/...". (MediaPipe itself looks in the working directory, then in
    the latter.)

    Raises:
        GraphError: a model that is in none of these places, with the node's line.
    """
    folders = [Path() if graph.path is None else graph.path.parent, package_dir, package_dir.parent]
    copy = Graph.read(graph.to_text().encode() if graph.is_text else graph.to_binary())
    changed = False
    for node in copy.nodes:
        for type_name in OPTIONS_WITH_MODEL:
            message = node.message(type_name)
            if message is None or not message.model_path or Path(message.model_path).is_absolute():
                continue
            message.model_path = str(_find(message.model_path, folders, graph, node))
            node.set_message(message)
            changed = True
    return copy if changed else graph


def _find(model_path: str, folders: list[Path], graph: Graph, node: Node) -> Path:
    for folder in folders:
        if (folder / model_path).is_file():
            return (folder / model_path).resolve()
    places = ", ".join(str(folder.resolve()) for folder in dict.fromkeys(folders))
    raise GraphError(
        f"{node.calculator}: model_path: got {model_path!r}, expected a file in one of {places}",
        path=graph.path,
        line=node.line,
    )
