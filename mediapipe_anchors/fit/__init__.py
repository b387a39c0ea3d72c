"""Fits anchors to boxes: shapes anywhere, or shapes where the anchors of a detector stand."""

from mediapipe_anchors.fit.estimator import AnchorFitter
from mediapipe_anchors.fit.grid import match_anchors
from mediapipe_anchors.fit.grid_fitter import GridAnchorFitter
from mediapipe_anchors.fit.shapes import best_anchor, shape_iou
from mediapipe_anchors.fit.sketch import ShapeSketch
from mediapipe_anchors.fit.summary import FitSummary, summarize

__all__ = [
    "AnchorFitter",
    "FitSummary",
    "GridAnchorFitter",
    "ShapeSketch",
    "best_anchor",
    "match_anchors",
    "shape_iou",
    "summarize",
]
