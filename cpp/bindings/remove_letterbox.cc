#include "mediapipe_anchors/remove_letterbox.h"

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::tuple RemoveLetterboxArrays(const py::object& padding, const py::object& boxes,
                                const py::object& keypoints) {
  return MoveCopies(&RemoveLetterbox, Float32Numbers("padding", padding, 4), boxes, keypoints);
}

}  // namespace

void RegisterRemoveLetterbox(py::module_& m) {
  m.def("remove_letterbox", &RemoveLetterboxArrays, py::arg("padding"), py::arg("boxes"),
        py::arg("keypoints"));
}

}  // namespace mediapipe_anchors::python
