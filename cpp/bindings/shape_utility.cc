#include "mediapipe_anchors/shape_utility.h"

#include "fit_arguments.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::array ShapeUtilityOf(const py::object& sides, const py::object& distances,
                         const py::object& shapes, const py::object& map,
                         const py::object& objective) {
  const FitBoxesArguments<float> boxes(sides, distances);
  const FitShapesArguments<float> anchors(shapes, map);
  const FitObjective goal = LoadObjective(objective);
  py::array_t<float> utility({anchors.view().size, CountParts(goal), boxes.view().size});
  float* data = utility.mutable_data();
  Status status;
  {
    py::gil_scoped_release release;
    status = ShapeUtility(boxes.view(), anchors.view(), goal, data);
  }
  RaiseIfError(status);
  return std::move(utility);
}

}  // namespace

void RegisterShapeUtility(py::module_& m) {
  m.def("shape_utility", &ShapeUtilityOf, py::arg("sides"), py::arg("distances"), py::arg("shapes"),
        py::arg("map"), py::arg("objective"));
}

}  // namespace mediapipe_anchors::python
