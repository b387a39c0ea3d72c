#include "mediapipe_anchors/refine_shapes.h"

#include <algorithm>
#include <cmath>

#include "shape_similarity.h"
#include "vectorize.h"

namespace mediapipe_anchors {
namespace {

constexpr int64_t kBlock = 256;      // boxes summed in float32 at a time
constexpr double kLeastGain = 1e-7;  // relative: below it float32 sums are noise
constexpr int kMaxMoves = 64;        // in one direction at one step
constexpr float kMaxStep = 8;        // a factor of 3000 on a side
// Opposite directions stand side by side.
constexpr float kDirections[8][2] = {{1, 0}, {-1, 0},  {0, 1},  {0, -1},
                                     {1, 1}, {-1, -1}, {1, -1}, {-1, 1}};

// Sums kBlock values by halves, many at a time; overwrites them.
MPA_INLINE double Sum(float* values) {
  for (int64_t half = kBlock / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) values[i] += values[half + i];
  }
  return values[0];
}

class Refiner {
 public:
  Refiner(const FitBoxes<float>& boxes, const FitObjective& objective,
          const FitShapes<float>& shapes, float* scratch)
      : boxes_(boxes),
        objective_(objective),
        iou_part_(objective),
        ratio_part_(objective),
        shapes_(shapes),
        stride_(boxes.size * (int64_t{HasIouPart(objective)} + int64_t{HasRatioPart(objective)})),
        others_(scratch),
        similarity_(scratch + stride_) {
    for (int64_t j = 0; j < shapes_.size; ++j) Store(j);
  }

  // Visits every shape once; whether any moved.
  bool Sweep(float step) {
    bool any = false;
    for (int64_t j = 0; j < shapes_.size; ++j) {
      TakeBestOfOthers(j);
      value_ = Value(j, shapes_.w[j], shapes_.h[j]);
      if (Move(j, step)) {
        Store(j);
        any = true;
      }
    }
    return any;
  }

  // The objective.
  double Value() {
    TakeBestOfOthers(0);
    return Value(0, shapes_.w[0], shapes_.h[0]);
  }

 private:
  int32_t MapOf(int64_t j) const { return shapes_.map == nullptr ? 0 : shapes_.map[j]; }

  // Keeps what shape j is to every box: its IoU, then its ratio, as far as the objective asks.
  MPA_VECTORIZE void Store(int64_t j) {
    float* row = similarity_ + j * stride_;
    if (HasIouPart(objective_)) {
      IouWithShape(boxes_, shapes_.w[j], shapes_.h[j], MapOf(j), 0, boxes_.size, row);
      row += boxes_.size;
    }
    if (HasRatioPart(objective_)) {
      RatioWithShape(boxes_, shapes_.w[j], shapes_.h[j], 0, boxes_.size, row);
    }
  }

  MPA_VECTORIZE void TakeBestOfOthers(int64_t j) {
    std::fill_n(others_, stride_, 0.0f);
    for (int64_t other = 0; other < shapes_.size; ++other) {
      if (other == j) continue;
      const float* row = similarity_ + other * stride_;
      for (int64_t i = 0; i < stride_; ++i) others_[i] = Larger(others_[i], row[i]);
    }
  }

  // The objective with shape j changed to w x h.
  MPA_VECTORIZE double Value(int64_t j, float w, float h) const {
    double value = 0;
    float part[kBlock];
    for (int64_t begin = 0; begin < boxes_.size; begin += kBlock) {
      const int64_t end = std::min(boxes_.size, begin + kBlock);
      const float* others = others_ + begin;
      if (HasIouPart(objective_)) {
        IouWithShape(boxes_, w, h, MapOf(j), begin, end, part);
        value += SumOf(iou_part_, others, begin, end, part);
        others += boxes_.size;
      }
      if (HasRatioPart(objective_)) {
        RatioWithShape(boxes_, w, h, begin, end, part);
        value += SumOf(ratio_part_, others, begin, end, part);
      }
    }
    return value;
  }

  // What a block of boxes adds to the objective, where part[i] is what shape j is to each of them;
  // overwrites it.
  template <typename Part>
  MPA_INLINE double SumOf(const Part& objective_part, const float* others, int64_t begin,
                          int64_t end, float* part) const {
    for (int64_t i = 0; i < end - begin; ++i) {
      part[i] = boxes_.weights[begin + i] * objective_part(Larger(part[i], others[i]));
    }
    std::fill(part + (end - begin), part + kBlock, 0.0f);
    return Sum(part);
  }

  // Moves shape j in each direction as far as that helps; whether it moved.
  bool Move(int64_t j, float step) {
    bool any = false;
    for (int direction = 0; direction < 8; ++direction) {
      const float in_w = std::exp(step * kDirections[direction][0]);
      const float in_h = std::exp(step * kDirections[direction][1]);
      bool moved = false;
      for (int move = 0; move < kMaxMoves; ++move) {
        const float w = shapes_.w[j] * in_w;
        const float h = shapes_.h[j] * in_h;
        const double value = Value(j, w, h);
        if (!(value > value_ + kLeastGain * std::abs(value_))) break;
        value_ = value;
        shapes_.w[j] = w;
        shapes_.h[j] = h;
        moved = true;
      }
      if (moved && direction % 2 == 0) ++direction;  // the way back cannot help
      any = any || moved;
    }
    return any;
  }

  const FitBoxes<float>& boxes_;
  const FitObjective& objective_;
  const IouPart iou_part_;
  const RatioPart ratio_part_;
  const FitShapes<float>& shapes_;
  const int64_t stride_;
  float* others_;      // [stride]
  float* similarity_;  // [shapes, stride]
  double value_ = 0;   // the objective, as of the last visit
};

}  // namespace

int64_t RefineScratchSize(int64_t num_boxes, int64_t num_shapes, const FitObjective& objective) {
  const int64_t parts = int64_t{HasIouPart(objective)} + int64_t{HasRatioPart(objective)};
  return num_boxes * parts * (num_shapes + 1);
}

Status RefineShapes(const FitBoxes<float>& boxes, const FitObjective& objective,
                    const RefineOptions& options, float* scratch, const FitShapes<float>& shapes,
                    double* value) {
  MPA_RETURN_IF_ERROR(CheckFitInputs(boxes, shapes));
  if (!(options.last_step > 0)) {
    return BadOption("last_step", options.last_step, "a step above 0");
  }
  if (!(options.first_step <= kMaxStep)) {
    return BadOption("first_step", options.first_step, "a step of at most {}", kMaxStep);
  }
  Refiner refiner(boxes, objective, shapes, scratch);
  for (float step = options.first_step; step >= options.last_step; step /= 2) {
    for (int32_t sweep = 0; sweep < options.max_sweeps; ++sweep) {
      if (!refiner.Sweep(step)) break;
    }
  }
  *value = refiner.Value();
  return {};
}

}  // namespace mediapipe_anchors
