#include "mediapipe_anchors/decode_postprocessed.h"

#include <vector>

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

py::tuple DecodePostprocessedArrays(const py::object& boxes, const py::object& classes,
                                    const py::object& scores, const py::object& num,
                                    const py::object& options) {
  TensorsToDetectionsOptionsHolder holder;
  LoadOptions(options, &holder);
  const TensorArgument boxes_tensor("boxes", boxes);
  const TensorArgument classes_tensor("classes", classes);
  const TensorArgument scores_tensor("scores", scores);
  const TensorArgument num_tensor("num", num);
  int64_t count = 0;
  RaiseIfError(CountPostprocessed(holder.options, boxes_tensor.view(), classes_tensor.view(),
                                  scores_tensor.view(), num_tensor.view(), &count),
               options);

  const int64_t max_classes = holder.options.max_classes_per_detection;
  std::vector<IndexedScore> scratch(count > 0 ? max_classes : 0);
  DetectionsArrays detections(count, holder.options.num_keypoints,
                              max_classes > 1 ? max_classes : 0);
  {
    py::gil_scoped_release release;
    DecodePostprocessed(holder.options, boxes_tensor.view(), classes_tensor.view(),
                        scores_tensor.view(), num_tensor.view(), scratch.data(),
                        detections.buffer());
  }
  return detections.Finish();
}

}  // namespace

void RegisterDecodePostprocessed(py::module_& m) {
  m.def("decode_postprocessed", &DecodePostprocessedArrays, py::arg("boxes"), py::arg("classes"),
        py::arg("scores"), py::arg("num"), py::arg("options"));
}

}  // namespace mediapipe_anchors::python
