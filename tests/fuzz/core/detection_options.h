#ifndef MEDIAPIPE_ANCHORS_TESTS_FUZZ_DETECTION_OPTIONS_H_
#define MEDIAPIPE_ANCHORS_TESTS_FUZZ_DETECTION_OPTIONS_H_

#include <vector>

#include "input.h"
#include "mediapipe_anchors/detections.h"

namespace mediapipe_anchors::fuzz {

// TensorsToDetectionsOptions with the memory of their lists.
struct DetectionOptions {
  std::vector<int32_t> allow_classes, ignore_classes;
  TensorsToDetectionsOptions options;

  explicit DetectionOptions(Input* input) {
    ReadCounts(input);
    options.x_scale = input->Float();
    options.y_scale = input->Float();
    options.w_scale = input->Float();
    options.h_scale = input->Float();
    options.apply_exponential_on_box_size = input->Flag();
    options.reverse_output_order = input->Flag();
    options.sigmoid_score = input->Flag();
    options.score_clipping_thresh = input->MaybeFloat();
    options.flip_vertically = input->Flag();
    options.min_score_thresh = input->MaybeFloat();
    options.max_results = input->Flag() ? input->Int32() : -1;
    if (input->Flag()) allow_classes = input->Int32s(input->Size(4));
    if (input->Flag()) ignore_classes = input->Int32s(input->Size(4));
    options.allow_classes = SpanOf(allow_classes);
    options.ignore_classes = SpanOf(ignore_classes);
    if (input->Flag()) options.tensor_mapping = ReadMapping(input);
    if (input->Flag()) {
      options.box_boundaries_indices = {input->Size(3), input->Size(3), input->Size(3),
                                        input->Int32()};
    }
    if (input->Flag()) options.box_format = static_cast<BoxFormat>(input->Int32());
  }

 private:
  void ReadCounts(Input* input) {
    options.num_classes = input->Byte() < 240 ? input->Size(8) : input->MaybeInt32();
    options.num_boxes = input->Byte() < 240 ? input->Size(32) : input->Int32();
    options.num_keypoints = input->Byte() < 240 ? input->Size(6) : input->Int32();
    const bool fits =
        input->Byte() < 240 && options.num_keypoints >= 0 && options.num_keypoints < kMostValues;
    options.num_coords = fits ? 4 + 2 * options.num_keypoints : input->MaybeInt32();
    options.num_values_per_keypoint = input->Byte() < 250 ? 2 : input->Int32();
    options.keypoint_coord_offset = input->Int32();
    options.box_coord_offset = input->Int32();
    options.max_classes_per_detection = input->Byte() < 240 ? input->Size(5) : input->Int32();
  }

  static TensorMapping ReadMapping(Input* input) {
    return {input->MaybeInt32(), input->MaybeInt32(), input->MaybeInt32(), input->MaybeInt32(),
            input->MaybeInt32()};
  }
};

// Detections as an output, with their memory.
struct DetectionsMemory {
  std::vector<float> boxes, scores, keypoints, all_scores;
  std::vector<int32_t> class_ids, class_counts, all_class_ids;
  DetectionsBuffer buffer;

  DetectionsMemory(int64_t capacity, int64_t num_keypoints, int64_t max_classes)
      : boxes(4 * capacity),
        scores(capacity),
        keypoints(2 * num_keypoints * capacity),
        all_scores(max_classes * capacity),
        class_ids(capacity),
        class_counts(max_classes > 0 ? capacity : 0),
        all_class_ids(max_classes * capacity) {
    buffer.boxes = boxes.data();
    buffer.scores = scores.data();
    buffer.class_ids = class_ids.data();
    buffer.keypoints = keypoints.data();
    buffer.capacity = capacity;
    buffer.num_keypoints = num_keypoints;
    buffer.max_classes = max_classes;
    if (max_classes == 0) return;
    buffer.class_counts = class_counts.data();
    buffer.all_scores = all_scores.data();
    buffer.all_class_ids = all_class_ids.data();
  }

  void RequireWithinCapacity() const {
    Require(buffer.size >= 0 && buffer.size <= buffer.capacity, "no more rows than the capacity");
  }
};

}  // namespace mediapipe_anchors::fuzz

#endif  // MEDIAPIPE_ANCHORS_TESTS_FUZZ_DETECTION_OPTIONS_H_
