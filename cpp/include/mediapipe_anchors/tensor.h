#ifndef MEDIAPIPE_ANCHORS_TENSOR_H_
#define MEDIAPIPE_ANCHORS_TENSOR_H_

#include <cstdint>

namespace mediapipe_anchors {

inline constexpr int kMaxTensorRank = 4;

// A dense float32 tensor in row-major order; the memory belongs to the caller.
struct TensorView {
  const float* data = nullptr;
  int32_t rank = 0;
  int64_t dims[kMaxTensorRank] = {};
};

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_TENSOR_H_
