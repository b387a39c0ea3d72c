#include "edge.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace mediapipe_anchors::python {
namespace {

// An int where the number is whole, so that counts and sizes read as such.
py::object NumberObject(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return py::int_(static_cast<int64_t>(value));
  }
  return py::float_(value);
}

std::string NumberText(double value) { return py::str(NumberObject(value)); }

// `text` with "{}" replaced by the number.
std::string Fill(std::string text, double number) {
  const size_t at = text.find("{}");
  return at == std::string::npos ? text : text.replace(at, 2, NumberText(number));
}

std::string Got(const Status& status) {
  const std::string value = NumberText(status.value);
  if (status.code == StatusCode::kBadShape) {
    return status.index < 0 ? value + " dimensions"
                            : "shape[" + std::to_string(status.index) + "] = " + value;
  }
  return status.index < 0 ? value : value + " at index " + std::to_string(status.index);
}

bool IsReady(const py::array& array, const py::dtype& dtype) {
  constexpr int kNeeded =
      py::detail::npy_api::NPY_ARRAY_C_CONTIGUOUS_ | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  return array.dtype().is(dtype) && (array.flags() & kNeeded) == kNeeded;
}

py::array ArrayOf(const char* name, const py::object& value, const py::dtype& dtype,
                  const char* converter) {
  if (py::isinstance<py::array>(value)) {
    auto array = py::reinterpret_borrow<py::array>(value);
    if (IsReady(array, dtype)) return array;
  }
  return py::module_::import("mediapipe_anchors.arrays").attr(converter)(name, value);
}

py::array_t<float> CopyOf(const py::array& source) {
  py::array_t<float> copy(std::vector<py::ssize_t>(source.shape(), source.shape() + source.ndim()));
  std::copy_n(static_cast<const float*>(source.data()), source.size(), copy.mutable_data());
  return copy;
}

}  // namespace

void RaiseIfError(const Status& status, const py::object& options) {
  if (status.ok()) return;
  const py::module_ errors = py::module_::import("mediapipe_anchors.errors");
  const bool bad_option = status.code == StatusCode::kBadOption;
  const py::object type = errors.attr(bad_option ? "OptionsError" : "TensorError");
  py::object value = NumberObject(status.value);
  std::string got = Got(status);
  if (bad_option && py::hasattr(options, status.field)) {
    value = options.attr(status.field);
    got = py::str(errors.attr("shorten")(value));
  }
  const std::string expected = Fill(status.expected, status.limit);
  std::string message = std::string(status.field) + ": got " + got + ", expected " + expected;
  py::object fix = py::none();
  if (*status.fix != '\0') {
    fix = py::str(status.fix);
    message += std::string("; ") + status.fix;
  }
  const py::object error = type(message, py::arg("field") = status.field, py::arg("value") = value,
                                py::arg("expected") = expected, py::arg("fix") = fix);
  PyErr_SetObject(type.ptr(), error.ptr());
  throw py::error_already_set();
}

py::array Float32Array(const char* name, const py::object& value) {
  return ArrayOf(name, value, py::dtype::of<float>(), "as_float32");
}

py::array Float64Array(const char* name, const py::object& value) {
  return ArrayOf(name, value, py::dtype::of<double>(), "as_float64");
}

py::array Int32Array(const char* name, const py::object& value) {
  return ArrayOf(name, value, py::dtype::of<int32_t>(), "as_int32");
}

py::array Float32Numbers(const char* name, const py::object& value, py::ssize_t size) {
  py::array numbers = Float32Array(name, value);
  if (numbers.size() != size) {
    RaiseIfError(BadTensor(name, -1, static_cast<double>(numbers.size()), "{} numbers",
                           static_cast<double>(size)));
  }
  return numbers;
}

TensorArgument::TensorArgument(const char* name, const py::object& value)
    : array_(Float32Array(name, value)) {
  if (array_.ndim() > kMaxTensorRank) {
    RaiseIfError(BadShape(name, -1, array_.ndim(), "at most {} dimensions", kMaxTensorRank));
  }
  view_.data = static_cast<const float*>(array_.data());
  view_.rank = static_cast<int32_t>(array_.ndim());
  for (int32_t i = 0; i < view_.rank; ++i) view_.dims[i] = array_.shape(i);
}

