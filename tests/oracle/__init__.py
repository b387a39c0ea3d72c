"""The live stock calculators of mediapipe 0.10.21, called like our own functions.

Nothing here shares code with the package but its options and its `Detections`: options become
MediaPipe's own messages, MediaPipe runs the graph, and its packets are read back exactly.
Importing this package needs the extra `graph`.
"""

from oracle.anchors import stock_anchors
from oracle.decoding import (
    decoder_graph,
    stock_decode,
    stock_decode_nms,
    tensors_as_stock_sees_them,
)
from oracle.found import stock_found
from oracle.graphs import StockError, stock_run_graph
from oracle.images import stock_image_graph
from oracle.nms import stock_non_max_suppression
from oracle.outcomes import Outcome, stock_outcome
from oracle.projection import stock_project_detections, stock_remove_letterbox
from oracle.tasks import stock_object_detector

__all__ = [
    "Outcome",
    "StockError",
    "decoder_graph",
    "stock_anchors",
    "stock_decode",
    "stock_decode_nms",
    "stock_found",
    "stock_image_graph",
    "stock_non_max_suppression",
    "stock_object_detector",
    "stock_outcome",
    "stock_project_detections",
    "stock_remove_letterbox",
    "stock_run_graph",
    "tensors_as_stock_sees_them",
]
