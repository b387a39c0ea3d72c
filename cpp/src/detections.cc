#include "mediapipe_anchors/detections.h"

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
  // NaN has no place in an order, and std::sort may run past the end on it: take the first maximum.
  int64_t top = 0;
  for (int64_t i = 1; i < scores.size; ++i) {
    if (std::isnan(scores[top]) || scores[i] > scores[top]) top = i;
  }
  return top;
}

}  // namespace mediapipe_anchors
