#include "mediapipe_anchors/shape_utility.h"

#include "shape_similarity.h"

namespace mediapipe_anchors {

int64_t CountParts(const FitObjective& objective) {
  return int64_t{HasIouPart(objective)} + int64_t{HasRatioPart(objective)};
}

Status ShapeUtility(const FitBoxes<float>& boxes, const FitShapes<float>& shapes,
                    const FitObjective& objective, float* utility) {
  MPA_RETURN_IF_ERROR(CheckFitInputs(boxes, shapes));
  const IouPart iou_part(objective);
  const RatioPart ratio_part(objective);
  float* row = utility;
  for (int64_t j = 0; j < shapes.size; ++j) {
    if (HasIouPart(objective)) {
      const int32_t map = shapes.map == nullptr ? 0 : shapes.map[j];
      IouWithShape(boxes, shapes.w[j], shapes.h[j], map, 0, boxes.size, row);
      for (int64_t i = 0; i < boxes.size; ++i) row[i] = iou_part(row[i]);
      row += boxes.size;
    }
    if (HasRatioPart(objective)) {
      RatioWithShape(boxes, shapes.w[j], shapes.h[j], 0, boxes.size, row);
      for (int64_t i = 0; i < boxes.size; ++i) row[i] = ratio_part(row[i]);
      row += boxes.size;
    }
  }
  return {};
}

}  // namespace mediapipe_anchors
