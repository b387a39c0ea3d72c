#ifndef MEDIAPIPE_ANCHORS_BINDINGS_MODULE_H_
#define MEDIAPIPE_ANCHORS_BINDINGS_MODULE_H_

#include <pybind11/pybind11.h>

namespace mediapipe_anchors::python {

void RegisterValidateOptions(pybind11::module_& m);
void RegisterCoarsenShapes(pybind11::module_& m);
void RegisterGenerateAnchors(pybind11::module_& m);
void RegisterAnchorsFromTensor(pybind11::module_& m);
void RegisterDecode(pybind11::module_& m);
void RegisterDecodePostprocessed(pybind11::module_& m);
void RegisterMatchShapes(pybind11::module_& m);
void RegisterNonMaxSuppression(pybind11::module_& m);
void RegisterTopScore(pybind11::module_& m);
void RegisterProjectDetections(pybind11::module_& m);
void RegisterRefineShapes(pybind11::module_& m);
void RegisterRemoveLetterbox(pybind11::module_& m);
void RegisterSelectShapes(pybind11::module_& m);
void RegisterShapeUtility(pybind11::module_& m);

}  // namespace mediapipe_anchors::python

#endif  // MEDIAPIPE_ANCHORS_BINDINGS_MODULE_H_
