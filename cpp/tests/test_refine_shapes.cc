#include <limits>

#include "check.h"
#include "mediapipe_anchors/refine_shapes.h"

namespace mediapipe_anchors {
namespace {

constexpr int64_t kMaxBoxes = 300;
constexpr int64_t kMaxShapes = 3;

struct Memory {
  float scratch[2 * kMaxBoxes * (kMaxShapes + 1)];
};

TEST(ShapesMoveToTheirBoxes) {
  const float side[2] = {0.25f, 0.5f};
  const float weights[2] = {1, 3};
  FitBoxes<float> boxes;
  boxes.w = boxes.h = side;
  boxes.weights = weights;
  boxes.size = 2;
  float w[2] = {0.2f, 0.6f};
  float h[2] = {0.3f, 0.4f};
  Memory memory;
  double value = 0;
  CHECK_OK(RefineShapes(boxes, {}, {}, memory.scratch, {w, h, nullptr, 2}, &value));
  CHECK_EQ(value > 4 * 0.999 && value <= 4, true);
  CHECK_EQ(w[0] > 0.2499f && w[0] < 0.2501f, true);
  CHECK_EQ(h[1] > 0.4998f && h[1] < 0.5002f, true);
}

TEST(WithoutASweepTheValueIsThatOfTheShapes) {
  const float side[1] = {0.5f};
  const float weight[1] = {2};
  FitBoxes<float> boxes;
  boxes.w = boxes.h = side;
  boxes.weights = weight;
  boxes.size = 1;
  float shape_w[1] = {0.25f};
  float shape_h[1] = {0.5f};
  Memory memory;
  double value = 0;
  const RefineOptions none{0.1f, 0.01f, 0};
  CHECK_OK(RefineShapes(boxes, {}, none, memory.scratch, {shape_w, shape_h, nullptr, 1}, &value));
  CHECK_EQ(value, 1);
  CHECK_EQ(shape_w[0], 0.25f);
}

TEST(AllKindsOfNumbersEnd) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float odd[9] = {kNan, kInfinity, -kInfinity, 0, -1, 1e-45f, 3e38f, 0.5f, 0.7f};
  float side[kMaxBoxes], weights[kMaxBoxes], distance[2 * kMaxBoxes];
  Memory memory;
  for (int round = 0; round < 9; ++round) {
    for (int i = 0; i < kMaxBoxes; ++i) side[i] = odd[(i * i + round) % 9];
    for (int i = 0; i < kMaxBoxes; ++i) weights[i] = odd[(i / 2 + round) % 9];
    for (int i = 0; i < 2 * kMaxBoxes; ++i) distance[i] = odd[(i / 3 + round) % 9];
    FitBoxes<float> boxes;
    boxes.w = boxes.h = side;
    boxes.dx = boxes.dy = distance;
    boxes.weights = weights;
    boxes.size = kMaxBoxes;
    boxes.num_maps = 2;
    float w[3] = {odd[round], 0.5f, 0.25f};
    float h[3] = {0.5f, odd[(round + 4) % 9], 0.25f};
    const int32_t map[3] = {0, 1, 1};
    FitObjective objective;
    objective.recall = odd[(round + 2) % 9];
    objective.ratio = 1;
    double value = 0;
    const RefineOptions options{8, 1e-3f, 100};
    CHECK_OK(RefineShapes(boxes, objective, options, memory.scratch, {w, h, map, 3}, &value));
  }
}

TEST(StepsWithoutAnEndAreBlamed) {
  float side[1] = {1};
  FitBoxes<float> boxes;
  boxes.w = boxes.h = boxes.weights = side;
  boxes.size = 1;
  Memory memory;
  double value = 0;
  const auto Blamed = [&](float first_step, float last_step) {
    return RefineShapes(boxes, {}, {first_step, last_step, 8}, memory.scratch,
                        {side, side, nullptr, 1}, &value);
  };
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  CHECK_BLAMES(Blamed(0.1f, 0), "last_step");
  CHECK_BLAMES(Blamed(0.1f, kNan), "last_step");
  CHECK_BLAMES(Blamed(kNan, 0.1f), "first_step");
  CHECK_BLAMES(Blamed(std::numeric_limits<float>::infinity(), 0.1f), "first_step");
  CHECK_OK(Blamed(0.1f, std::numeric_limits<float>::denorm_min()));
}

}  // namespace
}  // namespace mediapipe_anchors
