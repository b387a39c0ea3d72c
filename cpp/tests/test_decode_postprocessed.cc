#include <limits>

#include "check.h"
#include "mediapipe_anchors/decode_postprocessed.h"

namespace mediapipe_anchors {
namespace {

struct Case {
  TensorsToDetectionsOptions options;
  float boxes[4 * 4] = {0, 0, 0.5f, 1, 0, 0, 0.5f, 1, 0, 0, 0.25f, 0.5f, 0, 0, 0.25f, 0.5f};
  float classes[4] = {3, 4, 5, 6};
  float scores[4] = {0.25f, 0.75f, 0.5f, 0.125f};
  float num[1] = {4};
  float out_boxes[4 * 4] = {};
  float out_scores[4] = {};
  int32_t out_class_ids[4] = {};
  int32_t class_counts[4] = {};
  float all_scores[4 * 2] = {};
  int32_t all_class_ids[4 * 2] = {};
  IndexedScore scratch[2] = {};
  DetectionsBuffer detections;

  Case() {
    options.num_classes = 90;
    options.num_coords = 4;
    detections = {out_boxes, out_scores,   out_class_ids, nullptr,       4, 0,
                  0,         class_counts, all_scores,    all_class_ids, 2};
  }

  Status Run() {
    return DecodePostprocessed(options, {boxes, 3, {1, 4, 4}}, {classes, 2, {1, 4}},
                               {scores, 2, {1, 4}}, {num, 1, {1}}, scratch, &detections);
  }
};

TEST(OneClassADetection) {
  Case test;
  test.options.min_score_thresh = 0.25f;
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 3);
  CHECK_EQ(test.out_class_ids[2], 5);
  CHECK_EQ(test.out_boxes[2], 1);  // width: columns are ymin, xmin, ymax, xmax
}

TEST(SeveralClassesADetection) {
  Case test;
  test.options.max_classes_per_detection = 2;
  test.num[0] = 2;
  CHECK_OK(test.Run());
  CHECK_EQ(test.detections.size, 2);
  CHECK_EQ(test.class_counts[0], 2);
  CHECK_EQ(test.out_class_ids[0], 4);
  CHECK_EQ(test.out_scores[0], 0.75);
  CHECK_EQ(test.all_class_ids[0], 3);
  CHECK_EQ(test.out_class_ids[1], 5);
}

TEST(CustomColumns) {
  Case test;
  test.options.box_boundaries_indices = BoxBoundariesIndices{1, 0, 3, 2};
  CHECK_OK(test.Run());
  CHECK_EQ(test.out_boxes[2], 0.5);
  CHECK_EQ(test.out_boxes[3], 1);
}

TEST(CountsThatTheTensorsDoNotHoldAreErrors) {
  const float bad[] = {5, -1, std::numeric_limits<float>::quiet_NaN(), 3e9f};
  for (const float num : bad) {
    Case test;
    test.num[0] = num;
    CHECK_BLAMES(test.Run(), "num");
  }
  Case test;
  test.options.max_classes_per_detection = 2;
  CHECK_BLAMES(test.Run(), "num");
}

TEST(CountsOfNoRowsTakeNoMemory) {
  const float num[1] = {2e9f};
  const float none[1] = {};
  TensorsToDetectionsOptions options;
  options.num_classes = 1;
  options.num_coords = 4;
  options.max_classes_per_detection = 0;
  int64_t count = -1;
  CHECK_OK(CountPostprocessed(options, {none, 2, {0, 4}}, {none, 1, {0}}, {none, 1, {0}},
                              {num, 1, {1}}, &count));
  CHECK_EQ(count, 0);
}

TEST(ClassesThatAreNoNumbersAreErrors) {
  Case test;
  test.classes[1] = std::numeric_limits<float>::infinity();
  CHECK_BLAMES(test.Run(), "classes");
}

}  // namespace
}  // namespace mediapipe_anchors
