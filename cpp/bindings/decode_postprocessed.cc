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
  const py::array boxes_array = Float32Array("boxes", boxes);
  const py::array classes_array = Float32Array("classes", classes);
  const py::array scores_array = Float32Array("scores", scores);
  const py::array num_array = Float32Array("num", num);
  const TensorView boxes_view = ViewOf("boxes", boxes_array);
  const TensorView classes_view = ViewOf("classes", classes_array);
  const TensorView scores_view = ViewOf("scores", scores_array);
  const TensorView num_view = ViewOf("num", num_array);
  int64_t count = 0;
  RaiseIfError(
      CountPostprocessed(holder.options, boxes_view, classes_view, scores_view, num_view, &count));

  const int64_t max_classes = holder.options.max_classes_per_detection;
  std::vector<IndexedScore> scratch(count > 0 ? max_classes : 0);
  DetectionsArrays detections(count, holder.options.num_keypoints,
                              max_classes > 1 ? max_classes : 0);
  {
    py::gil_scoped_release release;
    DecodePostprocessed(holder.options, boxes_view, classes_view, scores_view, num_view,
                        scratch.data(), detections.buffer());
  }
  return detections.Finish();
}

}  // namespace

void RegisterDecodePostprocessed(py::module_& m) {
  m.def("decode_postprocessed", &DecodePostprocessedArrays, py::arg("boxes"), py::arg("classes"),
        py::arg("scores"), py::arg("num"), py::arg("options"));
}

}  // namespace mediapipe_anchors::python
