#ifndef MEDIAPIPE_ANCHORS_SRC_BY_SCORE_H_
#define MEDIAPIPE_ANCHORS_SRC_BY_SCORE_H_

#include "mediapipe_anchors/detections.h"

namespace mediapipe_anchors {

// Descending by score alone. With more than 16 entries the order of ties is std::sort's own, which
// is part of MediaPipe's result: a stable sort would differ.
inline bool ByScore(const IndexedScore& a, const IndexedScore& b) { return a.score > b.score; }

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_BY_SCORE_H_
