#include "mediapipe_anchors/project_detections.h"

#include <algorithm>
#include <limits>

namespace mediapipe_anchors {
namespace {

struct Point {
  float x;
  float y;
};

Point Project(const float matrix[16], float x, float y) {
  return {x * matrix[0] + y * matrix[1] + matrix[3], x * matrix[4] + y * matrix[5] + matrix[7]};
}

void ProjectBox(const float matrix[16], float* box) {
  const float xmin = box[0];
  const float ymin = box[1];
  const float xmax = xmin + box[2];
  const float ymax = ymin + box[3];
  const Point corners[4] = {Project(matrix, xmin, ymin), Project(matrix, xmax, ymin),
                            Project(matrix, xmax, ymax), Project(matrix, xmin, ymax)};
  constexpr float kMax = std::numeric_limits<float>::max();
  Point low = {kMax, kMax};
  Point high = {-kMax, -kMax};
  for (const Point& corner : corners) {  // the order of the arguments decides what NaN does
    low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
    high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
  }
  box[0] = low.x;
  box[1] = low.y;
  box[2] = high.x - low.x;
  box[3] = high.y - low.y;
}

}  // namespace

void ProjectDetections(const float matrix[16], int64_t count, int64_t num_keypoints, float* boxes,
                       float* keypoints) {
  for (float* point = keypoints; point != keypoints + 2 * count * num_keypoints; point += 2) {
    const Point projected = Project(matrix, point[0], point[1]);
    point[0] = projected.x;
    point[1] = projected.y;
  }
  for (float* box = boxes; box != boxes + 4 * count; box += 4) ProjectBox(matrix, box);
}

}  // namespace mediapipe_anchors
