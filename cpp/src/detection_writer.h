#ifndef MEDIAPIPE_ANCHORS_SRC_DETECTION_WRITER_H_
#define MEDIAPIPE_ANCHORS_SRC_DETECTION_WRITER_H_

#include <cmath>
#include <cstdint>

#include "mediapipe_anchors/detections.h"
#include "mediapipe_anchors/options.h"

namespace mediapipe_anchors {

// Writes the next row of a DetectionsBuffer as TensorsToDetectionsCalculator fills a Detection.
class DetectionWriter {
 public:
  DetectionWriter(const TensorsToDetectionsOptions& options, DetectionsBuffer* detections)
      : options_(options), detections_(*detections) {}

  // max_results is reached (the first that pass are taken, not the best), or the buffer is full.
  bool Full() const {
    return detections_.size >= detections_.capacity ||
           (options_.max_results > 0 && detections_.size >= options_.max_results);
  }

  // corners: ymin, xmin, ymax, xmax. False where the box is dropped: negative or NaN size. Boxes of
  // size 0 and infinite ones stay.
  bool WriteBox(const float corners[4]) const {
    const float width = corners[3] - corners[1];
    const float height = corners[2] - corners[0];
    if (width < 0 || height < 0 || std::isnan(width) || std::isnan(height)) return false;
    float* box = detections_.boxes + 4 * detections_.size;
    box[0] = corners[1];
    box[1] = options_.flip_vertically ? 1.0f - corners[2] : corners[0];
    box[2] = width;
    box[3] = height;
    return true;
  }

  void WriteKeypoint(int32_t keypoint, float x, float y) const {
    float* point =
        detections_.keypoints + 2 * (detections_.size * options_.num_keypoints + keypoint);
    point[0] = x;
    point[1] = options_.flip_vertically ? 1.0f - y : y;
  }

 private:
  const TensorsToDetectionsOptions& options_;
  const DetectionsBuffer& detections_;
};

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_DETECTION_WRITER_H_
