#include "module.h"

namespace mediapipe_anchors::python {

PYBIND11_MODULE(_core, m) {
  m.doc() = "The compiled core; the public functions of the package wrap these.";
  RegisterGenerateAnchors(m);
  RegisterDecode(m);
  RegisterDecodePostprocessed(m);
  RegisterNonMaxSuppression(m);
  RegisterProjectDetections(m);
  RegisterRemoveLetterbox(m);
  RegisterTopScore(m);
}

}  // namespace mediapipe_anchors::python
