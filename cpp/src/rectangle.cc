#include "rectangle.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace mediapipe_anchors {
namespace {

// Boxes that only touch do intersect, in an area of 0. NaN corners compare false and so intersect
// too.
bool Intersects(const Rectangle& a, const Rectangle& b) {
  return !(a.IsEmpty() || b.IsEmpty() || b.xmax < a.xmin || a.xmax < b.xmin || b.ymax < a.ymin ||
           a.ymax < b.ymin);
}

// Orders the corners; with NaN among them they change places, as in MediaPipe.
Rectangle FromCorners(Rectangle r) {
  if (!(r.xmin <= r.xmax)) std::swap(r.xmin, r.xmax);
  if (!(r.ymin <= r.ymax)) std::swap(r.ymin, r.ymax);
  return r;
}

// The order of the arguments of min and max decides what NaN does; it is MediaPipe's.
float IntersectionArea(const Rectangle& a, const Rectangle& b) {
  const Rectangle inner = {std::max(a.xmin, b.xmin), std::max(a.ymin, b.ymin),
                           std::min(a.xmax, b.xmax), std::min(a.ymax, b.ymax)};
  if (inner
          .IsEmpty()) {  // reached with NaN corners only: the area of MediaPipe's "empty" rectangle
    return std::numeric_limits<float>::infinity();
  }
  return FromCorners(inner).Area();
}

// Area of the smallest rectangle around both.
float EnclosingArea(const Rectangle& a, const Rectangle& b) {
  return FromCorners({std::min(a.xmin, b.xmin), std::min(a.ymin, b.ymin), std::max(a.xmax, b.xmax),
                      std::max(a.ymax, b.ymax)})
      .Area();
}

}  // namespace

float OverlapSimilarity(OverlapType overlap_type, const Rectangle& a, const Rectangle& b) {
  if (!Intersects(a, b)) return 0.0f;
  const float intersection = IntersectionArea(a, b);
  float normalization = 0.0f;
  switch (overlap_type) {
    case OverlapType::kJaccard:
      normalization = EnclosingArea(a, b);
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
