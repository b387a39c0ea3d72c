#ifndef MEDIAPIPE_ANCHORS_DETECTIONS_H_
#define MEDIAPIPE_ANCHORS_DETECTIONS_H_

#include <cstdint>

namespace mediapipe_anchors {

// Detections as one array a field; the memory belongs to the caller.
struct DetectionsView {
  const float* boxes = nullptr;        // [size, 4] xmin, ymin, width, height, relative to the image
  const float* scores = nullptr;       // [size] top score
  const int32_t* class_ids = nullptr;  // [size] its class
  const float* keypoints = nullptr;    // [size, num_keypoints, 2] x, y, relative to the image
  int64_t size = 0;
  int64_t num_keypoints = 0;
  // Set where detections carry several classes, else null.
  const int32_t* class_counts = nullptr;   // [size], each at most max_classes
  const float* all_scores = nullptr;       // [size, max_classes]
  const int32_t* all_class_ids = nullptr;  // [size, max_classes]
  int64_t max_classes = 0;
};

// The same as an output: the caller allocates `capacity` rows, the kernel sets `size`.
struct DetectionsBuffer {
  float* boxes = nullptr;
  float* scores = nullptr;
  int32_t* class_ids = nullptr;
  float* keypoints = nullptr;  // may be null where num_keypoints is 0
  int64_t capacity = 0;
  int64_t size = 0;
  int64_t num_keypoints = 0;
  int32_t* class_counts = nullptr;
  float* all_scores = nullptr;
  int32_t* all_class_ids = nullptr;
  int64_t max_classes = 0;
};

// A score and where it stood. std::sort orders these pairs here as it does in MediaPipe, so that
// ties come out alike.
struct IndexedScore {
  int32_t index;
  float score;
};

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_DETECTIONS_H_
