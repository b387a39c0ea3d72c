#include "tensors_to_detections_options.h"

#include <cstdint>
#include <optional>

namespace mediapipe_anchors {
namespace {

Status CheckCounts(const TensorsToDetectionsOptions& options) {
  if (!options.num_classes) return BadOption("num_classes", 0, "to be set");
  if (!options.num_coords) return BadOption("num_coords", 0, "to be set");
  if (options.max_results == 0) {
    return BadOption("max_results", 0, "a number other than 0", 0, "-1 stands for no limit");
  }
  if (options.num_values_per_keypoint != 2) {
    return BadOption("num_values_per_keypoint", options.num_values_per_keypoint, "2");
  }
  if (options.num_keypoints < 0) {
    return BadOption("num_keypoints", options.num_keypoints, "0 or more keypoints");
  }
  const int64_t num_coords = 4 + 2 * int64_t{options.num_keypoints};
  if (num_coords != *options.num_coords) {
    return BadOption("num_coords", *options.num_coords, "4 + 2 * num_keypoints = {}",
                     static_cast<double>(num_coords));
  }
  return {};
}

// Adds the index to the set of those seen; false where it is outside 0..3 or was seen.
bool Cover(const std::optional<int32_t>& index, uint32_t* seen) {
  if (!index || *index < 0 || *index > 3 || ((*seen >> *index) & 1u) != 0) return false;
  *seen |= 1u << *index;
  return true;
}

Status CheckTensorMapping(const TensorMapping& mapping) {
  const bool postprocessed = mapping.classes_tensor_index || mapping.num_detections_tensor_index;
  if (mapping.anchors_tensor_index && postprocessed) {
    return BadOption("tensor_mapping.anchors_tensor_index", *mapping.anchors_tensor_index,
                     "to be unset beside classes and num_detections");
  }
  uint32_t seen = 0;
  bool covers = Cover(mapping.detections_tensor_index, &seen);
  covers = Cover(mapping.scores_tensor_index, &seen) && covers;
  if (mapping.anchors_tensor_index) covers = Cover(mapping.anchors_tensor_index, &seen) && covers;
  if (postprocessed) {
    covers = Cover(mapping.classes_tensor_index, &seen) && covers;
    covers = Cover(mapping.num_detections_tensor_index, &seen) && covers;
  }
  const uint32_t wanted = postprocessed ? 15u : mapping.anchors_tensor_index ? 7u : 3u;
  if (covers && seen == wanted) return {};
  const char* expected =
      postprocessed
          ? "detections, classes, scores and num_detections to cover the indices 0, 1, 2 and 3"
      : mapping.anchors_tensor_index
          ? "detections, scores and anchors to cover the indices 0, 1 and 2"
          : "detections and scores to cover the indices 0 and 1";
  return BadOption("tensor_mapping", seen, expected);
}

Status CheckBoxBoundariesIndices(const BoxBoundariesIndices& indices) {
  uint32_t seen = 0;
  const bool covers = Cover(indices.ymin, &seen) && Cover(indices.xmin, &seen) &&
                      Cover(indices.ymax, &seen) && Cover(indices.xmax, &seen);
  if (covers) return {};
  return BadOption("box_boundaries_indices", seen,
                   "ymin, xmin, ymax and xmax to cover the indices 0, 1, 2 and 3");
}

// MediaPipe reads and writes at the offsets unchecked: past the last box, out of bounds.
Status CheckKeypointOffset(const TensorsToDetectionsOptions& options) {
  const int32_t offset = options.keypoint_coord_offset;
  if (options.num_keypoints == 0 || (offset >= 0 && offset <= 4)) return {};
  return BadOption("keypoint_coord_offset", offset,
                   "an offset between 0 and num_coords - 2 * num_keypoints = {}", 4);
}

Status CheckBoxOffset(const TensorsToDetectionsOptions& options) {
  const int32_t last_box = *options.num_coords - 4;
  if (options.box_coord_offset >= 0 && options.box_coord_offset <= last_box) return {};
  return BadOption("box_coord_offset", options.box_coord_offset,
                   "an offset between 0 and num_coords - 4 = {}", last_box);
}

Status CheckCommon(const TensorsToDetectionsOptions& options) {
  MPA_RETURN_IF_ERROR(CheckCounts(options));
  if (!options.allow_classes.empty() && !options.ignore_classes.empty()) {
    return BadOption("allow_classes", options.allow_classes[0],
                     "to be empty while ignore_classes is not");
  }
  if (options.tensor_mapping) MPA_RETURN_IF_ERROR(CheckTensorMapping(*options.tensor_mapping));
  if (options.box_boundaries_indices) {
    MPA_RETURN_IF_ERROR(CheckBoxBoundariesIndices(*options.box_boundaries_indices));
  }
  return CheckKeypointOffset(options);
}

}  // namespace

Status ValidateRawOptions(const TensorsToDetectionsOptions& options) {
  MPA_RETURN_IF_ERROR(CheckCommon(options));
  return CheckBoxOffset(options);
}

Status ValidatePostprocessedOptions(const TensorsToDetectionsOptions& options) {
  MPA_RETURN_IF_ERROR(CheckCommon(options));
  if (options.max_classes_per_detection >= 0) return {};
  return BadOption("max_classes_per_detection", options.max_classes_per_detection, "0 or more");
}

// Before the model is known: num_boxes is set for raw outputs alone.
Status ValidateOptions(const TensorsToDetectionsOptions& options) {
  MPA_RETURN_IF_ERROR(ValidatePostprocessedOptions(options));
  return options.num_boxes > 0 ? CheckBoxOffset(options) : Status();
}

}  // namespace mediapipe_anchors
