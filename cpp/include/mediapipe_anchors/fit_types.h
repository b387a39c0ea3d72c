#ifndef MEDIAPIPE_ANCHORS_FIT_TYPES_H_
#define MEDIAPIPE_ANCHORS_FIT_TYPES_H_

#include <cstdint>

#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// Weighted boxes as the cells of feature maps see them; the memory belongs to the caller. Sides
// and distances are in one unit, normally fractions of the model input.
template <typename Real>
struct FitBoxes {
  const Real* w = nullptr;  // [size], positive
  const Real* h = nullptr;  // [size], positive
  // [num_maps, size] distance from the centre of the box to the centre of the nearest cell of each
  // feature map, 0 or more. Both null where shapes alone count: every box then lies on a centre.
  const Real* dx = nullptr;
  const Real* dy = nullptr;
  const Real* weights = nullptr;  // [size], 0 or more; null: 1 each
  int64_t size = 0;
  int32_t num_maps = 1;
};

// Anchor shapes, each on one feature map.
template <typename Real>
struct FitShapes {
  Real* w = nullptr;             // [size], positive
  Real* h = nullptr;             // [size], positive
  const int32_t* map = nullptr;  // [size], from 0 to num_maps - 1; null: all on map 0
  int64_t size = 0;
};

// What a fit maximises: the weighted mean over the boxes of
//   iou * (best IoU) + recall * (1 where the best IoU >= iou_threshold)
//   + ratio * (best side ratio, where above ratio_threshold: the fitness of YOLOv5's autoanchor).
// A side ratio is min(w / aw, aw / w, h / ah, ah / h). With `ramp` above 0 the step at
// iou_threshold is replaced by a slope that wide around it, which a search can climb.
struct FitObjective {
  float iou = 1;
  float recall = 0;
  float iou_threshold = 0.5f;
  float ramp = 0;
  float ratio = 0;
  float ratio_threshold = 0.25f;
};

// Each returns an error for sizes and map numbers that a kernel cannot work on.
template <typename Real>
Status CheckFitInputs(const FitBoxes<Real>& boxes, const FitShapes<Real>& shapes);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_FIT_TYPES_H_
