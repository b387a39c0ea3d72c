#include "mediapipe_anchors/top_score.h"

#include <algorithm>
#include <cmath>

#include "by_score.h"

namespace mediapipe_anchors {

int64_t TopScore(Span<float> scores, IndexedScore* scratch) {
  if (scores.size == 1) return 0;
  bool ordered = true;
  for (int64_t i = 0; i < scores.size; ++i) {
    scratch[i] = {static_cast<int32_t>(i), scores[i]};
    ordered = ordered && !std::isnan(scores[i]);
  }
  if (ordered) {
    std::sort(scratch, scratch + scores.size, ByScore);
    return scratch[0].index;
  }
  // On NaN std::sort may run past the end.
  int64_t top = 0;
  for (int64_t i = 1; i < scores.size; ++i) {
    const bool first_number = std::isnan(scores[top]) && !std::isnan(scores[i]);
    if (first_number || scores[i] > scores[top]) top = i;
  }
  return top;
}

}  // namespace mediapipe_anchors
