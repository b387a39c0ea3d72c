#include "rectangle.h"

#include <algorithm>

namespace mediapipe_anchors {
namespace {

// Boxes that only touch do intersect, in an area of 0, and so do those with corners of NaN, which
// compare false.
bool Intersects(const Rectangle& a, const Rectangle& b) {
  return !(a.IsEmpty() || b.IsEmpty() || b.xmax < a.xmin || a.xmax < b.xmin || b.ymax < a.ymin ||
           a.ymax < b.ymin);
}

// The order of the arguments of min and max decides what NaN does; it is MediaPipe's.
Rectangle Intersection(const Rectangle& a, const Rectangle& b) {
  return {std::max(a.xmin, b.xmin), std::max(a.ymin, b.ymin), std::min(a.xmax, b.xmax),
          std::min(a.ymax, b.ymax)};
}

// The smallest rectangle around both.
Rectangle Enclosure(const Rectangle& a, const Rectangle& b) {
  return {std::min(a.xmin, b.xmin), std::min(a.ymin, b.ymin), std::max(a.xmax, b.xmax),
          std::max(a.ymax, b.ymax)};
}

}  // namespace

float OverlapSimilarity(OverlapType overlap_type, const Rectangle& a, const Rectangle& b) {
  if (!Intersects(a, b)) return 0.0f;
  const float intersection = Intersection(a, b).Area();
  float normalization = 0.0f;
  switch (overlap_type) {
    case OverlapType::kJaccard:
      normalization = Enclosure(a, b).Area();
      break;
    case OverlapType::kModifiedJaccard:
      normalization = b.Area();
      break;
    default:
      normalization = a.Area() + b.Area() - intersection;
  }
  return normalization > 0.0f ? intersection / normalization : 0.0f;
}

}  // namespace mediapipe_anchors
