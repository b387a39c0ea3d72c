#include "check.h"
#include "mediapipe_anchors/shape_utility.h"

namespace mediapipe_anchors {
namespace {

TEST(EachPartOfTheObjectiveHasARow) {
  const float box_w[2] = {0.5f, 1};
  const float box_h[2] = {1, 0.125f};
  FitBoxes<float> boxes;
  boxes.w = box_w;
  boxes.h = box_h;
  boxes.size = 2;
  float w[1] = {1};
  float h[1] = {1};
  FitObjective objective;
  objective.iou = 0.5f;
  objective.recall = 2;
  objective.ratio = 0.25f;
  CHECK_EQ(CountParts(objective), 2);
  float utility[4];
  CHECK_OK(ShapeUtility(boxes, {w, h, nullptr, 1}, objective, utility));
  CHECK_EQ(utility[0], 0.5 * 0.5 + 2);  // IoU 0.5 is at the threshold
  CHECK_EQ(utility[1], 0.5 * 0.125);
  CHECK_EQ(utility[2], 0.25 * 0.5);
  CHECK_EQ(utility[3], 0);  // a ratio of 0.125 is no match
}

TEST(ARampReplacesTheStep) {
  const float box_w[3] = {0.375f, 0.5f, 0.625f};
  const float box_h[3] = {1, 1, 1};
  FitBoxes<float> boxes;
  boxes.w = box_w;
  boxes.h = box_h;
  boxes.size = 3;
  float side[1] = {1};
  FitObjective objective;
  objective.iou = 0;
  objective.recall = 1;
  objective.ramp = 0.25f;
  float utility[3];
  CHECK_OK(ShapeUtility(boxes, {side, side, nullptr, 1}, objective, utility));
  CHECK_EQ(utility[0], 0);
  CHECK_EQ(utility[1], 0.5);
  CHECK_EQ(utility[2], 1);
}

TEST(AnObjectiveOfNothingHasNoParts) {
  FitObjective objective;
  objective.iou = 0;
  CHECK_EQ(CountParts(objective), 0);
}

}  // namespace
}  // namespace mediapipe_anchors
