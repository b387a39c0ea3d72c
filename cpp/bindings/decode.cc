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

py::array AnchorsFromTensorArray(const py::object& tensor) {
  const TensorArgument source("tensor", tensor);
  const TensorView& view = source.view();
  if (view.rank != 2) RaiseIfError(BadShape("tensor", -1, view.rank, "2 dimensions, [N, 4]"));
  if (view.dims[1] != 4) {
    RaiseIfError(BadShape("tensor", 1, view.dims[1], "4 columns: y_center, x_center, h, w"));
  }
  py::array_t<float> anchors({view.dims[0], int64_t{4}});
  AnchorsFromTensor(view.data, view.dims[0], anchors.mutable_data());
  return std::move(anchors);
}

}  // namespace

void RegisterDecode(py::module_& m) {
  m.def("decode", &DecodeArrays, py::arg("raw_boxes"), py::arg("raw_scores"), py::arg("anchors"),
        py::arg("options"));
  m.def("anchors_from_tensor", &AnchorsFromTensorArray, py::arg("tensor"));
}

}  // namespace mediapipe_anchors::python
