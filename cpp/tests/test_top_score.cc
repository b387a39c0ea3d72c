#include <limits>

#include "check.h"
#include "mediapipe_anchors/top_score.h"

namespace mediapipe_anchors {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

int64_t Top(Span<float> scores) {
  IndexedScore scratch[17] = {};
  return TopScore(scores, scratch);
}

TEST(TheFirstOfUpTo16EqualScoresIsOnTop) {
  const float scores[16] = {0, 0.5f, 0.75f, 0.75f, 0, 0.75f};
  CHECK_EQ(Top({scores, 16}), 2);
  CHECK_EQ(Top({scores, 1}), 0);
}

TEST(Above16TheOrderOfTiesIsThatOfStdSort) {
  const float scores[17] = {};
  CHECK_EQ(Top({scores, 17}), 8);
}

TEST(NanIsPassedOver) {
  const float first[4] = {kNan, 0.25f, 0.75f, 0.75f};
  CHECK_EQ(Top({first, 4}), 2);
  const float last[3] = {0.5f, -1, kNan};
  CHECK_EQ(Top({last, 3}), 0);
  const float nothing_else[3] = {kNan, kNan, kNan};
  CHECK_EQ(Top({nothing_else, 3}), 0);
}

}  // namespace
}  // namespace mediapipe_anchors
