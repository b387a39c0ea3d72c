#include "mediapipe_anchors/anchors_from_tensor.h"

namespace mediapipe_anchors {

void AnchorsFromTensor(const float* tensor, int64_t count, float* anchors) {
  for (int64_t i = 0; i < 4 * count; i += 4) {
    anchors[i + 0] = tensor[i + 1];
    anchors[i + 1] = tensor[i + 0];
    anchors[i + 2] = tensor[i + 3];
    anchors[i + 3] = tensor[i + 2];
  }
}

}  // namespace mediapipe_anchors
