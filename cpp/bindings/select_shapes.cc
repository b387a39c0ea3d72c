#include "mediapipe_anchors/select_shapes.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

// The memory of a SelectScratch.
struct Scratch {
  Scratch(int64_t columns, int64_t candidates, int64_t selection)
      : padded(PadSelectColumns(columns)),
        floats(4 * padded),
        holder(padded),
        flags(candidates + padded / kSelectLanes),
        doubles((1 + kSelectLanes) * selection) {
    view.best = floats.data();
    view.second = view.best + padded;
    view.added = view.second + padded;
    view.kept = view.added + padded;
    view.holder = holder.data();
    view.is_used = flags.data();
    view.is_whole = view.is_used + candidates;
    view.removal = doubles.data();
    view.lanes = view.removal + selection;
  }
  int64_t padded;
  std::vector<float> floats;
  std::vector<int32_t> holder;
  std::vector<uint8_t> flags;
  std::vector<double> doubles;
  SelectScratch view;
};

py::tuple SelectShapesOf(const py::object& utility, const py::object& weights,
                         const py::object& map, const py::object& selection) {
  const py::array values = Float32Array("utility", utility);
  if (values.ndim() != 2) {
    RaiseIfError(BadShape("utility", -1, values.ndim(), "2 dimensions, [candidates, columns]"));
  }
  constexpr int64_t kMaxCandidates = std::numeric_limits<int32_t>::max();
  if (values.shape(0) > kMaxCandidates) {
    RaiseIfError(BadShape("utility", 0, values.shape(0), "at most {} candidates", kMaxCandidates));
  }
  const py::array column_weights = Float32Array("weights", weights);
  CheckRows("weights", column_weights, 1, values.shape(1));
  Candidates candidates;
  candidates.utility = static_cast<const float*>(values.data());
  candidates.weights = static_cast<const float*>(column_weights.data());
  candidates.size = values.shape(0);
  candidates.num_columns = values.shape(1);
  py::array maps;
  if (!map.is_none()) {
    maps = Int32Array("map", map);
    CheckRows("map", maps, 1, candidates.size);
    candidates.map = static_cast<const int32_t*>(maps.data());
  }
  const py::array start = Int32Array("selection", selection);
  if (start.ndim() != 1) RaiseIfError(BadShape("selection", -1, start.ndim(), "1 dimension"));
  py::array_t<int32_t> chosen(start.size());
  int32_t* data = chosen.mutable_data();
  std::copy_n(static_cast<const int32_t*>(start.data()), start.size(), data);
  Scratch scratch(candidates.num_columns, candidates.size, start.size());
  double value = 0;
  Status status;
  {
    py::gil_scoped_release release;
    status = SelectShapes(candidates, start.size(), scratch.view, data, &value);
  }
  RaiseIfError(status);
  return py::make_tuple(chosen, value);
}

}  // namespace

void RegisterSelectShapes(py::module_& m) {
  m.def("select_shapes", &SelectShapesOf, py::arg("utility"), py::arg("weights"), py::arg("map"),
        py::arg("selection"));
}

}  // namespace mediapipe_anchors::python
