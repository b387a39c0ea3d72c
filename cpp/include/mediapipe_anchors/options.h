#ifndef MEDIAPIPE_ANCHORS_OPTIONS_H_
#define MEDIAPIPE_ANCHORS_OPTIONS_H_

// The options of MediaPipe's detection calculators: field names, defaults and presence as in its
// protos. A std::optional field is one whose proto declares no default and whose presence matters.

#include <cstdint>
#include <optional>

#include "mediapipe_anchors/span.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// SsdAnchorsCalculatorOptions. Sizes and strides in input pixels, aspect ratios are w / h.
struct SsdAnchorsOptions {
  std::optional<int32_t> input_size_width;
  std::optional<int32_t> input_size_height;
  std::optional<float> min_scale;
  std::optional<float> max_scale;
  float anchor_offset_x = 0.5f;
  float anchor_offset_y = 0.5f;
  std::optional<int32_t> num_layers;
  Span<int32_t> feature_map_width;
  Span<int32_t> feature_map_height;
  Span<int32_t> strides;
  Span<float> aspect_ratios;
  bool reduce_boxes_in_lowest_layer = false;
  float interpolated_scale_aspect_ratio = 1.0f;
  bool fixed_anchor_size = false;
  bool multiscale_anchor_generation = false;
  int32_t min_level = 3;
  int32_t max_level = 7;
  float anchor_scale = 4.0f;
  int32_t scales_per_octave = 2;
  bool normalize_coordinates = true;
  Span<float> fixed_anchors;  // [N, 4] x_center, y_center, w, h
};

struct TensorMapping {
  std::optional<int32_t> detections_tensor_index;
  std::optional<int32_t> classes_tensor_index;
  std::optional<int32_t> scores_tensor_index;
  std::optional<int32_t> num_detections_tensor_index;
  std::optional<int32_t> anchors_tensor_index;
};

struct BoxBoundariesIndices {
  int32_t ymin = 0;
  int32_t xmin = 1;
  int32_t ymax = 2;
  int32_t xmax = 3;
};

enum class BoxFormat : int32_t { kUnspecified = 0, kYxhw = 1, kXywh = 2, kXyxy = 3 };

// TensorsToDetectionsCalculatorOptions.
struct TensorsToDetectionsOptions {
  std::optional<int32_t> num_classes;
  int32_t num_boxes = 0;
  std::optional<int32_t> num_coords;
  float x_scale = 0;
  float y_scale = 0;
  float w_scale = 0;
  float h_scale = 0;
  Span<int32_t> ignore_classes;
  int32_t keypoint_coord_offset = 0;
  int32_t num_keypoints = 0;
  int32_t num_values_per_keypoint = 2;
  int32_t box_coord_offset = 0;
  bool apply_exponential_on_box_size = false;
  bool reverse_output_order = false;
  bool sigmoid_score = false;
  std::optional<float> score_clipping_thresh;
  bool flip_vertically = false;
  std::optional<float> min_score_thresh;
  int32_t max_results = -1;
  Span<int32_t> allow_classes;
  std::optional<TensorMapping> tensor_mapping;
  std::optional<BoxBoundariesIndices> box_boundaries_indices;
  std::optional<BoxFormat> box_format;
  int32_t max_classes_per_detection = 1;
};

enum class OverlapType : int32_t {
  kUnspecified = 0,
  kJaccard = 1,
  kModifiedJaccard = 2,
  kIntersectionOverUnion = 3,
};

enum class NmsAlgorithm : int32_t { kDefault = 0, kWeighted = 1 };

// NonMaxSuppressionCalculatorOptions.
struct NonMaxSuppressionOptions {
  int32_t num_detection_streams = 1;
  int32_t max_num_detections = -1;
  float min_suppression_threshold = 1.0f;
  OverlapType overlap_type = OverlapType::kJaccard;
  bool return_empty_detections = false;
  float min_score_threshold = -1.0f;
  NmsAlgorithm algorithm = NmsAlgorithm::kDefault;
  bool multiclass_nms = false;
};

// Each returns an error for options that stock MediaPipe rejects, aborts on, hangs on, or for which
// it reads out of bounds, whatever the tensors hold.
Status ValidateOptions(const SsdAnchorsOptions& options);
Status ValidateOptions(const TensorsToDetectionsOptions& options);
Status ValidateOptions(const NonMaxSuppressionOptions& options);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_OPTIONS_H_
