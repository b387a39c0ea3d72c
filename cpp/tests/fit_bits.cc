#include "fit_bits.h"

#include <algorithm>

#include "mediapipe_anchors/match_shapes.h"
#include "mediapipe_anchors/refine_shapes.h"
#include "mediapipe_anchors/select_shapes.h"
#include "mediapipe_anchors/shape_utility.h"

namespace mediapipe_anchors::testing {
namespace {

constexpr int64_t kBoxes = 1003;  // no multiple of a block or a register
constexpr int64_t kCandidates = 40;
constexpr int32_t kMaps = 2;

struct Boxes {
  float w[kBoxes], h[kBoxes], dx[kMaps * kBoxes], dy[kMaps * kBoxes], weights[2 * kBoxes];
};

// A linear congruential generator: the same numbers everywhere.
void Fill(uint32_t* state, float least, float most, int64_t size, float* values) {
  for (int64_t i = 0; i < size; ++i) {
    *state = *state * 1664525u + 1013904223u;
    values[i] = least + (most - least) * static_cast<float>(*state >> 8) / 16777216.0f;
  }
}

FitBoxes<float> View(const Boxes& memory, bool placed) {
  FitBoxes<float> boxes;
  boxes.w = memory.w;
  boxes.h = memory.h;
  boxes.dx = placed ? memory.dx : nullptr;
  boxes.dy = placed ? memory.dy : nullptr;
  boxes.weights = memory.weights;
  boxes.size = kBoxes;
  boxes.num_maps = placed ? kMaps : 1;
  return boxes;
}

void Select(const FitBoxes<float>& boxes, const FitObjective& objective, uint32_t* state,
            FitBits* bits) {
  static float w[kCandidates], h[kCandidates], utility[kCandidates * 2 * kBoxes];
  constexpr int64_t kColumns = PadSelectColumns(2 * kBoxes);
  static float best[kColumns], second[kColumns], added[kColumns], kept[kColumns];
  static int32_t holder[kColumns];
  uint8_t is_used[kCandidates], is_whole[kColumns / kSelectLanes];
  double removal[kBitShapes], lanes[kBitShapes * kSelectLanes];
  Fill(state, 0.01f, 1, kCandidates, w);
  Fill(state, 0.01f, 1, kCandidates, h);
  ShapeUtility(boxes, {w, h, nullptr, kCandidates}, objective, utility);
  for (int32_t j = 0; j < kBitShapes; ++j) bits->selection[j] = 2 * j;
  SelectShapes({utility, boxes.weights, nullptr, kCandidates, 2 * kBoxes}, kBitShapes,
               {best, second, added, kept, holder, is_used, is_whole, removal, lanes},
               bits->selection, &bits->selected);
}

double Match(const FitBoxes<float>& boxes, const FitShapes<float>& shapes) {
  static double w[kBoxes], h[kBoxes], dx[kMaps * kBoxes], dy[kMaps * kBoxes], iou[kBoxes];
  static int32_t index[kBoxes];
  double shape_w[kBitShapes], shape_h[kBitShapes];
  const bool placed = boxes.dx != nullptr;
  std::copy_n(boxes.w, kBoxes, w);
  std::copy_n(boxes.h, kBoxes, h);
  if (placed) {
    std::copy_n(boxes.dx, kMaps * kBoxes, dx);
    std::copy_n(boxes.dy, kMaps * kBoxes, dy);
  }
  std::copy_n(shapes.w, kBitShapes, shape_w);
  std::copy_n(shapes.h, kBitShapes, shape_h);
  FitBoxes<double> wide{w, h, placed ? dx : nullptr, placed ? dy : nullptr};
  wide.size = kBoxes;
  wide.num_maps = boxes.num_maps;
  MatchShapes(wide, {shape_w, shape_h, shapes.map, kBitShapes}, index, iou);
  double sum = 0;
  for (int64_t i = 0; i < kBoxes; ++i) sum += iou[i] * (index[i] + 1);
  return sum;
}

}  // namespace

FitBits ComputeFitBits(uint32_t seed) {
  static Boxes memory;
  static float scratch[2 * kBoxes * (kBitShapes + 1)];
  uint32_t state = seed;
  Fill(&state, 0.01f, 1, kBoxes, memory.w);
  Fill(&state, 0.01f, 1, kBoxes, memory.h);
  Fill(&state, 0, 0.1f, kMaps * kBoxes, memory.dx);
  Fill(&state, 0, 0.1f, kMaps * kBoxes, memory.dy);
  Fill(&state, 0, 1, 2 * kBoxes, memory.weights);
  FitObjective objective;
  objective.recall = 0.5f;
  objective.ramp = 0.1f;
  objective.ratio = 0.25f;
  const bool placed = seed % 2 != 0;
  const FitBoxes<float> boxes = View(memory, placed);
  FitBits bits{};
  Select(boxes, objective, &state, &bits);
  Fill(&state, 0.05f, 1, kBitShapes, bits.w);
  Fill(&state, 0.05f, 1, kBitShapes, bits.h);
  const int32_t map[kBitShapes] = {0, 1, 0, 1, 1};
  const FitShapes<float> shapes{bits.w, bits.h, placed ? map : nullptr, kBitShapes};
  bits.matched = Match(boxes, shapes);
  RefineShapes(boxes, objective, {}, scratch, shapes, &bits.refined);
  return bits;
}

}  // namespace mediapipe_anchors::testing
