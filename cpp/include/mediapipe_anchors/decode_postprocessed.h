#ifndef MEDIAPIPE_ANCHORS_DECODE_POSTPROCESSED_H_
#define MEDIAPIPE_ANCHORS_DECODE_POSTPROCESSED_H_

#include <cstdint>

#include "mediapipe_anchors/detections.h"
#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"
#include "mediapipe_anchors/tensor.h"

namespace mediapipe_anchors {

// Checks what DecodePostprocessed is given and counts the boxes in it.
Status CountPostprocessed(const TensorsToDetectionsOptions& options, const TensorView& boxes,
                          const TensorView& classes, const TensorView& scores,
                          const TensorView& num, int64_t* count);

// Reads the output of a model that ends in TFLite_Detection_PostProcess, as MediaPipe's
// TensorsToDetectionsCalculator does with four tensors, bit for bit.
//
// boxes: [1, M, num_coords] or [M, num_coords]; box_boundaries_indices name the columns.
// classes, scores: [1, M] or [M]. num: one number, truncated as in MediaPipe.
// A box takes max_classes_per_detection consecutive rows, all with the same box.
// scratch: max_classes_per_detection entries.
// detections: capacity as CountPostprocessed gives it. Where max_classes_per_detection is above 1,
//   class_counts, all_scores and all_class_ids are filled too, with max_classes equal to it.
Status DecodePostprocessed(const TensorsToDetectionsOptions& options, const TensorView& boxes,
                           const TensorView& classes, const TensorView& scores,
                           const TensorView& num, IndexedScore* scratch,
                           DetectionsBuffer* detections);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_DECODE_POSTPROCESSED_H_
