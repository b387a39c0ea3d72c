#include "mediapipe_anchors/coarsen_shapes.h"

#include <algorithm>
#include <vector>

#include "fit_arguments.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::array_t<double> FirstOf(const std::vector<double>& values, int64_t rows, int64_t capacity,
                            int64_t count) {
  py::array_t<double> array({rows, count});
  for (int64_t row = 0; row < rows; ++row) {
    std::copy_n(values.data() + row * capacity, count, array.mutable_data() + row * count);
  }
  return array;
}

py::tuple CoarsenShapesOf(const py::object& sides, const py::object& weights, int64_t max_groups) {
  const FitBoxesArguments<double> boxes(sides, py::none(), weights);
  const int64_t size = boxes.view().size;
  if (boxes.view().weights == nullptr) {
    RaiseIfError(BadShape("weights", -1, 0, "{} numbers, one a box", size));
  }
  const int64_t capacity = std::min(max_groups, size);
  std::vector<int32_t> order(size);
  std::vector<double> logs(2 * size), shapes(2 * std::max<int64_t>(0, capacity)),
      totals(std::max<int64_t>(0, capacity));
  std::vector<ShapeGroup> groups(std::max<int64_t>(0, capacity));
  const CoarsenScratch scratch{order.data(), logs.data(), groups.data()};
  int64_t count = 0;
  Status status;
  {
    py::gil_scoped_release release;
    status = CoarsenShapes(boxes.view(), std::min(max_groups, std::max<int64_t>(1, size)), scratch,
                           shapes.data(), shapes.data() + capacity, totals.data(), &count);
  }
  RaiseIfError(status);
  return py::make_tuple(FirstOf(shapes, 2, capacity, count),
                        FirstOf(totals, 1, capacity, count).reshape({count}));
}

}  // namespace

void RegisterCoarsenShapes(py::module_& m) {
  m.def("coarsen_shapes", &CoarsenShapesOf, py::arg("sides"), py::arg("weights"),
        py::arg("max_groups"));
}

}  // namespace mediapipe_anchors::python
