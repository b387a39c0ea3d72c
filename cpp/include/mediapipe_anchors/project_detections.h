#ifndef MEDIAPIPE_ANCHORS_PROJECT_DETECTIONS_H_
#define MEDIAPIPE_ANCHORS_PROJECT_DETECTIONS_H_

#include <cstdint>

namespace mediapipe_anchors {

// Applies a matrix to detections, as MediaPipe's DetectionProjectionCalculator does, bit for bit. A
// box becomes the axis-aligned hull of its four projected corners.
//
// matrix: 4x4, row-major; entries 0, 1, 3, 4, 5 and 7 are read.
// boxes: [count, 4] xmin, ymin, width, height; changed in place.
// keypoints: [count, num_keypoints, 2] x, y; changed in place.
void ProjectDetections(const float matrix[16], int64_t count, int64_t num_keypoints, float* boxes,
                       float* keypoints);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_PROJECT_DETECTIONS_H_
