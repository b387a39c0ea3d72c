#include <limits>

#include "check.h"
#include "mediapipe_anchors/coarsen_shapes.h"

namespace mediapipe_anchors {
namespace {

constexpr int64_t kMaxBoxes = 64;

// The groups of some boxes, and the memory for them.
struct Coarsened {
  Coarsened(const double* box_w, const double* box_h, const double* box_weights, int64_t size,
            int64_t max_groups) {
    FitBoxes<double> boxes;
    boxes.w = box_w;
    boxes.h = box_h;
    boxes.weights = box_weights;
    boxes.size = size;
    status = CoarsenShapes(boxes, max_groups, {order, logs, groups}, w, h, weights, &count);
  }
  int32_t order[kMaxBoxes];
  double logs[2 * kMaxBoxes];
  ShapeGroup groups[kMaxBoxes];
  double w[kMaxBoxes], h[kMaxBoxes], weights[kMaxBoxes];
  int64_t count = 0;
  Status status;
};

TEST(TheWidestGroupIsSplit) {
  const double w[4] = {1, 1, 1, 1};
  const double h[4] = {64, 1, 2, 1};
  const double weights[4] = {1, 1, 2, 1};
  const Coarsened two(w, h, weights, 4, 2);
  CHECK_OK(two.status);
  CHECK_EQ(two.count, 2);
  CHECK_EQ(two.weights[0], 4);
  CHECK_EQ(two.weights[1], 1);
  const Coarsened all(w, h, weights, 4, kMaxBoxes);
  CHECK_EQ(all.count, 3);  // equal boxes stay together
  CHECK_EQ(all.h[0], 1);
  CHECK_EQ(all.weights[0], 2);
  CHECK_EQ(all.weights[1], 2);
  CHECK_EQ(all.w[2], 1);
}

TEST(WeightsThatRoundingLosesMakeNoEmptyGroup) {
  // The mean of the logs is that of the heavy box, the least: nothing is below it.
  const double w[3] = {0.001, 1, 1};
  const double weights[3] = {1, 1e-17, 1e-17};
  const Coarsened groups(w, w, weights, 3, 3);
  CHECK_EQ(groups.count, 2);
  CHECK_EQ(groups.weights[0], 1);
  CHECK_EQ(groups.weights[1], 2e-17);
  CHECK_EQ(groups.w[1], 1);
}

TEST(BoxesWithoutWeightOrNumberAreOneGroup) {
  const double w[3] = {0.5, 1, 2};
  const double none[3] = {0, 0, 0};
  CHECK_EQ(Coarsened(w, w, none, 3, 3).count, 1);
  const double nan[3] = {1, std::numeric_limits<double>::quiet_NaN(), 2};
  const double ones[3] = {1, 1, 1};
  CHECK_EQ(Coarsened(nan, w, ones, 3, 3).count, 1);
  CHECK_EQ(Coarsened(w, w, nan, 3, 3).count, 1);
  const double zero[3] = {0, 1, std::numeric_limits<double>::infinity()};
  CHECK_EQ(Coarsened(zero, w, ones, 3, 3).count, 1);
}

TEST(CountsThatCannotBeCoarsenedAreBlamed) {
  const double one[1] = {1};
  CHECK_BLAMES(Coarsened(one, one, one, 0, 1).status, "sides");
  CHECK_BLAMES(Coarsened(one, one, one, 1, 0).status, "max_groups");
  CHECK_BLAMES(Coarsened(one, one, one, 1, std::numeric_limits<int64_t>::min()).status,
               "max_groups");
  CHECK_EQ(Coarsened(one, one, one, 1, std::numeric_limits<int64_t>::max()).count, 1);
}

}  // namespace
}  // namespace mediapipe_anchors
