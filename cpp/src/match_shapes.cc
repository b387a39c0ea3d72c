#include "mediapipe_anchors/match_shapes.h"

#include <algorithm>

#include "shape_similarity.h"
#include "vectorize.h"

namespace mediapipe_anchors {
namespace {

constexpr int64_t kBlock = 1024;  // boxes at a time, so that they stay in the cache

}  // namespace

MPA_VECTORIZE Status MatchShapes(const FitBoxes<double>& boxes, const FitShapes<double>& shapes,
                                 int32_t* index, double* iou) {
  MPA_RETURN_IF_ERROR(CheckFitInputs(boxes, shapes));
  std::fill_n(index, boxes.size, 0);
  std::fill_n(iou, boxes.size, -1.0);
  double with_shape[kBlock];
  for (int64_t begin = 0; begin < boxes.size; begin += kBlock) {
    const int64_t end = std::min(boxes.size, begin + kBlock);
    for (int64_t j = 0; j < shapes.size; ++j) {
      const int32_t map = shapes.map == nullptr ? 0 : shapes.map[j];
      IouWithShape(boxes, shapes.w[j], shapes.h[j], map, begin, end, with_shape);
      for (int64_t i = begin; i < end; ++i) {
        if (with_shape[i - begin] > iou[i]) {
          iou[i] = with_shape[i - begin];
          index[i] = static_cast<int32_t>(j);
        }
      }
    }
  }
  return {};
}

}  // namespace mediapipe_anchors