void CheckRows(const char* name, const py::array& array, py::ssize_t ndim, int64_t rows) {
  if (array.ndim() != ndim) {
    RaiseIfError(BadShape(name, -1, array.ndim(), "{} dimensions", ndim));
  }
  if (array.shape(0) != rows) {
    RaiseIfError(BadShape(name, 0, array.shape(0), "{}, as many as boxes", rows));
  }
}

void CheckBoxes(const py::array& boxes) {
  if (boxes.ndim() != 2) RaiseIfError(BadShape("boxes", -1, boxes.ndim(), "2 dimensions, [N, 4]"));
  if (boxes.shape(1) != 4) {
    RaiseIfError(BadShape("boxes", 1, boxes.shape(1), "4 columns: xmin, ymin, width, height"));
  }
}

void CheckKeypoints(const py::array& keypoints, int64_t rows) {
  CheckRows("keypoints", keypoints, 3, rows);
  if (keypoints.shape(2) != 2) {
    RaiseIfError(BadShape("keypoints", 2, keypoints.shape(2), "2 columns: x, y"));
  }
}

DetectionsArrays::DetectionsArrays(int64_t capacity, int64_t num_keypoints, int64_t max_classes)
    : boxes_({capacity, int64_t{4}}),
      scores_(capacity),
      keypoints_({capacity, num_keypoints, int64_t{2}}),
      class_ids_(capacity) {
  buffer_.boxes = boxes_.mutable_data();
  buffer_.scores = scores_.mutable_data();
  buffer_.keypoints = keypoints_.mutable_data();
  buffer_.class_ids = class_ids_.mutable_data();
  buffer_.capacity = capacity;
  buffer_.num_keypoints = num_keypoints;
  buffer_.max_classes = max_classes;
  if (max_classes == 0) return;
  class_counts_ = py::array_t<int32_t>(capacity);
  all_scores_ = py::array_t<float>({capacity, max_classes});
  all_class_ids_ = py::array_t<int32_t>({capacity, max_classes});
  buffer_.class_counts = class_counts_.mutable_data();
  buffer_.all_scores = all_scores_.mutable_data();
  buffer_.all_class_ids = all_class_ids_.mutable_data();
}

py::tuple DetectionsArrays::Finish() {
  const int64_t size = buffer_.size;
  const int64_t max_classes = buffer_.max_classes;
  if (size != buffer_.capacity) {
    boxes_.resize({size, int64_t{4}}, false);
    scores_.resize({size}, false);
    keypoints_.resize({size, buffer_.num_keypoints, int64_t{2}}, false);
    class_ids_.resize({size}, false);
    if (max_classes > 0) {
      class_counts_.resize({size}, false);
      all_scores_.resize({size, max_classes}, false);
      all_class_ids_.resize({size, max_classes}, false);
    }
  }
  if (max_classes == 0) {
    return py::make_tuple(boxes_, scores_, class_ids_, keypoints_, py::none(), py::none(),
                          py::none());
  }
  return py::make_tuple(boxes_, scores_, class_ids_, keypoints_, class_counts_, all_scores_,
                        all_class_ids_);
}

py::tuple MoveCopies(MovingKernel kernel, const py::array& numbers, const py::object& boxes,
                     const py::object& keypoints) {
  const py::array old_boxes = Float32Array("boxes", boxes);
  const py::array old_keypoints = Float32Array("keypoints", keypoints);
  CheckBoxes(old_boxes);
  CheckKeypoints(old_keypoints, old_boxes.shape(0));
  py::array_t<float> new_boxes = CopyOf(old_boxes);
  py::array_t<float> new_keypoints = CopyOf(old_keypoints);
  const auto* number_data = static_cast<const float*>(numbers.data());
  float* box_data = new_boxes.mutable_data();
  float* keypoint_data = new_keypoints.mutable_data();
  const int64_t count = new_boxes.shape(0);
  const int64_t num_keypoints = new_keypoints.shape(1);
  {
    py::gil_scoped_release release;
    kernel(number_data, count, num_keypoints, box_data, keypoint_data);
  }
  return py::make_tuple(new_boxes, new_keypoints);
}

}  // namespace mediapipe_anchors::python
