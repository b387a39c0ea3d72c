"""The rules: small functions that yield what they find wrong with a graph, and what it leads to."""

from __future__ import annotations

from mediapipe_anchors.graph.rules.anchor_count import enough_anchors, no_anchors_are_left
from mediapipe_anchors.graph.rules.anchor_options import ANCHOR_OPTION_RULES
from mediapipe_anchors.graph.rules.decode_options import DECODE_OPTION_RULES
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
from mediapipe_anchors.graph.rules.face_metadata import FACE_METADATA_RULES
from mediapipe_anchors.graph.rules.feature_maps import FEATURE_MAP_RULES
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Replacement, Rule, Severity
from mediapipe_anchors.graph.rules.image_flow import IMAGE_RULES
from mediapipe_anchors.graph.rules.inference import INFERENCE_RULES
from mediapipe_anchors.graph.rules.labels import LABEL_RULES
from mediapipe_anchors.graph.rules.model_input import MODEL_INPUT_RULES
from mediapipe_anchors.graph.rules.model_outputs import MODEL_OUTPUT_RULES
from mediapipe_anchors.graph.rules.model_parts import MODEL_PART_RULES
from mediapipe_anchors.graph.rules.model_postprocess import MODEL_POSTPROCESS_RULES
from mediapipe_anchors.graph.rules.model_tensors import landmarks_fit, mapped_tensors_exist
from mediapipe_anchors.graph.rules.model_truth import MODEL_TRUTH_RULES
from mediapipe_anchors.graph.rules.model_values import MODEL_VALUE_RULES
from mediapipe_anchors.graph.rules.multiscale_options import MULTISCALE_RULES
from mediapipe_anchors.graph.rules.nms_flow import NMS_FLOW_RULES
from mediapipe_anchors.graph.rules.nms_options import NMS_OPTION_RULES
from mediapipe_anchors.graph.rules.option_ranges import RANGE_RULES
from mediapipe_anchors.graph.rules.option_sets import (
    averaged_landmarks_exist,
    combined_ranges_ascend,
    image_sizes_fit,
    option_values_have_sources,
    tensor_ranges_ascend,
)
from mediapipe_anchors.graph.rules.score_options import SCORE_RULES
from mediapipe_anchors.graph.rules.streams import STREAM_RULES
from mediapipe_anchors.graph.rules.subgraphs import subgraphs_are_read
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.graph.rules.switches import chosen_channels_exist
from mediapipe_anchors.graph.rules.tasks_metadata import TASKS_METADATA_RULES
from mediapipe_anchors.graph.rules.tasks_outputs import TASKS_OUTPUT_RULES
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
    no_anchors_are_left,
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
    *ANCHOR_OPTION_RULES,
    *FEATURE_MAP_RULES,
    *MULTISCALE_RULES,
    *DECODE_OPTION_RULES,
    *SCORE_RULES,
    *NMS_OPTION_RULES,
    *NMS_FLOW_RULES,
    *LABEL_RULES,
    *IMAGE_RULES,
    *STREAM_RULES,
    *INFERENCE_RULES,
    *MODEL_OUTPUT_RULES,
    *MODEL_PART_RULES,
    *MODEL_VALUE_RULES,
    *MODEL_POSTPROCESS_RULES,
    *MODEL_INPUT_RULES,
    *MODEL_TRUTH_RULES,
    *TASKS_METADATA_RULES,
    *TASKS_OUTPUT_RULES,
    *FACE_METADATA_RULES,
    subgraphs_are_read,
)
