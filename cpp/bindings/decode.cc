#include "mediapipe_anchors/decode.h"

#include <vector>

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::tuple DecodeArrays(const py::object& raw_boxes, const py::object& raw_scores,
                       const py::object& anchors, const py::object& options) {
  TensorsToDetectionsOptionsHolder holder;
  LoadOptions(options, &holder);
  const TensorArgument boxes_tensor("raw_boxes", raw_boxes);
  const TensorArgument scores_tensor("raw_scores", raw_scores);
  const TensorArgument anchors_tensor("anchors", anchors);
  // Before anything is allocated: num_boxes is only then known to be the size of a tensor.
  RaiseIfError(CheckDecodeInputs(holder.options, boxes_tensor.view(), scores_tensor.view(),
                                 anchors_tensor.view()),
               options);

  const bool filtered = !holder.allow_classes.empty() || !holder.ignore_classes.empty();
  std::vector<int32_t> class_scratch(filtered ? *holder.options.num_classes : 0);
  DetectionsArrays detections(DecodeCapacity(holder.options), holder.options.num_keypoints, 0);
  {
    py::gil_scoped_release release;
    Decode(holder.options, boxes_tensor.view(), scores_tensor.view(), anchors_tensor.view(),
           class_scratch.data(), detections.buffer());
  }
  return detections.Finish();
}

}  // namespace

void RegisterDecode(py::module_& m) {
  m.def("decode", &DecodeArrays, py::arg("raw_boxes"), py::arg("raw_scores"), py::arg("anchors"),
        py::arg("options"));
}

}  // namespace mediapipe_anchors::python
