"""Fits anchors to boxes: shapes anywhere, or shapes where the anchors of a detector stand."""

from mediapipe_anchors.fit.estimator import AnchorFitter
from mediapipe_anchors.fit.shapes import best_anchor, shape_iou
from mediapipe_anchors.fit.sketch import ShapeSketch
from mediapipe_anchors.fit.summary import FitSummary, summarize

__all__ = [
    "AnchorFitter",
    "FitSummary",
    "ShapeSketch",
    "best_anchor",
    "shape_iou",
    "summarize",
]
