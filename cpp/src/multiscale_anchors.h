#ifndef MEDIAPIPE_ANCHORS_SRC_MULTISCALE_ANCHORS_H_
#define MEDIAPIPE_ANCHORS_SRC_MULTISCALE_ANCHORS_H_

#include <cstdint>

#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// multiscale_anchor_generation (RetinaNet) mode of SsdAnchorsCalculator, for checked layer counts.
Status CountMultiscaleAnchors(const SsdAnchorsOptions& options, int64_t* count);
Status WriteMultiscaleAnchors(const SsdAnchorsOptions& options, float* anchors);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_MULTISCALE_ANCHORS_H_
