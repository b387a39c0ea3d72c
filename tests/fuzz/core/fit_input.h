#ifndef MEDIAPIPE_ANCHORS_TESTS_FUZZ_FIT_INPUT_H_
#define MEDIAPIPE_ANCHORS_TESTS_FUZZ_FIT_INPUT_H_

#include <type_traits>
#include <vector>

#include "input.h"
#include "mediapipe_anchors/fit_types.h"

namespace mediapipe_anchors::fuzz {

template <typename Real>
std::vector<Real> Reals(Input* input, int64_t count) {
  if constexpr (std::is_same_v<Real, float>) {
    return input->Floats(count);
  } else {
    return input->Doubles(count);
  }
}

// Boxes and shapes of a fit with their memory. Sides are any numbers: those that are not positive
// break what the callers promise, and still must do no harm.
template <typename Real>
struct FitInput {
  std::vector<Real> sides, distances, weights, shape_sides;
  std::vector<int32_t> map;
  FitBoxes<Real> boxes;
  FitShapes<Real> shapes;

  explicit FitInput(Input* input) {
    const int64_t size = input->Size(80);
    const int64_t num_maps = input->Byte() < 250 ? 1 + input->Size(3) : input->Size(1);
    const int64_t num_shapes = input->Size(9);
    sides = Reals<Real>(input, 2 * size);
    shape_sides = Reals<Real>(input, 2 * num_shapes);
    weights = Reals<Real>(input, size);
    if (input->Flag()) distances = Reals<Real>(input, 2 * num_maps * size);
    boxes.size = size;
    boxes.num_maps = static_cast<int32_t>(num_maps);
    boxes.w = sides.data();
    boxes.h = boxes.w + size;
    boxes.weights = weights.data();
    if (!distances.empty()) {
      boxes.dx = distances.data();
      boxes.dy = boxes.dx + num_maps * size;
    }
    shapes.size = num_shapes;
    shapes.w = shape_sides.data();
    shapes.h = shapes.w + num_shapes;
    if (input->Flag()) {
      map = input->Int32s(num_shapes);
      shapes.map = map.data();
    }
  }
};

inline FitObjective ReadObjective(Input* input) {
  FitObjective objective;
  objective.iou = input->Float();
  objective.recall = input->Float();
  objective.iou_threshold = input->Float();
  objective.ramp = input->Float();
  objective.ratio = input->Float();
  objective.ratio_threshold = input->Float();
  return objective;
}

}  // namespace mediapipe_anchors::fuzz

#endif  // MEDIAPIPE_ANCHORS_TESTS_FUZZ_FIT_INPUT_H_
