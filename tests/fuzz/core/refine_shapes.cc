#include "mediapipe_anchors/refine_shapes.h"

#include "fit_input.h"
#include "input.h"
#include "mediapipe_anchors/shape_utility.h"

namespace mediapipe_anchors::fuzz {

void Try(Input* input) {
  const FitInput<float> fit(input);
  const FitObjective objective = ReadObjective(input);
  RefineOptions options = {input->Float(), input->Float(), input->Size(3)};
  // A hundred steps where ten do are nothing but slow.
  if (options.first_step > 1024 * options.last_step && options.last_step > 0) {
    options.last_step = options.first_step / 1024;
  }
  std::vector<float> utility(fit.shapes.size * CountParts(objective) * fit.boxes.size);
  const bool fits = IsOk(ShapeUtility(fit.boxes, fit.shapes, objective, utility.data()));
  std::vector<float> scratch(RefineScratchSize(fit.boxes.size, fit.shapes.size, objective));
  double value = 0;
  const Status status =
      RefineShapes(fit.boxes, objective, options, scratch.data(), fit.shapes, &value);
  if (IsOk(status)) Require(fits, "both kernels take the same boxes and shapes");
}

}  // namespace mediapipe_anchors::fuzz
