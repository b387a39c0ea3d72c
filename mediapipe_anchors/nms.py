"""Non-maximum suppression, as MediaPipe's `NonMaxSuppressionCalculator` does it."""

from __future__ import annotations

from mediapipe_anchors import _core
from mediapipe_anchors.detections import Detections
from mediapipe_anchors.errors import check_kind
from mediapipe_anchors.options import NonMaxSuppressionOptions


def non_max_suppression(detections: Detections, options: NonMaxSuppressionOptions) -> Detections:
    """Suppress overlapping detections, bit for bit as MediaPipe.

    Surprises that are MediaPipe's: the default `overlap_type` JACCARD is not the IoU, and the
    default `min_suppression_threshold` of 1.0 makes WEIGHTED return one detection only; WEIGHTED
    ignores `max_num_detections`, and stops at the first box without area, losing the rest. With
    several classes a detection, only each detection's top class is kept, and with `multiclass_nms`
    a detection can come out once for each class that it has, every time with the top one.

    Args:
        detections: of one image; of several streams, put together in the order of the streams.
        options: how to suppress. `num_detection_streams` and `return_empty_detections` concern the
            graph, not this function.

    Returns:
        What is retained, best score first, one class each. Equal scores are ordered as std::sort
        orders them in MediaPipe's Linux builds. With `multiclass_nms`, where MediaPipe's own order
        of equal scores is random, the lower class id goes first into that sort.

    Raises:
        OptionsError: options that MediaPipe aborts on.
        TensorError: a NaN score (it has no order), or arrays that do not fit each other.
    """
    check_kind("detections", detections, Detections)
    check_kind("options", options, NonMaxSuppressionOptions)
    retained = Detections.from_arrays(*_core.non_max_suppression(detections, options))
    retained.labels = detections.labels
    return retained
