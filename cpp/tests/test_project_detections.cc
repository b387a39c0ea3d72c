#include "check.h"
#include "mediapipe_anchors/project_detections.h"

namespace mediapipe_anchors {
namespace {

TEST(ARotatedBoxBecomesItsHull) {
  // A quarter turn: x' = 1 - y, y' = x.
  const float matrix[16] = {0, -1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  float boxes[4] = {0.25f, 0, 0.5f, 0.25f};
  float keypoints[2] = {0.25f, 0.125f};
  ProjectDetections(matrix, 1, 1, boxes, keypoints);
  CHECK_EQ(boxes[0], 0.75);
  CHECK_EQ(boxes[1], 0.25);
  CHECK_EQ(boxes[2], 0.25);
  CHECK_EQ(boxes[3], 0.5);
  CHECK_EQ(keypoints[0], 0.875);
  CHECK_EQ(keypoints[1], 0.25);
}

}  // namespace
}  // namespace mediapipe_anchors
