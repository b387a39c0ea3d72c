#include "mediapipe_anchors/generate_anchors.h"

#include <utility>

#include "edge.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

int64_t CountAnchorsChecked(const SsdAnchorsOptions& options, const py::object& source) {
  int64_t count = 0;
  RaiseIfError(CountAnchors(options, &count), source);
  return count;
}

int64_t CountAnchorsOf(const py::object& options) {
  SsdAnchorsOptionsHolder holder;
  LoadOptions(options, &holder);
  return CountAnchorsChecked(holder.options, options);
}

py::array GenerateAnchorsOf(const py::object& options) {
  SsdAnchorsOptionsHolder holder;
  LoadOptions(options, &holder);
  py::array_t<float> anchors({CountAnchorsChecked(holder.options, options), int64_t{4}});
  float* data = anchors.mutable_data();
  Status status;
  {
    py::gil_scoped_release release;
    status = GenerateAnchors(holder.options, data);
  }
  RaiseIfError(status, options);
  return std::move(anchors);
}

}  // namespace

void RegisterGenerateAnchors(py::module_& m) {
  m.def("generate_anchors", &GenerateAnchorsOf, py::arg("options"));
  m.def("count_anchors", &CountAnchorsOf, py::arg("options"));
}

}  // namespace mediapipe_anchors::python
