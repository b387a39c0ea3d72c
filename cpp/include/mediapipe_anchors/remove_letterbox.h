#ifndef MEDIAPIPE_ANCHORS_REMOVE_LETTERBOX_H_
#define MEDIAPIPE_ANCHORS_REMOVE_LETTERBOX_H_

#include <cstdint>

namespace mediapipe_anchors {

// Moves detections from the padded model input to the image inside it, as MediaPipe's
// DetectionLetterboxRemovalCalculator does, bit for bit.
//
// padding: left, top, right, bottom as fractions of the padded input.
// boxes: [count, 4] xmin, ymin, width, height; changed in place.
// keypoints: [count, num_keypoints, 2] x, y; changed in place.
void RemoveLetterbox(const float padding[4], int64_t count, int64_t num_keypoints, float* boxes,
                     float* keypoints);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_REMOVE_LETTERBOX_H_
