#include "edge.h"
#include "mediapipe_anchors/options.h"
#include "module.h"

namespace mediapipe_anchors::python {
namespace {

bool IsA(const py::object& options, const char* name) {
  return py::isinstance(options, py::module_::import("mediapipe_anchors.options").attr(name));
}

void ValidateOptionsOf(const py::object& options) {
  if (IsA(options, "SsdAnchorsOptions")) {
    SsdAnchorsOptionsHolder holder;
    LoadOptions(options, &holder);
    RaiseIfError(ValidateOptions(holder.options), options);
  } else if (IsA(options, "TensorsToDetectionsOptions")) {
    TensorsToDetectionsOptionsHolder holder;
    LoadOptions(options, &holder);
    RaiseIfError(ValidateOptions(holder.options), options);
  } else {
    RaiseIfError(ValidateOptions(LoadNonMaxSuppressionOptions(options)), options);
  }
}

}  // namespace

void RegisterValidateOptions(py::module_& m) {
  m.def("validate_options", &ValidateOptionsOf, py::arg("options"));
}

}  // namespace mediapipe_anchors::python
