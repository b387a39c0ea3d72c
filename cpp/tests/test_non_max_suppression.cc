#include <limits>

#include "check.h"
#include "mediapipe_anchors/non_max_suppression.h"

namespace mediapipe_anchors {
namespace {

constexpr int kMaxBoxes = 4;

// Two boxes that overlap by a third of their union, one apart, one inside the first.
struct Case {
  NonMaxSuppressionOptions options;
  float boxes[kMaxBoxes * 4] = {0, 0, 1, 1, 0.5f, 0, 1, 1, 4, 4, 1, 1, 0, 0, 0.5f, 1};
  float scores[kMaxBoxes] = {0.5f, 0.75f, 0.25f, 0.125f};
  int32_t class_ids[kMaxBoxes] = {1, 2, 1, 1};
  int64_t size = 3;
  float out_boxes[kMaxBoxes * 4] = {};
  float out_scores[kMaxBoxes] = {};
  int32_t out_class_ids[kMaxBoxes] = {};
  IndexedScore lists[3][kMaxBoxes] = {};
  int64_t labels[kMaxBoxes] = {};
  DetectionsBuffer retained;

  explicit Case(float threshold) {
    options.overlap_type = OverlapType::kIntersectionOverUnion;
    options.min_suppression_threshold = threshold;
  }

  Status Run() {
    DetectionsView view;
    view.boxes = boxes;
    view.scores = scores;
    view.class_ids = class_ids;
    view.size = size;
    retained = {};
    retained.boxes = out_boxes;
    retained.scores = out_scores;
    retained.class_ids = out_class_ids;
    retained.capacity = kMaxBoxes;
    const NmsScratch scratch = {lists[0], lists[1], lists[2], labels};
    return NonMaxSuppression(options, view, scratch, &retained);
  }
};

TEST(DefaultKeepsTheBest) {
  Case test(0.25f);
  CHECK_OK(test.Run());
  CHECK_EQ(test.retained.size, 2);
  CHECK_EQ(test.out_scores[0], 0.75);
  CHECK_EQ(test.out_boxes[0], 0.5);
  CHECK_EQ(test.out_scores[1], 0.25);
}

TEST(OverlapMustExceedTheThreshold) {
  Case test(1.0f / 3.0f);
  CHECK_OK(test.Run());
  CHECK_EQ(test.retained.size, 3);
}

TEST(MulticlassSuppressesWithinAClass) {
  Case test(0.25f);
  test.options.multiclass_nms = true;
  CHECK_OK(test.Run());
  CHECK_EQ(test.retained.size, 3);
  CHECK_EQ(test.out_class_ids[0], 2);
  CHECK_EQ(test.out_scores[1], 0.5);
  CHECK_EQ(test.out_scores[2], 0.25);
}

TEST(WeightedBlendsByScore) {
  Case test(0.25f);
  test.options.algorithm = NmsAlgorithm::kWeighted;
  CHECK_OK(test.Run());
  CHECK_EQ(test.retained.size, 2);
  CHECK_EQ(test.out_boxes[0], 0.375f / 1.25f);  // (0 * 0.5 + 0.5 * 0.75) / 1.25
  CHECK_EQ(test.out_boxes[1], 0);
  CHECK_EQ(test.out_scores[0], 0.75);
}

TEST(WeightedWithTheDefaultThresholdGivesOneDetection) {
  Case test(1.0f);
  test.options.algorithm = NmsAlgorithm::kWeighted;
  CHECK_OK(test.Run());
  CHECK_EQ(test.retained.size, 1);
}

TEST(ModifiedJaccardTurnsAroundInWeighted) {
  Case test(0.6f);  // the small box: 0.5 inside the large one
  test.size = 4;
  test.boxes[4] = 9;  // the second box out of the way
  test.options.overlap_type = OverlapType::kModifiedJaccard;
  CHECK_OK(test.Run());
  CHECK_EQ(test.retained.size, 3);  // DEFAULT: 0.5 / 0.5, the candidate's area
  test.options.algorithm = NmsAlgorithm::kWeighted;
  CHECK_OK(test.Run());
  CHECK_EQ(test.retained.size, 4);  // WEIGHTED: 0.5 / 1, the top's area
}

TEST(NanScoresAndUnspecifiedOverlapAreErrors) {
  Case test(0.5f);
  test.scores[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK_BLAMES(test.Run(), "scores");
  test.options.overlap_type = OverlapType::kUnspecified;
  CHECK_BLAMES(test.Run(), "overlap_type");
}

}  // namespace
}  // namespace mediapipe_anchors
