#include "mediapipe_anchors/coarsen_shapes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mediapipe_anchors {
namespace {

// Less is spread by rounding alone: a relative difference of 1e-9 between sides.
constexpr double kNoSpread = 1e-18;

class Coarsener {
 public:
  Coarsener(const FitBoxes<double>& boxes, const CoarsenScratch& scratch)
      : boxes_(boxes), scratch_(scratch) {
    for (int64_t i = 0; i < boxes_.size; ++i) {
      scratch_.order[i] = static_cast<int32_t>(i);
      scratch_.logs[i] = std::log(boxes_.w[i]);
      scratch_.logs[boxes_.size + i] = std::log(boxes_.h[i]);
    }
  }

  ShapeGroup Measure(int64_t begin, int64_t end) const {
    ShapeGroup group{begin, end, 0, {0, 0}, 0, 0};
    double sums[2] = {0, 0};
    for (int64_t i = begin; i < end; ++i) {
      const int32_t box = scratch_.order[i];
      group.weight += boxes_.weights[box];
      for (int axis = 0; axis < 2; ++axis) sums[axis] += boxes_.weights[box] * Log(axis, box);
    }
    double spread[2] = {0, 0};
    for (int axis = 0; axis < 2 && group.weight > 0; ++axis) {
      group.mean[axis] = sums[axis] / group.weight;
      for (int64_t i = begin; i < end; ++i) {
        const int32_t box = scratch_.order[i];
        const double away = Log(axis, box) - group.mean[axis];
        spread[axis] += boxes_.weights[box] * away * away;
      }
    }
    group.axis = spread[1] > spread[0] ? 1 : 0;
    group.spread = spread[group.axis];
    return group;
  }

  // Puts the boxes below the group's mean first; where the others begin.
  int64_t Part(const ShapeGroup& group) const {
    int32_t* const first = scratch_.order + group.begin;
    int32_t* const last = scratch_.order + group.end;
    int32_t* const middle = std::partition(
        first, last, [&](int32_t box) { return Log(group.axis, box) < group.mean[group.axis]; });
    return middle - scratch_.order;
  }

 private:
  double Log(int axis, int32_t box) const { return scratch_.logs[axis * boxes_.size + box]; }

  const FitBoxes<double>& boxes_;
  const CoarsenScratch& scratch_;
};

bool BySpread(const ShapeGroup& a, const ShapeGroup& b) { return a.spread < b.spread; }

}  // namespace

Status CoarsenShapes(const FitBoxes<double>& boxes, int64_t max_groups,
                     const CoarsenScratch& scratch, double* w, double* h, double* weights,
                     int64_t* num_groups) {
  if (boxes.size < 1 || boxes.size > std::numeric_limits<int32_t>::max()) {
    return BadShape("sides", 1, boxes.size, "between 1 and 2^31 - 1 boxes");
  }
  if (max_groups < 1) {
    return BadOption("max_groups", static_cast<double>(max_groups), "1 or more");
  }
  const Coarsener coarsener(boxes, scratch);
  int64_t count = 0;
  ShapeGroup* const groups = scratch.groups;  // a heap, the most spread first
  groups[count++] = coarsener.Measure(0, boxes.size);
  while (count < max_groups && groups[0].spread > kNoSpread * groups[0].weight) {
    std::pop_heap(groups, groups + count, BySpread);
    const ShapeGroup group = groups[--count];
    const int64_t middle = coarsener.Part(group);
    groups[count++] = coarsener.Measure(group.begin, middle);
    std::push_heap(groups, groups + count, BySpread);
    groups[count++] = coarsener.Measure(middle, group.end);
    std::push_heap(groups, groups + count, BySpread);
  }
  std::sort(groups, groups + count,
            [](const ShapeGroup& a, const ShapeGroup& b) { return a.begin < b.begin; });
  for (int64_t i = 0; i < count; ++i) {
    w[i] = std::exp(groups[i].mean[0]);
    h[i] = std::exp(groups[i].mean[1]);
    weights[i] = groups[i].weight;
  }
  *num_groups = count;
  return {};
}

}  // namespace mediapipe_anchors
