#include "fit_arguments.h"

#include <algorithm>
#include <limits>

namespace mediapipe_anchors::python {
namespace {

template <typename Real>
py::array RealArray(const char* name, const py::object& value);

template <>
py::array RealArray<float>(const char* name, const py::object& value) {
  return Float32Array(name, value);
}

template <>
py::array RealArray<double>(const char* name, const py::object& value) {
  return Float64Array(name, value);
}

// [2, N]: two rows, one a side.
void CheckTwoRows(const char* name, const py::array& array) {
  if (array.ndim() != 2) RaiseIfError(BadShape(name, -1, array.ndim(), "2 dimensions, [2, N]"));
  if (array.shape(0) != 2) RaiseIfError(BadShape(name, 0, array.shape(0), "2 rows: w, h"));
}

// [2, maps, N]
void CheckDistances(const py::array& array, int64_t num_boxes) {
  constexpr int64_t kMaxMaps = std::numeric_limits<int32_t>::max();
  if (array.ndim() != 3) {
    RaiseIfError(BadShape("distances", -1, array.ndim(), "3 dimensions, [2, maps, N]"));
  }
  if (array.shape(0) != 2) RaiseIfError(BadShape("distances", 0, array.shape(0), "2 rows: x, y"));
  if (array.shape(1) > kMaxMaps) {
    RaiseIfError(BadShape("distances", 1, array.shape(1), "at most {} feature maps", kMaxMaps));
  }
  if (array.shape(2) != num_boxes) {
    RaiseIfError(BadShape("distances", 2, array.shape(2), "{}, as many as boxes", num_boxes));
  }
}

}  // namespace

template <typename Real>
FitBoxesArguments<Real>::FitBoxesArguments(const py::object& sides, const py::object& distances,
                                           const py::object& weights)
    : sides_(RealArray<Real>("sides", sides)) {
  CheckTwoRows("sides", sides_);
  view_.size = sides_.shape(1);
  view_.w = static_cast<const Real*>(sides_.data());
  view_.h = view_.w + view_.size;
  if (!distances.is_none()) {
    distances_ = RealArray<Real>("distances", distances);
    CheckDistances(distances_, view_.size);
    view_.num_maps = static_cast<int32_t>(distances_.shape(1));
    view_.dx = static_cast<const Real*>(distances_.data());
    view_.dy = view_.dx + view_.num_maps * view_.size;
  }
  if (!weights.is_none()) {
    weights_ = RealArray<Real>("weights", weights);
    CheckRows("weights", weights_, 1, view_.size);
    view_.weights = static_cast<const Real*>(weights_.data());
  }
}

template <typename Real>
FitShapesArguments<Real>::FitShapesArguments(const py::object& shapes, const py::object& map) {
  const py::array source = RealArray<Real>("shapes", shapes);
  CheckTwoRows("shapes", source);
  py::array_t<Real> copy({source.shape(0), source.shape(1)});
  std::copy_n(static_cast<const Real*>(source.data()), source.size(), copy.mutable_data());
  view_.size = source.shape(1);
  view_.w = copy.mutable_data();
  view_.h = view_.w + view_.size;
  shapes_ = copy;
  if (!map.is_none()) {
    const py::array numbers = Int32Array("map", map);
    if (numbers.ndim() != 1 || numbers.size() != view_.size) {
      RaiseIfError(BadShape("map", 0, numbers.ndim() == 0 ? 0 : numbers.shape(0),
                            "1 dimension of {}, as many as shapes", view_.size));
    }
    const auto* data = static_cast<const int32_t*>(numbers.data());
    map_.assign(data, data + view_.size);
    view_.map = map_.data();
  }
}

template class FitBoxesArguments<float>;
template class FitBoxesArguments<double>;
template class FitShapesArguments<float>;
template class FitShapesArguments<double>;

FitObjective LoadObjective(const py::handle& source) {
  FitObjective objective;
  objective.iou = source.attr("iou").cast<float>();
  objective.recall = source.attr("recall").cast<float>();
  objective.iou_threshold = source.attr("iou_threshold").cast<float>();
  objective.ramp = source.attr("ramp").cast<float>();
  objective.ratio = source.attr("ratio").cast<float>();
  objective.ratio_threshold = source.attr("ratio_threshold").cast<float>();
  return objective;
}

}  // namespace mediapipe_anchors::python
