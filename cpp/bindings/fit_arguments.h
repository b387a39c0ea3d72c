#ifndef MEDIAPIPE_ANCHORS_BINDINGS_FIT_ARGUMENTS_H_
#define MEDIAPIPE_ANCHORS_BINDINGS_FIT_ARGUMENTS_H_

// What the fit kernels take from Python; the views live as long as the objects.

#include <cstdint>
#include <vector>

#include "edge.h"
#include "mediapipe_anchors/fit_types.h"

namespace mediapipe_anchors::python {

// sides: [2, N], w then h. distances: [2, maps, N], dx then dy, or None. weights: [N] or None.
template <typename Real>
class FitBoxesArguments {
 public:
  FitBoxesArguments(const py::object& sides, const py::object& distances,
                    const py::object& weights = py::none());
  const FitBoxes<Real>& view() const { return view_; }

 private:
  py::array sides_, distances_, weights_;
  FitBoxes<Real> view_;
};

// shapes: [2, k], w then h. map: int32 [k], or None. Both are copied: the kernels write to the one
// and read where the other says, which no other thread may change meanwhile.
template <typename Real>
class FitShapesArguments {
 public:
  FitShapesArguments(const py::object& shapes, const py::object& map);
  const FitShapes<Real>& view() const { return view_; }
  const py::array& shapes() const { return shapes_; }

 private:
  py::array shapes_;
  std::vector<int32_t> map_;
  FitShapes<Real> view_;
};

// From the attributes of a mediapipe_anchors.fit.objective.Objective.
FitObjective LoadObjective(const py::handle& source);

}  // namespace mediapipe_anchors::python

#endif  // MEDIAPIPE_ANCHORS_BINDINGS_FIT_ARGUMENTS_H_
