#include "mediapipe_anchors/coarsen_shapes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace mediapipe_anchors {
namespace {

// Less is spread by rounding alone: a relative difference of 1e-9 between sides.
constexpr double kNoSpread = 1e-18;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

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
    ShapeGroup group{begin, end, 0, {0, 0}, 0, 0, 0};
    double sums[2] = {0, 0};
    double least[2] = {kInfinity, kInfinity};
    double most[2] = {-kInfinity, -kInfinity};
    for (int64_t i = begin; i < end; ++i) {
      const int32_t box = scratch_.order[i];
      const double weight = boxes_.weights[box];
      group.weight += weight;
      for (int axis = 0; axis < 2; ++axis) {
        const double log = Log(axis, box);
        sums[axis] += weight * log;
        if (!(weight > 0)) continue;
        least[axis] = std::min(least[axis], log);
        most[axis] = std::max(most[axis], log);
      }
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
    const int axis = spread[1] > spread[0] ? 1 : 0;
    group.axis = axis;
    group.spread = least[axis] < most[axis] ? spread[axis] : 0;
    // Rounding can put the mean outside the boxes; each side of the split must hold weight.
    group.split = std::max(group.mean[axis], std::nextafter(least[axis], kInfinity));
    group.split = std::min(group.split, most[axis]);
    return group;
  }

  // Puts the boxes below the group's split first; where the others begin. (Not std::partition,
  // whose order, and with it the last bits of the sums, differs from library to library.)
  int64_t Part(const ShapeGroup& group) const {
    int64_t middle = group.begin;
    for (int64_t i = group.begin; i < group.end; ++i) {
      if (Log(group.axis, scratch_.order[i]) < group.split) {
        std::swap(scratch_.order[i], scratch_.order[middle++]);
      }
    }
    return middle;
  }

 private:
  double Log(int axis, int32_t box) const { return scratch_.logs[axis * boxes_.size + box]; }

  const FitBoxes<double>& boxes_;
  const CoarsenScratch& scratch_;
};

// Of equal spreads the first group goes first.
bool BySpread(const ShapeGroup& a, const ShapeGroup& b) {
  return a.spread != b.spread ? a.spread < b.spread : a.begin > b.begin;
}

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
