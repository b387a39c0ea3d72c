#include "mediapipe_anchors/remove_letterbox.h"

namespace mediapipe_anchors {

void RemoveLetterbox(const float padding[4], int64_t count, int64_t num_keypoints, float* boxes,
                     float* keypoints) {
  const float left = padding[0];
  const float top = padding[1];
  const float width = 1.0f - (padding[0] + padding[2]);
  const float height = 1.0f - (padding[1] + padding[3]);
  for (float* box = boxes; box != boxes + 4 * count; box += 4) {
    box[0] = (box[0] - left) / width;
    box[1] = (box[1] - top) / height;
    box[2] = box[2] / width;
    box[3] = box[3] / height;
  }
  for (float* point = keypoints; point != keypoints + 2 * count * num_keypoints; point += 2) {
    point[0] = (point[0] - left) / width;
    point[1] = (point[1] - top) / height;
  }
}

}  // namespace mediapipe_anchors
