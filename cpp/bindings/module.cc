#include "module.h"

namespace mediapipe_anchors::python {

PYBIND11_MODULE(_core, m) {
  m.doc() = "The compiled core; the public functions of the package wrap these.";
  RegisterValidateOptions(m);
  RegisterGenerateAnchors(m);
  RegisterAnchorsFromTensor(m);
  RegisterDecode(m);
  RegisterDecodePostprocessed(m);
  RegisterNonMaxSuppression(m);
  RegisterTopScore(m);
  RegisterProjectDetections(m);
  RegisterRemoveLetterbox(m);
  RegisterMatchShapes(m);
  RegisterCoarsenShapes(m);
  RegisterShapeUtility(m);
  RegisterSelectShapes(m);
  RegisterRefineShapes(m);
}

}  // namespace mediapipe_anchors::python
