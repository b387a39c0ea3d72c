#ifndef MEDIAPIPE_ANCHORS_SRC_TENSORS_TO_DETECTIONS_OPTIONS_H_
#define MEDIAPIPE_ANCHORS_SRC_TENSORS_TO_DETECTIONS_OPTIONS_H_

#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// The parts of ValidateOptions that matter to a model with raw outputs.
Status ValidateRawOptions(const TensorsToDetectionsOptions& options);

// Those that matter to a model with post-processed outputs.
Status ValidatePostprocessedOptions(const TensorsToDetectionsOptions& options);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_TENSORS_TO_DETECTIONS_OPTIONS_H_
