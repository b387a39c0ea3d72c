#include "mediapipe_anchors/coarsen_shapes.h"

#include <algorithm>
#include <cmath>

#include "fit_input.h"
#include "input.h"

namespace mediapipe_anchors::fuzz {
namespace {

bool AreBoxes(const FitInput<double>& fit) {
  const auto is_finite = [](double value) { return std::isfinite(value); };
  return std::all_of(fit.sides.begin(), fit.sides.end(), [](double side) { return side > 0; }) &&
         std::all_of(fit.sides.begin(), fit.sides.end(), is_finite) &&
         std::all_of(fit.weights.begin(), fit.weights.end(), [](double w) { return w >= 0; }) &&
         std::all_of(fit.weights.begin(), fit.weights.end(), is_finite);
}

}  // namespace

void Try(Input* input) {
  const FitInput<double> fit(input);
  const int64_t max_groups = input->Size(20);
  std::vector<int32_t> order(fit.boxes.size);
  std::vector<double> logs(2 * fit.boxes.size);
  std::vector<ShapeGroup> groups(max_groups);
  std::vector<double> w(max_groups), h(max_groups), weights(max_groups);
  int64_t count = 0;
  const Status status =
      CoarsenShapes(fit.boxes, max_groups, {order.data(), logs.data(), groups.data()}, w.data(),
                    h.data(), weights.data(), &count);
  if (!IsOk(status)) return;
  Require(count >= 1 && count <= max_groups, "no more groups than asked for");
  if (!AreBoxes(fit)) return;
  int64_t begin = 0;
  for (int64_t i = 0; i < count; ++i) {
    Require(groups[i].begin == begin && groups[i].end > begin, "each box is in one group");
    begin = groups[i].end;
  }
  Require(begin == fit.boxes.size, "each box is in a group");
}

}  // namespace mediapipe_anchors::fuzz
