#ifndef MEDIAPIPE_ANCHORS_SHAPE_UTILITY_H_
#define MEDIAPIPE_ANCHORS_SHAPE_UTILITY_H_

#include "mediapipe_anchors/fit_types.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// How many parts of an objective have a best shape of their own: IoU (with recall), and side ratio.
int64_t CountParts(const FitObjective& objective);

// What each shape gives each box, if it were the only one: the value of each part of the objective.
//
// utility: [shapes.size, CountParts(objective), boxes.size]; boxes.weights are not in it. The
// objective of a set of shapes is the sum over parts and boxes of the largest utility in the set.
Status ShapeUtility(const FitBoxes<float>& boxes, const FitShapes<float>& shapes,
                    const FitObjective& objective, float* utility);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SHAPE_UTILITY_H_
