#ifndef MEDIAPIPE_ANCHORS_SRC_RECTANGLE_H_
#define MEDIAPIPE_ANCHORS_SRC_RECTANGLE_H_

#include "mediapipe_anchors/options.h"

namespace mediapipe_anchors {

// A box by its corners, as MediaPipe compares them: xmax and ymax are re-added in float32.
struct Rectangle {
  float xmin;
  float ymin;
  float xmax;
  float ymax;

  // box: xmin, ymin, width, height.
  static Rectangle FromBox(const float* box) {
    return {box[0], box[1], box[0] + box[2], box[1] + box[3]};
  }
  bool IsEmpty() const { return xmin > xmax || ymin > ymax; }
  float Area() const { return (xmax - xmin) * (ymax - ymin); }
};

// Overlap of two boxes as NonMaxSuppressionCalculator measures it. MODIFIED_JACCARD is relative to
// the area of `b`.
float OverlapSimilarity(OverlapType overlap_type, const Rectangle& a, const Rectangle& b);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_RECTANGLE_H_
