#include "mediapipe_anchors/anchors_from_tensor.h"

#include <utility>

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::array AnchorsFromTensorArray(const py::object& tensor) {
  const TensorArgument source("tensor", tensor);
  const TensorView& view = source.view();
  if (view.rank != 2) RaiseIfError(BadShape("tensor", -1, view.rank, "2 dimensions, [N, 4]"));
  if (view.dims[1] != 4) {
    RaiseIfError(BadShape("tensor", 1, view.dims[1], "4 columns: y_center, x_center, h, w"));
  }
  py::array_t<float> anchors({view.dims[0], int64_t{4}});
  float* data = anchors.mutable_data();
  {
    py::gil_scoped_release release;
    AnchorsFromTensor(view.data, view.dims[0], data);
  }
  return std::move(anchors);
}

}  // namespace

void RegisterAnchorsFromTensor(py::module_& m) {
  m.def("anchors_from_tensor", &AnchorsFromTensorArray, py::arg("tensor"));
}

}  // namespace mediapipe_anchors::python
