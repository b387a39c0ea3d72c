#include "mediapipe_anchors/projection.h"

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

using Kernel = void (*)(const float*, int64_t, int64_t, float*, float*);

py::array_t<float> CopyOf(const py::array& source) {
  py::array_t<float> copy(std::vector<py::ssize_t>(source.shape(), source.shape() + source.ndim()));
  const auto* data = static_cast<const float*>(source.data());
  std::copy(data, data + source.size(), copy.mutable_data());
  return copy;
}

// Applies the kernel to copies of boxes [N, 4] and keypoints [N, K, 2], whose shapes the caller
// checked.
py::tuple Apply(Kernel kernel, const py::object& parameters, py::ssize_t num_parameters,
                const char* name, const py::object& boxes, const py::object& keypoints) {
  const py::array values = Float32Array(name, parameters);
  if (values.size() != num_parameters) {
    RaiseIfError(BadShape(name, 0, values.size(), "{} numbers", num_parameters));
  }
  py::array_t<float> new_boxes = CopyOf(Float32Array("boxes", boxes));
  py::array_t<float> new_keypoints = CopyOf(Float32Array("keypoints", keypoints));
  if (new_boxes.ndim() != 2 || new_boxes.shape(1) != 4) {
    RaiseIfError(BadShape("boxes", -1, new_boxes.ndim(), "2 dimensions, [N, 4]"));
  }
  const int64_t count = new_boxes.shape(0);
  if (new_keypoints.ndim() != 3 || new_keypoints.shape(0) != count || new_keypoints.shape(2) != 2) {
    RaiseIfError(BadShape("keypoints", -1, new_keypoints.ndim(), "3 dimensions, [N, K, 2]"));
  }
  const auto* numbers = static_cast<const float*>(values.data());
  float* box_data = new_boxes.mutable_data();
  float* keypoint_data = new_keypoints.mutable_data();
  const int64_t num_keypoints = new_keypoints.shape(1);
  {
    py::gil_scoped_release release;
    kernel(numbers, count, num_keypoints, box_data, keypoint_data);
  }
  return py::make_tuple(new_boxes, new_keypoints);
}

}  // namespace

void RegisterProjection(py::module_& m) {
  m.def(
      "remove_letterbox",
      [](const py::object& padding, const py::object& boxes, const py::object& keypoints) {
        return Apply(&RemoveLetterbox, padding, 4, "padding", boxes, keypoints);
      },
      py::arg("padding"), py::arg("boxes"), py::arg("keypoints"));
  m.def(
      "project_detections",
      [](const py::object& matrix, const py::object& boxes, const py::object& keypoints) {
        return Apply(&ProjectDetections, matrix, 16, "matrix", boxes, keypoints);
      },
      py::arg("matrix"), py::arg("boxes"), py::arg("keypoints"));
}

}  // namespace mediapipe_anchors::python
