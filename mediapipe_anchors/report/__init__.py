"""The report of a fit: its figures, and the page that shows them."""

from mediapipe_anchors.report.figures import FitReport, Rival, Settings
from mediapipe_anchors.report.page import render_page

__all__ = ["FitReport", "Rival", "Settings", "render_page"]
