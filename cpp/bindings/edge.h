#ifndef MEDIAPIPE_ANCHORS_BINDINGS_EDGE_H_
#define MEDIAPIPE_ANCHORS_BINDINGS_EDGE_H_

// The edge between Python and the core: arrays in, arrays out, statuses to exceptions.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <vector>

#include "mediapipe_anchors/detections.h"
#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"
#include "mediapipe_anchors/tensor.h"

namespace mediapipe_anchors::python {

namespace py = pybind11;

// Raises the package's error for a status that is not ok. The value that it names is that of
// `options` where these have the field.
void RaiseIfError(const Status& status, const py::object& options = py::none());

// The array itself where it is float32, C-contiguous and aligned; else what arrays.as_float32 makes
// of it, which raises TensorError for what is no array of numbers.
py::array Float32Array(const char* name, const py::object& value);
py::array Float64Array(const char* name, const py::object& value);
py::array Int32Array(const char* name, const py::object& value);

// The same, of `size` numbers in any shape.
py::array Float32Numbers(const char* name, const py::object& value, py::ssize_t size);

// A float32 tensor that the caller passed; its memory lives as long as this.
class TensorArgument {
 public:
  TensorArgument(const char* name, const py::object& value);

  const TensorView& view() const { return view_; }

 private:
  py::array array_;
  TensorView view_;
};

// Each raises TensorError where the array has another shape than a kernel will read.
void CheckBoxes(const py::array& boxes);                        // [N, 4]
void CheckKeypoints(const py::array& keypoints, int64_t rows);  // [rows, K, 2]
void CheckRows(const char* name, const py::array& array, py::ssize_t ndim, int64_t rows);

// Options with the memory that their spans point into.
struct SsdAnchorsOptionsHolder {
  SsdAnchorsOptions options;
  std::vector<int32_t> feature_map_width, feature_map_height, strides;
  std::vector<float> aspect_ratios;
  py::array fixed_anchors;
};

struct TensorsToDetectionsOptionsHolder {
  TensorsToDetectionsOptions options;
  std::vector<int32_t> ignore_classes, allow_classes;
};

void LoadOptions(const py::handle& source, SsdAnchorsOptionsHolder* holder);
void LoadOptions(const py::handle& source, TensorsToDetectionsOptionsHolder* holder);
NonMaxSuppressionOptions LoadNonMaxSuppressionOptions(const py::handle& source);

// Arrays for the most detections a kernel can give, allocated once and cut to size in place.
class DetectionsArrays {
 public:
  // max_classes above 0 adds the arrays of several classes a detection.
  DetectionsArrays(int64_t capacity, int64_t num_keypoints, int64_t max_classes);

  DetectionsBuffer* buffer() { return &buffer_; }

  // (boxes, scores, class_ids, keypoints, class_counts, all_scores, all_class_ids), the last three
  // None without several classes.
  py::tuple Finish();

 private:
  DetectionsBuffer buffer_;
  py::array_t<float> boxes_, scores_, keypoints_, all_scores_;
  py::array_t<int32_t> class_ids_, class_counts_, all_class_ids_;
};

// A kernel that moves boxes [count, 4] and keypoints [count, num_keypoints, 2] in place, as a
// padding or matrix in `numbers` says.
using MovingKernel = void (*)(const float* numbers, int64_t count, int64_t num_keypoints,
                              float* boxes, float* keypoints);

// Lets the kernel move copies; returns (boxes, keypoints).
py::tuple MoveCopies(MovingKernel kernel, const py::array& numbers, const py::object& boxes,
                     const py::object& keypoints);

}  // namespace mediapipe_anchors::python

#endif  // MEDIAPIPE_ANCHORS_BINDINGS_EDGE_H_
