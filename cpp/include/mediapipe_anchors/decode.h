#ifndef MEDIAPIPE_ANCHORS_DECODE_H_
#define MEDIAPIPE_ANCHORS_DECODE_H_

#include <cstdint>

#include "mediapipe_anchors/detections.h"
#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"
#include "mediapipe_anchors/tensor.h"

namespace mediapipe_anchors {

// What Decode checks before it reads a value: options and shapes.
Status CheckDecodeInputs(const TensorsToDetectionsOptions& options, const TensorView& raw_boxes,
                         const TensorView& raw_scores, const TensorView& anchors);

// The most detections that Decode can give.
int64_t DecodeCapacity(const TensorsToDetectionsOptions& options);

// Decodes raw model output as MediaPipe's TensorsToDetectionsCalculator does on the CPU with two or
// three tensors, bit for bit.
//
// raw_boxes: [N, num_coords], optionally behind dimensions of 1; N = num_boxes.
// raw_scores: [N, num_classes], likewise.
// anchors: [A, 4] x_center, y_center, w, h with A >= N; those beyond N are not read.
// class_scratch: num_classes entries; may be null where no class is ignored or allowed.
// detections: capacity of DecodeCapacity(options), num_keypoints = options.num_keypoints. They come
//   in the order of the boxes, and max_results takes the FIRST that pass, not the best.
Status Decode(const TensorsToDetectionsOptions& options, const TensorView& raw_boxes,
              const TensorView& raw_scores, const TensorView& anchors, int32_t* class_scratch,
              DetectionsBuffer* detections);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_DECODE_H_
