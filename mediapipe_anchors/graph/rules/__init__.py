"""The rules: small functions that yield what they find wrong with a graph, and what it leads to."""

from __future__ import annotations

from mediapipe_anchors.graph.rules.anchor_count import enough_anchors
from mediapipe_anchors.graph.rules.detection_flow import (
    blended_keypoints_match,
    keypoints_exist,
    nms_boxes_are_relative,
)
from mediapipe_anchors.graph.rules.detection_options import (
    MAX_NUM_DETECTIONS,
    anchors_go_somewhere,
    nms_inputs_fit,
    nms_memory_fits,
)
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Replacement, Rule, Severity
from mediapipe_anchors.graph.rules.model_tensors import landmarks_fit, mapped_tensors_exist
from mediapipe_anchors.graph.rules.option_ranges import RANGE_RULES
from mediapipe_anchors.graph.rules.option_sets import (
    averaged_landmarks_exist,
    combined_ranges_ascend,
    image_sizes_fit,
    option_values_have_sources,
    tensor_ranges_ascend,
)
from mediapipe_anchors.graph.rules.subgraphs import subgraphs_are_read
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.switches import chosen_channels_exist
from mediapipe_anchors.graph.rules.valid_anchors import ANCHOR_RULES
from mediapipe_anchors.graph.rules.valid_decoding import DECODING_RULES
from mediapipe_anchors.graph.rules.valid_suppression import SUPPRESSION_RULES
from mediapipe_anchors.graph.rules.whole_graph import (
    batches_fit,
    executor_threads_fit,
    histograms_fit,
    tracing_leaves_a_thread,
)

__all__ = [
    "MAX_NUM_DETECTIONS",
    "RULES",
    "Ending",
    "Finding",
    "Replacement",
    "Rule",
    "Severity",
    "Subject",
]

RULES: tuple[Rule, ...] = (
    *ANCHOR_RULES.rules,
    *DECODING_RULES.rules,
    *SUPPRESSION_RULES.rules,
    *RANGE_RULES,
    anchors_go_somewhere,
    enough_anchors,
    mapped_tensors_exist,
    landmarks_fit,
    nms_inputs_fit,
    nms_memory_fits,
    blended_keypoints_match,
    nms_boxes_are_relative,
    keypoints_exist,
    option_values_have_sources,
    image_sizes_fit,
    tensor_ranges_ascend,
    combined_ranges_ascend,
    averaged_landmarks_exist,
    chosen_channels_exist,
    executor_threads_fit,
    histograms_fit,
    tracing_leaves_a_thread,
    batches_fit,
    subgraphs_are_read,
)
