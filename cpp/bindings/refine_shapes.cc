#include "mediapipe_anchors/refine_shapes.h"

#include <vector>

#include "fit_arguments.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::tuple RefineShapesOf(const py::object& sides, const py::object& distances,
                         const py::object& weights, const py::object& shapes, const py::object& map,
                         const py::object& objective, float first_step, float last_step,
                         int32_t max_sweeps) {
  const FitBoxesArguments<float> boxes(sides, distances, weights);
  if (boxes.view().weights == nullptr) {
    RaiseIfError(BadShape("weights", -1, 0, "{} numbers, one a box", boxes.view().size));
  }
  const FitShapesArguments<float> anchors(shapes, map);
  const FitObjective goal = LoadObjective(objective);
  const RefineOptions options{first_step, last_step, max_sweeps};
  std::vector<float> scratch(RefineScratchSize(boxes.view().size, anchors.view().size, goal));
  double value = 0;
  Status status;
  {
    py::gil_scoped_release release;
    status = RefineShapes(boxes.view(), goal, options, scratch.data(), anchors.view(), &value);
  }
  RaiseIfError(status);
  return py::make_tuple(anchors.shapes(), value);
}

}  // namespace

void RegisterRefineShapes(py::module_& m) {
  m.def("refine_shapes", &RefineShapesOf, py::arg("sides"), py::arg("distances"),
        py::arg("weights"), py::arg("shapes"), py::arg("map"), py::arg("objective"),
        py::arg("first_step"), py::arg("last_step"), py::arg("max_sweeps"));
}

}  // namespace mediapipe_anchors::python
