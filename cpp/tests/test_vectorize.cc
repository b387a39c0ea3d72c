#include "check.h"
#include "fit_bits.h"

// fit_bits.cc and the kernels once more, compiled without vectorize.h.
namespace plain_mediapipe_anchors::testing {
FitBits ComputeFitBits(uint32_t seed);
}

namespace mediapipe_anchors {
namespace {

TEST(EveryProcessorGivesTheSameBits) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const FitBits ours = testing::ComputeFitBits(seed);
    const FitBits plain = plain_mediapipe_anchors::testing::ComputeFitBits(seed);
    CHECK_EQ(ours.selected, plain.selected);
    CHECK_EQ(ours.refined, plain.refined);
    CHECK_EQ(ours.matched, plain.matched);
    CHECK_EQ(ours.selected > 0 && ours.refined > 0 && ours.matched > 0, true);
    for (int64_t j = 0; j < kBitShapes; ++j) {
      CHECK_EQ(ours.selection[j], plain.selection[j]);
      CHECK_EQ(ours.w[j], plain.w[j]);
      CHECK_EQ(ours.h[j], plain.h[j]);
    }
  }
}

}  // namespace
}  // namespace mediapipe_anchors
