"""Ground-truth boxes from annotation files, and their shapes as a detector sees them.

`read_boxes` finds the format (one module a format), collects what its reader yields, sorts out and
counts unusable boxes by reason, and returns `Boxes`; their `wh` gives the X of `AnchorFitter`.
"""

from mediapipe_anchors.boxes.dataset import Boxes, ReadReport
from mediapipe_anchors.boxes.read import FORMATS, read_boxes

__all__ = ["FORMATS", "Boxes", "ReadReport", "read_boxes"]
