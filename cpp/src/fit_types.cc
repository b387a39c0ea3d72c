#include "mediapipe_anchors/fit_types.h"

#include <limits>

namespace mediapipe_anchors {

template <typename Real>
Status CheckFitInputs(const FitBoxes<Real>& boxes, const FitShapes<Real>& shapes) {
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  if (boxes.size < 0 || boxes.size > kMax) {
    return BadShape("boxes", 0, boxes.size, "at most {} boxes", kMax);
  }
  if (shapes.size < 1 || shapes.size > kMax) {
    return BadShape("shapes", 0, shapes.size, "between 1 and {} shapes", kMax);
  }
  if (boxes.num_maps < 1) {
    return BadShape("distances", 1, boxes.num_maps, "at least 1 feature map");
  }
  for (int64_t i = 0; shapes.map != nullptr && i < shapes.size; ++i) {
    if (shapes.map[i] < 0 || shapes.map[i] >= boxes.num_maps) {
      return BadTensor("map", i, shapes.map[i], "a feature map, from 0 to below {}",
                       boxes.num_maps);
    }
  }
  return {};
}

template Status CheckFitInputs(const FitBoxes<float>&, const FitShapes<float>&);
template Status CheckFitInputs(const FitBoxes<double>&, const FitShapes<double>&);

}  // namespace mediapipe_anchors
