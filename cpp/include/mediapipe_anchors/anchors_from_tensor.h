#ifndef MEDIAPIPE_ANCHORS_ANCHORS_FROM_TENSOR_H_
#define MEDIAPIPE_ANCHORS_ANCHORS_FROM_TENSOR_H_

#include <cstdint>

namespace mediapipe_anchors {

// The anchors that a model puts out as a tensor, in our order of columns, as MediaPipe's
// TensorsToDetectionsCalculator takes them.
//
// tensor: [count, 4] y_center, x_center, h, w.
// anchors: [count, 4] x_center, y_center, w, h.
void AnchorsFromTensor(const float* tensor, int64_t count, float* anchors);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_ANCHORS_FROM_TENSOR_H_
