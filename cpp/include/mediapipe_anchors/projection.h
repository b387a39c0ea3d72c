#ifndef MEDIAPIPE_ANCHORS_PROJECTION_H_
#define MEDIAPIPE_ANCHORS_PROJECTION_H_

#include <cstdint>

namespace mediapipe_anchors {

// Both change boxes ([count, 4] xmin, ymin, width, height) and keypoints ([count, num_keypoints,
// 2]) in place, bit for bit as MediaPipe.

// DetectionLetterboxRemovalCalculator: from the padded tensor to the image inside it.
// padding: left, top, right, bottom as fractions of the tensor.
void RemoveLetterbox(const float padding[4], int64_t count, int64_t num_keypoints, float* boxes,
                     float* keypoints);

// DetectionProjectionCalculator: applies a row-major 4x4 matrix to points; a box becomes the
// axis-aligned hull of its four projected corners.
void ProjectDetections(const float matrix[16], int64_t count, int64_t num_keypoints, float* boxes,
                       float* keypoints);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_PROJECTION_H_
