#ifndef MEDIAPIPE_ANCHORS_SRC_SHAPE_SIMILARITY_H_
#define MEDIAPIPE_ANCHORS_SRC_SHAPE_SIMILARITY_H_

#include <algorithm>
#include <cstdint>

#include "mediapipe_anchors/fit_types.h"
#include "vectorize.h"

namespace mediapipe_anchors {

// Length that two intervals share whose centres are `distance` apart. No less than 0 for distance
// 0.
template <typename Real>
MPA_INLINE Real SharedLength(Real a, Real b, Real distance) {
  return Larger(Real{0}, Smaller(Smaller(a, b), (a + b) * Real{0.5} - distance));
}

// Writes the IoU of each box with one shape on feature map `map` to iou[0 .. end - begin).
template <typename Real>
MPA_INLINE void IouWithShape(const FitBoxes<Real>& boxes, Real w, Real h, int32_t map,
                             int64_t begin, int64_t end, Real* iou) {
  const Real area = w * h;
  const Real* bw = boxes.w;
  const Real* bh = boxes.h;
  if (boxes.dx == nullptr) {
    for (int64_t i = begin; i < end; ++i) {
      const Real shared = Smaller(bw[i], w) * Smaller(bh[i], h);
      iou[i - begin] = shared / (bw[i] * bh[i] + area - shared);
    }
    return;
  }
  const Real* dx = boxes.dx + map * boxes.size;
  const Real* dy = boxes.dy + map * boxes.size;
  for (int64_t i = begin; i < end; ++i) {
    const Real shared = SharedLength(bw[i], w, dx[i]) * SharedLength(bh[i], h, dy[i]);
    iou[i - begin] = shared / (bw[i] * bh[i] + area - shared);
  }
}

// The same for the side ratio min(w / bw, bw / w, h / bh, bh / h), which knows no place.
MPA_INLINE void RatioWithShape(const FitBoxes<float>& boxes, float w, float h, int64_t begin,
                               int64_t end, float* ratio) {
  for (int64_t i = begin; i < end; ++i) {
    const float in_w = Smaller(boxes.w[i], w) / Larger(boxes.w[i], w);
    const float in_h = Smaller(boxes.h[i], h) / Larger(boxes.h[i], h);
    ratio[i - begin] = Smaller(in_w, in_h);
  }
}

inline bool HasIouPart(const FitObjective& objective) {
  return objective.iou != 0 || objective.recall != 0;
}

inline bool HasRatioPart(const FitObjective& objective) { return objective.ratio != 0; }

// The objective's value of a best IoU.
class IouPart {
 public:
  explicit IouPart(const FitObjective& objective)
      : iou_(objective.iou),
        recall_(objective.recall),
        // (iou - from) * slope runs from 0 to 1 over the ramp; the step is one that ends at the
        // threshold and is as narrow as float32 sums of boxes are exact.
        slope_(1 / std::max(objective.ramp, kStep)),
        from_(objective.iou_threshold - (objective.ramp > kStep ? objective.ramp / 2 : kStep)) {}

  MPA_INLINE float operator()(float iou) const {
    const float reached = Larger(0.0f, (iou - from_) * slope_ * recall_);
    return iou_ * iou + Smaller(recall_, reached);
  }

 private:
  static constexpr float kStep = 1e-6f;
  float iou_, recall_, slope_, from_;
};

// The objective's value of a best side ratio.
class RatioPart {
 public:
  explicit RatioPart(const FitObjective& objective)
      : ratio_(objective.ratio), threshold_(objective.ratio_threshold) {}

  MPA_INLINE float operator()(float ratio) const {
    return ratio > threshold_ ? ratio_ * ratio : 0.0f;
  }

 private:
  float ratio_, threshold_;
};

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_SHAPE_SIMILARITY_H_
