#ifndef MEDIAPIPE_ANCHORS_TESTS_FIT_BITS_H_
#define MEDIAPIPE_ANCHORS_TESTS_FIT_BITS_H_

#include <cstdint>

constexpr int64_t kBitShapes = 5;

// What the kernels that vectorize.h marks give on the same boxes.
struct FitBits {
  float w[kBitShapes], h[kBitShapes];
  int32_t selection[kBitShapes];
  double refined, selected;
  double matched;  // sum of the best IoUs, each times one more than the index of its shape
};

// fit_bits.cc is compiled twice: with the kernels as they are, and with all of them as for any
// processor (the macro `mediapipe_anchors` then renames the namespace).
namespace mediapipe_anchors::testing {
FitBits ComputeFitBits(uint32_t seed);
}

#endif  // MEDIAPIPE_ANCHORS_TESTS_FIT_BITS_H_
