"""Anchors for SSD-style detectors in MediaPipe.

boxes -> fit -> anchor options -> generate -> emit -> run -> detections. The names below load their
module on first use, so importing the package stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediapipe_anchors.anchors import anchors_from_tensor as anchors_from_tensor
    from mediapipe_anchors.anchors import generate_anchors as generate_anchors
    from mediapipe_anchors.anchors import read_anchors as read_anchors
    from mediapipe_anchors.anchors import write_anchors as write_anchors
    from mediapipe_anchors.boxes import Boxes as Boxes
    from mediapipe_anchors.boxes import iter_boxes as iter_boxes
    from mediapipe_anchors.boxes import read_boxes as read_boxes
    from mediapipe_anchors.boxes import sketch_boxes as sketch_boxes
    from mediapipe_anchors.decoding import decode as decode
    from mediapipe_anchors.decoding import decode_postprocessed as decode_postprocessed
    from mediapipe_anchors.decoding import decode_tensors as decode_tensors
    from mediapipe_anchors.detections import Detections as Detections
    from mediapipe_anchors.embed import EmbeddedAnchors as EmbeddedAnchors
    from mediapipe_anchors.embed import embed_anchors as embed_anchors
    from mediapipe_anchors.embed import extract_anchors as extract_anchors
    from mediapipe_anchors.emit import emit_graph as emit_graph
    from mediapipe_anchors.errors import BoxesError as BoxesError
    from mediapipe_anchors.errors import GraphError as GraphError
    from mediapipe_anchors.errors import GraphRunError as GraphRunError
    from mediapipe_anchors.errors import GraphWarning as GraphWarning
    from mediapipe_anchors.errors import MediaPipeAnchorsError as MediaPipeAnchorsError
    from mediapipe_anchors.errors import MissingExtraError as MissingExtraError
    from mediapipe_anchors.errors import ModelError as ModelError
    from mediapipe_anchors.errors import OptionsError as OptionsError
    from mediapipe_anchors.errors import TensorError as TensorError
    from mediapipe_anchors.fit import AnchorCurve as AnchorCurve
    from mediapipe_anchors.fit import AnchorFitter as AnchorFitter
    from mediapipe_anchors.fit import Comparison as Comparison
    from mediapipe_anchors.fit import Coverage as Coverage
    from mediapipe_anchors.fit import GridAnchorFitter as GridAnchorFitter
    from mediapipe_anchors.fit import LayoutScore as LayoutScore
    from mediapipe_anchors.fit import ShapeSketch as ShapeSketch
    from mediapipe_anchors.fit import choose_n_anchors as choose_n_anchors
    from mediapipe_anchors.fit import compare_anchors as compare_anchors
    from mediapipe_anchors.fit import compare_layouts as compare_layouts
    from mediapipe_anchors.fit import describe_reach as describe_reach
    from mediapipe_anchors.fit import match_anchors as match_anchors
    from mediapipe_anchors.fit import measure_coverage as measure_coverage
    from mediapipe_anchors.graph import Graph as Graph
    from mediapipe_anchors.inspection import ModelKind as ModelKind
    from mediapipe_anchors.inspection import ModelReport as ModelReport
    from mediapipe_anchors.inspection import RowReport as RowReport
    from mediapipe_anchors.inspection import inspect_model as inspect_model
    from mediapipe_anchors.layout import GridLayout as GridLayout
    from mediapipe_anchors.linting import LintFinding as LintFinding
    from mediapipe_anchors.linting import lint as lint
    from mediapipe_anchors.nms import non_max_suppression as non_max_suppression
    from mediapipe_anchors.options import BoxBoundariesIndices as BoxBoundariesIndices
    from mediapipe_anchors.options import BoxFormat as BoxFormat
    from mediapipe_anchors.options import NmsAlgorithm as NmsAlgorithm
    from mediapipe_anchors.options import NonMaxSuppressionOptions as NonMaxSuppressionOptions
    from mediapipe_anchors.options import OverlapType as OverlapType
    from mediapipe_anchors.options import SsdAnchorsOptions as SsdAnchorsOptions
    from mediapipe_anchors.options import TensorMapping as TensorMapping
    from mediapipe_anchors.options import TensorsToDetectionsOptions as TensorsToDetectionsOptions
    from mediapipe_anchors.presets import Preset as Preset
    from mediapipe_anchors.presets import list_presets as list_presets
    from mediapipe_anchors.presets import preset as preset
    from mediapipe_anchors.presets.image_input import BorderMode as BorderMode
    from mediapipe_anchors.presets.image_input import ImageInput as ImageInput
    from mediapipe_anchors.presets.image_input import MappedBackBy as MappedBackBy
    from mediapipe_anchors.projection import project_detections as project_detections
    from mediapipe_anchors.projection import remove_letterbox as remove_letterbox
    from mediapipe_anchors.run import GraphRunner as GraphRunner
    from mediapipe_anchors.run import run_graph as run_graph
    from mediapipe_anchors.run.packet_values import Classification as Classification
    from mediapipe_anchors.run.packet_values import Landmarks as Landmarks
    from mediapipe_anchors.run.packet_values import Rect as Rect
    from mediapipe_anchors.run.result import GraphResult as GraphResult

__version__ = "0.1.0"

_MODULE_OF = {
    name: module
    for module, names in {
        "anchors": "generate_anchors anchors_from_tensor read_anchors write_anchors",
        "boxes": "Boxes iter_boxes read_boxes sketch_boxes",
        "decoding": "decode decode_postprocessed decode_tensors",
        "detections": "Detections",
        "embed": "EmbeddedAnchors embed_anchors extract_anchors",
        "emit": "emit_graph",
        "errors": "MediaPipeAnchorsError OptionsError TensorError GraphError GraphRunError "
        "GraphWarning BoxesError ModelError MissingExtraError",
        "fit": "AnchorFitter GridAnchorFitter ShapeSketch match_anchors AnchorCurve "
        "choose_n_anchors Comparison compare_anchors LayoutScore compare_layouts describe_reach "
        "Coverage measure_coverage",
        "graph": "Graph",
        "inspection": "inspect_model ModelReport ModelKind RowReport",
        "layout": "GridLayout",
        "linting": "LintFinding lint",
        "presets.image_input": "ImageInput BorderMode MappedBackBy",
        "run.result": "GraphResult",
        "nms": "non_max_suppression",
        "options": "SsdAnchorsOptions TensorsToDetectionsOptions NonMaxSuppressionOptions "
        "TensorMapping BoxBoundariesIndices BoxFormat OverlapType NmsAlgorithm",
        "run.packet_values": "Classification Landmarks Rect",
        "presets": "Preset list_presets preset",
        "projection": "remove_letterbox project_detections",
        "run": "GraphRunner run_graph",
    }.items()
    for name in names.split()
}

__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
