#include "mediapipe_anchors/project_detections.h"

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::tuple ProjectDetectionsArrays(const py::object& matrix, const py::object& boxes,
                                  const py::object& keypoints) {
  return MoveCopies(&ProjectDetections, Float32Numbers("matrix", matrix, 16), boxes, keypoints);
}

}  // namespace

void RegisterProjectDetections(py::module_& m) {
  m.def("project_detections", &ProjectDetectionsArrays, py::arg("matrix"), py::arg("boxes"),
        py::arg("keypoints"));
}

}  // namespace mediapipe_anchors::python
