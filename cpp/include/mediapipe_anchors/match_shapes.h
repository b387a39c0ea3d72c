#ifndef MEDIAPIPE_ANCHORS_MATCH_SHAPES_H_
#define MEDIAPIPE_ANCHORS_MATCH_SHAPES_H_

#include <cstdint>

#include "mediapipe_anchors/fit_types.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// For each box the shape with the best IoU, the first of equals, and that IoU.
//
// With distances to the nearest cells this is the best over all placed anchors of all feature maps,
// exactly: of one shape's anchors none overlaps a box more than that on the nearest cell.
// index: [boxes.size], iou: [boxes.size].
Status MatchShapes(const FitBoxes<double>& boxes, const FitShapes<double>& shapes, int32_t* index,
                   double* iou);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_MATCH_SHAPES_H_
