#include <limits>

#include "check.h"
#include "mediapipe_anchors/decode.h"

namespace mediapipe_anchors {
namespace {

constexpr int kMaxBoxes = 3;

// Two boxes of one class without keypoints, over one anchor shape.
struct Case {
  TensorsToDetectionsOptions options;
  float boxes[kMaxBoxes * 6] = {0, 0, 2, 4, 0, 0, 2, 4};
  float scores[kMaxBoxes * 2] = {1.0f, 3.0f};
  float anchors[kMaxBoxes * 4] = {0.5f, 0.25f, 0.5f, 0.25f, 0.5f, 0.25f, 0.5f, 0.25f};
  int64_t num_anchors = 2;
  float out_boxes[kMaxBoxes * 4] = {};
  float out_scores[kMaxBoxes] = {};
  int32_t out_class_ids[kMaxBoxes] = {};
  float out_keypoints[kMaxBoxes * 2] = {};
  int32_t class_scratch[2] = {};
  DetectionsBuffer detections;

  Case() {
    options.num_classes = 1;
    options.num_boxes = 2;
    options.num_coords = 4;
    options.x_scale = options.y_scale = options.w_scale = options.h_scale = 4;
    detections.boxes = out_boxes;
    detections.scores = out_scores;
    detections.class_ids = out_class_ids;
    detections.keypoints = out_keypoints;
    detections.capacity = kMaxBoxes;
  }

  Status Run() {
    const TensorView boxes_view = {boxes, 3, {1, options.num_boxes, *options.num_coords}};
    const TensorView scores_view = {scores, 3, {1, options.num_boxes, *options.num_classes}};
    const TensorView anchors_view = {anchors, 2, {num_anchors, 4}};
    detections.num_keypoints = options.num_keypoints;
    return Decode(options, boxes_view, scores_view, anchors_view, class_scratch, &detections);
  }
};

TEST(BoxesAreRelativeToTheAnchor) {
  Case test;
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 2);
  // h = 2 / 4 * 0.25 = 0.125, w = 4 / 4 * 0.5 = 0.5 around (0.5, 0.25).
  CHECK_EQ(test.out_boxes[0], 0.25);
  CHECK_EQ(test.out_boxes[1], 0.1875);
  CHECK_EQ(test.out_boxes[2], 0.5);
  CHECK_EQ(test.out_boxes[3], 0.125);
}

TEST(MaxResultsTakesTheFirstNotTheBest) {
  Case test;
  test.options.max_results = 1;
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 1);
  CHECK_EQ(test.out_scores[0], 1);
}

TEST(ThresholdIsInclusive) {
  Case test;
  test.options.min_score_thresh = 3.0f;
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 1);
  CHECK_EQ(test.out_scores[0], 3);
}

TEST(ABoxWithoutAWinningClassHasClassMinusOne) {
  Case test;
  test.scores[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 2);
  CHECK_EQ(test.out_class_ids[0], -1);
  CHECK_EQ(test.out_scores[0], -std::numeric_limits<float>::max());
}

TEST(FirstOfEqualScoresWinsAmongTheAllowed) {
  Case test;
  const int32_t ignored[] = {0};
  test.options.num_classes = 2;
  test.scores[0] = test.scores[1] = test.scores[2] = test.scores[3] = 0.5f;
  CHECK_OK(test.Run());
  CHECK_EQ(test.out_class_ids[0], 0);
  test.options.ignore_classes = {ignored, 1};
  CHECK_OK(test.Run());
  CHECK_EQ(test.out_class_ids[0], 1);
}

TEST(NegativeAndNanSizesAreDroppedZeroSizesKept) {
  Case test;
  test.boxes[2] = -1;
  test.boxes[6] = 0;
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 1);
  CHECK_EQ(test.out_boxes[3], 0);
}

TEST(KeypointsBeforeColumnFourReplaceCorners) {
  Case test;
  test.options.num_keypoints = 1;
  test.options.num_coords = 6;
  test.options.num_boxes = 1;
  test.options.keypoint_coord_offset = 2;  // columns 2 and 3 hold ymax and xmax
  test.options.box_format = BoxFormat::kXywh;
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 1);
  // x at column 2: 2 / 4 * 0.5 + 0.5 = 0.75 becomes ymax; y at column 3: 4 / 4 * 0.25 + 0.25 = 0.5.
  CHECK_EQ(test.out_keypoints[0], 0.75);
  CHECK_EQ(test.out_keypoints[1], 0.5);
  CHECK_EQ(test.out_boxes[1] + test.out_boxes[3], 0.75);
  CHECK_EQ(test.out_boxes[0] + test.out_boxes[2], 0.5);
}

TEST(TooFewAnchorsAreAnError) {
  Case test;
  test.num_anchors = 1;
  CHECK_BLAMES(test.Run(), "anchors");
}

TEST(OffsetsOutsideTheRowAreAnError) {
  Case test;
  test.options.box_coord_offset = 1;
  CHECK_BLAMES(test.Run(), "box_coord_offset");
  test.options.box_coord_offset = -1;
  CHECK_BLAMES(test.Run(), "box_coord_offset");
}

}  // namespace
}  // namespace mediapipe_anchors
