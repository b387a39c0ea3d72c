#include <limits>

#include "check.h"
#include "mediapipe_anchors/match_shapes.h"

namespace mediapipe_anchors {
namespace {

TEST(EachBoxTakesTheFirstOfTheBestShapes) {
  const double box_w[3] = {0.25, 0.5, 1};
  const double box_h[3] = {0.25, 0.25, 1};
  double w[3] = {0.25, 0.5, 0.5};
  double h[3] = {0.25, 0.5, 0.5};
  FitBoxes<double> boxes;
  boxes.w = box_w;
  boxes.h = box_h;
  boxes.size = 3;
  int32_t index[3];
  double iou[3];
  CHECK_OK(MatchShapes(boxes, {w, h, nullptr, 3}, index, iou));
  CHECK_EQ(index[0], 0);
  CHECK_EQ(iou[0], 1);
  CHECK_EQ(index[1], 0);  // 0.5 with the first and with the second
  CHECK_EQ(iou[1], 0.5);
  CHECK_EQ(index[2], 1);
  CHECK_EQ(iou[2], 0.25);
}

TEST(DistanceAndFeatureMapDecide) {
  const double side[1] = {0.5};
  // The cell of map 1 is on the box in x and half a box away in y; map 0 is out of reach.
  const double dx[2] = {0.5, 0};
  const double dy[2] = {0, 0.25};
  FitBoxes<double> boxes;
  boxes.w = boxes.h = side;
  boxes.dx = dx;
  boxes.dy = dy;
  boxes.size = 1;
  boxes.num_maps = 2;
  double shape[2] = {0.5, 0.5};
  const int32_t map[2] = {0, 1};
  int32_t index[1];
  double iou[1];
  CHECK_OK(MatchShapes(boxes, {shape, shape, map, 2}, index, iou));
  CHECK_EQ(index[0], 1);
  CHECK_EQ(iou[0], 0.125 / 0.375);
  CHECK_OK(MatchShapes(boxes, {shape, shape, map, 1}, index, iou));
  CHECK_EQ(index[0], 0);
  CHECK_EQ(iou[0], 0);
}

TEST(FitInputsThatNoKernelCanWorkOnAreBlamed) {
  const double side[1] = {1};
  double shape[1] = {1};
  FitBoxes<double> boxes;
  boxes.w = boxes.h = boxes.dx = boxes.dy = side;
  boxes.size = 1;
  int32_t index[1];
  double iou[1];
  CHECK_BLAMES(MatchShapes(boxes, {shape, shape, nullptr, 0}, index, iou), "shapes");
  CHECK_BLAMES(MatchShapes(boxes, {shape, shape, nullptr, int64_t{1} << 31}, index, iou), "shapes");
  const int32_t above[1] = {1};
  CHECK_BLAMES(MatchShapes(boxes, {shape, shape, above, 1}, index, iou), "map");
  const int32_t below[1] = {-1};
  CHECK_BLAMES(MatchShapes(boxes, {shape, shape, below, 1}, index, iou), "map");
  boxes.num_maps = 0;
  CHECK_BLAMES(MatchShapes(boxes, {shape, shape, nullptr, 1}, index, iou), "distances");
  boxes.num_maps = 1;
  boxes.size = -1;
  CHECK_BLAMES(MatchShapes(boxes, {shape, shape, nullptr, 1}, index, iou), "boxes");
  boxes.size = int64_t{1} << 31;
  CHECK_BLAMES(MatchShapes(boxes, {shape, shape, nullptr, 1}, index, iou), "boxes");
  boxes.size = 0;
  CHECK_OK(MatchShapes(boxes, {shape, shape, nullptr, 1}, index, iou));
}

TEST(SidesOfAllMagnitudesMatch) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double side[5] = {1e-9, 1e9, kNan, kInfinity, 0};
  double shape[2] = {1e-9, 1e9};
  FitBoxes<double> boxes;
  boxes.w = boxes.h = side;
  boxes.size = 5;
  int32_t index[5];
  double iou[5];
  CHECK_OK(MatchShapes(boxes, {shape, shape, nullptr, 2}, index, iou));
  CHECK_EQ(index[0], 0);
  CHECK_EQ(index[1], 1);
  CHECK_EQ(iou[0], 1);
  CHECK_EQ(iou[1], 1);
  CHECK_EQ(iou[2], -1);  // nothing is as good as what is no number
  CHECK_EQ(iou[3], 0);
  CHECK_EQ(iou[4], 0);
}

}  // namespace
}  // namespace mediapipe_anchors
