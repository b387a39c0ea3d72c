"""Fits anchors to boxes: shapes anywhere, or shapes where the anchors of a detector stand."""

from mediapipe_anchors.fit.compare import Comparison, compare_anchors
from mediapipe_anchors.fit.counts import AnchorCurve, choose_n_anchors
from mediapipe_anchors.fit.coverage import Coverage, measure_coverage
from mediapipe_anchors.fit.estimator import AnchorFitter
from mediapipe_anchors.fit.grid import match_anchors
from mediapipe_anchors.fit.grid_fitter import GridAnchorFitter
from mediapipe_anchors.fit.layouts import LayoutScore, compare_layouts
from mediapipe_anchors.fit.reach import describe_reach
from mediapipe_anchors.fit.shapes import best_anchor, shape_iou
from mediapipe_anchors.fit.sketch import ShapeSketch
from mediapipe_anchors.fit.summary import FitSummary, summarize

__all__ = [
    "AnchorCurve",
    "AnchorFitter",
    "Comparison",
    "Coverage",
    "FitSummary",
    "GridAnchorFitter",
    "LayoutScore",
    "ShapeSketch",
    "best_anchor",
    "choose_n_anchors",
    "compare_anchors",
    "compare_layouts",
    "describe_reach",
    "match_anchors",
    "measure_coverage",
    "shape_iou",
    "summarize",
]
