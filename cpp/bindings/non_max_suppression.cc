#include "mediapipe_anchors/non_max_suppression.h"

#include <limits>
#include <vector>

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

constexpr int64_t kMaxRows = std::numeric_limits<int32_t>::max();

// The arrays of a Detections object; they live as long as this.
class DetectionsArguments {
 public:
  explicit DetectionsArguments(const py::handle& detections)
      : boxes_(Float32Array("boxes", detections.attr("boxes"))),
        scores_(Float32Array("scores", detections.attr("scores"))),
        keypoints_(Float32Array("keypoints", detections.attr("keypoints"))),
        class_ids_(Int32Array("class_ids", detections.attr("class_ids"))) {
    CheckBoxes(boxes_);
    const int64_t size = boxes_.shape(0);
    CheckRows("scores", scores_, 1, size);
    CheckRows("class_ids", class_ids_, 1, size);
    CheckKeypoints(keypoints_, size);
    view_.boxes = static_cast<const float*>(boxes_.data());
    view_.scores = static_cast<const float*>(scores_.data());
    view_.class_ids = static_cast<const int32_t*>(class_ids_.data());
    view_.keypoints = static_cast<const float*>(keypoints_.data());
    view_.size = size;
    view_.num_keypoints = keypoints_.shape(1);
    if (!detections.attr("class_counts").is_none()) LoadClasses(detections);
  }

  const DetectionsView& view() const { return view_; }

 private:
  void LoadClasses(const py::handle& detections) {
    class_counts_ = Int32Array("class_counts", detections.attr("class_counts"));
    all_scores_ = Float32Array("all_scores", detections.attr("all_scores"));
    all_class_ids_ = Int32Array("all_class_ids", detections.attr("all_class_ids"));
    CheckRows("class_counts", class_counts_, 1, view_.size);
    CheckRows("all_scores", all_scores_, 2, view_.size);
    CheckRows("all_class_ids", all_class_ids_, 2, view_.size);
    view_.max_classes = all_scores_.shape(1);
    if (all_class_ids_.shape(1) != view_.max_classes) {
      RaiseIfError(BadShape("all_class_ids", 1, all_class_ids_.shape(1),
                            "{} columns, as in all_scores", view_.max_classes));
    }
    view_.class_counts = static_cast<const int32_t*>(class_counts_.data());
    view_.all_scores = static_cast<const float*>(all_scores_.data());
    view_.all_class_ids = static_cast<const int32_t*>(all_class_ids_.data());
    for (int64_t i = 0; i < view_.size; ++i) {
      const int32_t count = view_.class_counts[i];
      if (count < 0 || count > view_.max_classes) {
        RaiseIfError(BadTensor("class_counts", i, count,
                               "a count between 0 and {}, the columns of all_scores",
                               static_cast<double>(view_.max_classes)));
      }
    }
  }

  py::array boxes_, scores_, keypoints_, class_ids_, class_counts_, all_scores_, all_class_ids_;
  DetectionsView view_;
};

py::tuple NonMaxSuppressionArrays(const py::object& detections, const py::object& options) {
  const NonMaxSuppressionOptions loaded = LoadNonMaxSuppressionOptions(options);
  RaiseIfError(ValidateOptions(loaded), options);
  const DetectionsArguments arguments(detections);
  const int64_t capacity = NmsCapacity(loaded, arguments.view());
  if (capacity > kMaxRows || arguments.view().size > kMaxRows) {
    RaiseIfError(BadShape("boxes", 0, capacity, "at most {} rows", kMaxRows));
  }
  std::vector<IndexedScore> entries(3 * capacity);
  std::vector<int64_t> labels(loaded.multiclass_nms ? capacity : 0);
  const NmsScratch scratch = {entries.data(), entries.data() + capacity,
                              entries.data() + 2 * capacity, labels.data()};
  DetectionsArrays retained(capacity, arguments.view().num_keypoints, 0);
  Status status;
  {
    py::gil_scoped_release release;
    status = NonMaxSuppression(loaded, arguments.view(), scratch, retained.buffer());
  }
  RaiseIfError(status);
  return retained.Finish();
}

}  // namespace

void RegisterNonMaxSuppression(py::module_& m) {
  m.def("non_max_suppression", &NonMaxSuppressionArrays, py::arg("detections"), py::arg("options"));
}

}  // namespace mediapipe_anchors::python
