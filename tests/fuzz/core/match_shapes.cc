#include "mediapipe_anchors/match_shapes.h"

#include "fit_input.h"
#include "input.h"

namespace mediapipe_anchors::fuzz {

void Try(Input* input) {
  const FitInput<double> fit(input);
  std::vector<int32_t> index(fit.boxes.size);
  std::vector<double> iou(fit.boxes.size);
  if (!IsOk(MatchShapes(fit.boxes, fit.shapes, index.data(), iou.data()))) return;
  for (const int32_t shape : index) {
    Require(shape >= 0 && shape < fit.shapes.size, "a box is matched to one of the shapes");
  }
}

}  // namespace mediapipe_anchors::fuzz
