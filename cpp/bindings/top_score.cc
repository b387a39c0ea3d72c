#include "mediapipe_anchors/top_score.h"

#include <limits>
#include <vector>

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

int64_t TopScoreOfArray(const py::object& scores) {
  const py::array array = Float32Array("scores", scores);
  if (array.ndim() != 1) RaiseIfError(BadShape("scores", -1, array.ndim(), "1 dimension"));
  constexpr int64_t kMaxScores = std::numeric_limits<int32_t>::max();
  const int64_t size = array.shape(0);
  if (size < 1 || size > kMaxScores) {
    RaiseIfError(BadShape("scores", 0, size, "1 to {} scores", kMaxScores));
  }
  const auto* data = static_cast<const float*>(array.data());
  std::vector<IndexedScore> scratch(size);
  py::gil_scoped_release release;
  return TopScore({data, size}, scratch.data());
}

}  // namespace

void RegisterTopScore(py::module_& m) { m.def("top_score", &TopScoreOfArray, py::arg("scores")); }

}  // namespace mediapipe_anchors::python
