#ifndef MEDIAPIPE_ANCHORS_REFINE_SHAPES_H_
#define MEDIAPIPE_ANCHORS_REFINE_SHAPES_H_

#include <cstdint>

#include "mediapipe_anchors/fit_types.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// How far RefineShapes looks: sides change by factors of exp(+-step), and the step is halved from
// `first_step` while it is at least `last_step`.
struct RefineOptions {
  float first_step = 0.1f;
  float last_step = 0.001f;
  int32_t max_sweeps = 8;  // over all shapes at one step
};

// How many floats RefineShapes works in.
int64_t RefineScratchSize(int64_t num_boxes, int64_t num_shapes, const FitObjective& objective);

// Moves each shape in turn as long as that betters the objective: a pattern search, which needs no
// derivative, so that steps and kinks of the objective do no harm.
//
// boxes.weights must be set. shapes: replaced. value: what they reach, as the weighted sum.
Status RefineShapes(const FitBoxes<float>& boxes, const FitObjective& objective,
                    const RefineOptions& options, float* scratch, const FitShapes<float>& shapes,
                    double* value);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_REFINE_SHAPES_H_
