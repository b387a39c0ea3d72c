#ifndef MEDIAPIPE_ANCHORS_NON_MAX_SUPPRESSION_H_
#define MEDIAPIPE_ANCHORS_NON_MAX_SUPPRESSION_H_

#include <cstdint>

#include "mediapipe_anchors/detections.h"
#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// Memory that NonMaxSuppression works in; each list holds NmsCapacity entries.
struct NmsScratch {
  IndexedScore* sorted = nullptr;
  IndexedScore* remaining = nullptr;
  IndexedScore* candidates = nullptr;
  int64_t* labels = nullptr;  // may be null without multiclass_nms
};

// The most detections that NonMaxSuppression can give.
int64_t NmsCapacity(const NonMaxSuppressionOptions& options, const DetectionsView& detections);

// Suppresses overlapping detections as MediaPipe's NonMaxSuppressionCalculator does, bit for bit.
//
// detections: fewer than 2^31, as are their classes in all; class_counts may be null (one class
//   each). A detection without a class is dropped. A score of NaN is an error: it has no order.
// retained: capacity of NmsCapacity(options, detections); one class each, best score first.
// multiclass_nms handles the classes in ascending order; MediaPipe's own order is random, which
// shows only where equal scores of different classes meet.
Status NonMaxSuppression(const NonMaxSuppressionOptions& options, const DetectionsView& detections,
                         const NmsScratch& scratch, DetectionsBuffer* retained);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_NON_MAX_SUPPRESSION_H_
