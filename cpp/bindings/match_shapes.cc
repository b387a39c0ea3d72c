#include "mediapipe_anchors/match_shapes.h"

#include "fit_arguments.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::tuple MatchShapesOf(const py::object& sides, const py::object& distances,
                        const py::object& shapes, const py::object& map) {
  const FitBoxesArguments<double> boxes(sides, distances);
  const FitShapesArguments<double> anchors(shapes, map);
  py::array_t<int32_t> index(boxes.view().size);
  py::array_t<double> iou(boxes.view().size);
  int32_t* index_data = index.mutable_data();
  double* iou_data = iou.mutable_data();
  Status status;
  {
    py::gil_scoped_release release;
    status = MatchShapes(boxes.view(), anchors.view(), index_data, iou_data);
  }
  RaiseIfError(status);
  return py::make_tuple(index, iou);
}

}  // namespace

void RegisterMatchShapes(py::module_& m) {
  m.def("match_shapes", &MatchShapesOf, py::arg("sides"), py::arg("distances"), py::arg("shapes"),
        py::arg("map"));
}

}  // namespace mediapipe_anchors::python
