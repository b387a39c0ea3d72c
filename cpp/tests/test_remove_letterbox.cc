#include "check.h"
#include "mediapipe_anchors/remove_letterbox.h"

namespace mediapipe_anchors {
namespace {

TEST(LetterboxIsRemoved) {
  const float padding[4] = {0.25f, 0.125f, 0.25f, 0.375f};  // half of each side is left
  float boxes[4] = {0.25f, 0.5f, 0.5f, 0.25f};
  float keypoints[2] = {0.5f, 0.5f};
  RemoveLetterbox(padding, 1, 1, boxes, keypoints);
  CHECK_EQ(boxes[0], 0);
  CHECK_EQ(boxes[1], 0.75);
  CHECK_EQ(boxes[2], 1);
  CHECK_EQ(boxes[3], 0.5);
  CHECK_EQ(keypoints[0], 0.5);
  CHECK_EQ(keypoints[1], 0.75);
}

}  // namespace
}  // namespace mediapipe_anchors
