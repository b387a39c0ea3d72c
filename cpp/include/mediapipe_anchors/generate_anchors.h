#ifndef MEDIAPIPE_ANCHORS_GENERATE_ANCHORS_H_
#define MEDIAPIPE_ANCHORS_GENERATE_ANCHORS_H_

#include <cstdint>

#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// More anchors than this in one model are refused: 1 GiB of float32.
inline constexpr int64_t kMaxAnchors = int64_t{1} << 26;

// The number of anchors that `options` stand for, without making them.
Status CountAnchors(const SsdAnchorsOptions& options, int64_t* count);

// Writes the anchors of MediaPipe's SsdAnchorsCalculator, bit for bit.
//
// anchors: [count, 4] x_center, y_center, w, h as fractions of the input, or in pixels where
//   multiscale_anchor_generation is on and normalize_coordinates is off. CountAnchors gives count.
// Order: layer (or run of equal strides), y, x, shape.
Status GenerateAnchors(const SsdAnchorsOptions& options, float* anchors);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_GENERATE_ANCHORS_H_
