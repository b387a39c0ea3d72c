#include <limits>

#include "check.h"
#include "mediapipe_anchors/select_shapes.h"

namespace mediapipe_anchors {
namespace {

constexpr int64_t kMaxColumns = PadSelectColumns(40);
constexpr int64_t kMaxCandidates = 8;

struct Memory {
  float best[kMaxColumns], second[kMaxColumns], added[kMaxColumns], kept[kMaxColumns];
  int32_t holder[kMaxColumns];
  uint8_t is_used[kMaxCandidates], is_whole[kMaxColumns / kSelectLanes];
  double removal[kMaxCandidates], lanes[kMaxCandidates * kSelectLanes];
  SelectScratch scratch{best, second, added, kept, holder, is_used, is_whole, removal, lanes};
};

// Four columns, five candidates. Alone candidate 4 is the best; of two, 0 and 1 are.
const float kUtility[5 * 4] = {
    1,    1,    0,    0,     //
    0,    0,    1,    1,     //
    0,    1,    0,    0,     //
    0,    0,    0,    0,     //
    0.75, 0.75, 0.75, 0.75,  //
};
const float kOnes[4] = {1, 1, 1, 1};

TEST(SwapsFindTheBestSelection) {
  Memory memory;
  double value = 0;
  int32_t one[1] = {3};
  const Candidates candidates{kUtility, kOnes, nullptr, 5, 4};
  CHECK_OK(SelectShapes(candidates, 1, memory.scratch, one, &value));
  CHECK_EQ(one[0], 4);
  CHECK_EQ(value, 3);
  int32_t two[2] = {3, 2};
  CHECK_OK(SelectShapes(candidates, 2, memory.scratch, two, &value));
  CHECK_EQ(two[0] + two[1], 1);
  CHECK_EQ(value, 4);
}

TEST(SwapsStayOnTheirFeatureMap) {
  Memory memory;
  double value = 0;
  const int32_t map[5] = {0, 0, 1, 1, 2};
  int32_t selection[2] = {1, 3};  // 0 in the place of 3 would give the most
  CHECK_OK(SelectShapes({kUtility, kOnes, map, 5, 4}, 2, memory.scratch, selection, &value));
  CHECK_EQ(selection[0], 1);
  CHECK_EQ(selection[1], 2);
  CHECK_EQ(value, 3);
}

TEST(ASelectionOfAllStays) {
  Memory memory;
  double value = 0;
  int32_t all[5] = {4, 3, 2, 1, 0};
  CHECK_OK(SelectShapes({kUtility, kOnes, nullptr, 5, 4}, 5, memory.scratch, all, &value));
  CHECK_EQ(all[0], 4);
  CHECK_EQ(value, 4);
}

TEST(UtilitiesThatAreNoNumbersEnd) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float utility[kMaxCandidates * kMaxColumns];
  float weights[kMaxColumns];
  const float odd[7] = {kNan, kInfinity, -kInfinity, 0, 1, 3e38f, 1e-45f};
  for (int i = 0; i < kMaxCandidates * kMaxColumns; ++i) utility[i] = odd[i * i % 7];
  for (int i = 0; i < kMaxColumns; ++i) weights[i] = i % 3 == 0 ? 0 : 3e38f;
  Memory memory;
  double value = 0;
  int32_t selection[3] = {0, 5, 7};
  const Candidates candidates{utility, weights, nullptr, kMaxCandidates, kMaxColumns};
  CHECK_OK(SelectShapes(candidates, 3, memory.scratch, selection, &value));
}

TEST(SelectionsAndWeightsThatCannotBeAreBlamed) {
  Memory memory;
  double value = 0;
  const Candidates candidates{kUtility, kOnes, nullptr, 5, 4};
  const auto Blamed = [&](const Candidates& from, int64_t size, int32_t first, int32_t second) {
    int32_t selection[2] = {first, second};
    return SelectShapes(from, size, memory.scratch, selection, &value);
  };
  CHECK_BLAMES(Blamed(candidates, 0, 0, 0), "selection");
  CHECK_BLAMES(Blamed(candidates, 1, -1, 0), "selection");
  CHECK_BLAMES(Blamed(candidates, 1, 5, 0), "selection");
  CHECK_BLAMES(Blamed(candidates, 2, 1, 1), "selection");
  CHECK_BLAMES(Blamed({kUtility, kOnes, nullptr, 0, 4}, 1, 0, 0), "selection");
  const float negative[4] = {1, 1, 1, -1};
  CHECK_BLAMES(Blamed({kUtility, negative, nullptr, 5, 4}, 1, 0, 0), "weights");
  const float nan[4] = {1, std::numeric_limits<float>::quiet_NaN(), 1, 1};
  CHECK_BLAMES(Blamed({kUtility, nan, nullptr, 5, 4}, 1, 0, 0), "weights");
}

}  // namespace
}  // namespace mediapipe_anchors
