#include "check.h"
#include "mediapipe_anchors/anchors_from_tensor.h"

namespace mediapipe_anchors {
namespace {

TEST(AnchorTensorColumnsAreReordered) {
  const float tensor[] = {1, 2, 3, 4};
  float anchors[4] = {};
  AnchorsFromTensor(tensor, 1, anchors);
  CHECK_EQ(anchors[0], 2);
  CHECK_EQ(anchors[1], 1);
  CHECK_EQ(anchors[2], 4);
  CHECK_EQ(anchors[3], 3);
}

}  // namespace
}  // namespace mediapipe_anchors
