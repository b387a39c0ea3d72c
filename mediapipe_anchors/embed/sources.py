"""Where anchors and decoding come from: options, a fit, a file, an array, a preset, a graph."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import generate_anchors, read_anchors
from mediapipe_anchors.arrays import as_float32
from mediapipe_anchors.embed.tasks_limits import check_anchor_options
from mediapipe_anchors.errors import GraphError, MediaPipeAnchorsError, TensorError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.options import (
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.presets import Preset, preset

_FIT = 2  # ScaleMode.FIT of ImageTransformationCalculator
_LETTERBOXES = {
    "ImageToTensorCalculator": ("keep_aspect_ratio", True),
    "ImageTransformationCalculator": ("scale_mode", _FIT),
}


@dataclasses.dataclass(frozen=True)
class Source:
    """What a detector's author says of it.

    Attributes:
        anchors, decode: None where it does not say.
        float_range: what pixel values 0 and 255 become in the input; None where it does not say.
        letterboxes: whether an image keeps its aspect ratio in the input.
        nms: how it suppresses; None where it does not say.
    """

    anchors: SsdAnchorsOptions | None = None
    decode: TensorsToDetectionsOptions | None = None
    float_range: tuple[float, float] | None = None
    letterboxes: bool = False
    nms: NonMaxSuppressionOptions | None = None


def source_of(graph: Any | None, preset_or_name: Preset | str | None) -> Source:
    """What a graph or a preset says; nothing where neither is given.

    Raises:
        MediaPipeAnchorsError: both are given.
        GraphError: the graph cannot be read, or has several nodes of a calculator.
    """
    if graph is not None and preset_or_name is not None:
        raise MediaPipeAnchorsError(
            field="graph", value=graph, expected="a graph or a preset, and not both"
        )
    if preset_or_name is not None:
        row = preset(preset_or_name) if isinstance(preset_or_name, str) else preset_or_name
        image = row.input
        return Source(row.anchors, row.decode, image.float_range, image.keep_aspect_ratio, row.nms)
    return Source() if graph is None else _of_graph(Graph.read(graph))


def _of_graph(graph: Graph) -> Source:
    image = _message(graph, "ImageToTensorCalculator")
    float_range = None
    if image is not None and image.HasField("output_tensor_float_range"):
        limits = image.output_tensor_float_range
        float_range = (limits.min, limits.max)
    anchors = _options(graph, "SsdAnchorsCalculator")
    decode = _options(graph, "TensorsToDetectionsCalculator")
    letterboxes = False
    for calculator, (field, value) in _LETTERBOXES.items():
        message = _message(graph, calculator)
        letterboxes |= message is not None and getattr(message, field) == value
    nms = _options(graph, "NonMaxSuppressionCalculator")
    return Source(anchors, decode, float_range, letterboxes, nms)


def _only(graph: Graph, calculator: str) -> Any | None:
    nodes = [node for node in graph.nodes if node.calculator == calculator]
    if len(nodes) > 1:
        raise GraphError(
            f"{len(nodes)} nodes of {calculator}, expected one: pass anchors and decode instead",
            path=graph.path,
            line=nodes[1].line,
        )
    return nodes[0] if nodes else None


def _options(graph: Graph, calculator: str) -> Any | None:
    node = _only(graph, calculator)
    return None if node is None else node.options()


def _message(graph: Graph, calculator: str) -> Any | None:
    node = _only(graph, calculator)
    return None if node is None else node.message(f"mediapipe.{calculator}Options")


def anchors_of(value: Any) -> npt.NDArray[np.float32]:
    """The anchors that options, a fit, a file or an array stand for.

    Returns:
        float32 [N, 4], columns x_center, y_center, w, h; finite.

    Raises:
        OptionsError, GraphError: options that MediaPipe refuses, or a file that does not hold any.
        TensorError: an array that is no [N, 4] of finite numbers.
    """
    if hasattr(value, "options_"):  # a fitted GridAnchorFitter
        value = value.options_
    if isinstance(value, (str, os.PathLike)):
        path = Path(value)
        graph = path.suffix.lower() in (".pbtxt", ".binarypb")
        value = SsdAnchorsOptions.from_pbtxt(path) if graph else read_anchors(path)
    if isinstance(value, SsdAnchorsOptions):
        check_anchor_options(value)
        return _finite(generate_anchors(value))
    if hasattr(value, "fit"):  # an AnchorFitter, or one that is not fitted
        raise MediaPipeAnchorsError(
            field="anchors",
            value=value,
            expected="a GridAnchorFitter that is fitted, or options",
            fix="shapes stand nowhere yet: pass GridLayout(...).options(fitter.anchors_)",
        )
    return _finite(as_float32("anchors", value, (None, 4)))


def _finite(anchors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if not np.isfinite(anchors).all():
        row = int(np.flatnonzero(~np.isfinite(anchors).all(axis=1))[0])
        raise TensorError(field=f"anchors[{row}]", value=anchors[row], expected="finite numbers")
    return anchors
