#ifndef MEDIAPIPE_ANCHORS_TOP_SCORE_H_
#define MEDIAPIPE_ANCHORS_TOP_SCORE_H_

#include <cstdint>

#include "mediapipe_anchors/detections.h"
#include "mediapipe_anchors/span.h"

namespace mediapipe_anchors {

// Index of the score that MediaPipe's NMS takes as the top of a detection's list: the front of its
// std::sort. Beside NaN, which has no order, the first of the largest numbers.
//
// scores: at least one, fewer than 2^31. scratch: scores.size entries.
int64_t TopScore(Span<float> scores, IndexedScore* scratch);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_TOP_SCORE_H_
