"""The charts of the page, each an inline SVG that takes its colours from the page's style."""

from mediapipe_anchors.report.charts.curve import draw_comparison, draw_curve
from mediapipe_anchors.report.charts.histogram import draw_histogram
from mediapipe_anchors.report.charts.layouts import draw_layouts
from mediapipe_anchors.report.charts.shapes import draw_shapes
from mediapipe_anchors.report.charts.sizes import draw_sizes
from mediapipe_anchors.report.charts.to_scale import draw_map, draw_to_scale

__all__ = [
    "draw_comparison",
    "draw_curve",
    "draw_histogram",
    "draw_layouts",
    "draw_map",
    "draw_shapes",
    "draw_sizes",
    "draw_to_scale",
]
