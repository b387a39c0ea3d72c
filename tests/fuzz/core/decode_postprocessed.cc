#include "mediapipe_anchors/decode_postprocessed.h"

#include "detection_options.h"
#include "input.h"

namespace mediapipe_anchors::fuzz {

void Try(Input* input) {
  const DetectionOptions read(input);
  const TensorsToDetectionsOptions& options = read.options;
  const int64_t rows = input->Size(64);
  Tensor boxes, classes, scores, num;
  if (!ReadTensor(input, {1, rows, options.num_coords.value_or(0)}, &boxes)) return;
  if (!ReadTensor(input, {1, rows}, &classes)) return;
  if (!ReadTensor(input, {rows}, &scores)) return;
  if (!ReadTensor(input, {1}, &num)) return;
  int64_t count = 0;
  const bool valid =
      IsOk(CountPostprocessed(options, boxes.view, classes.view, scores.view, num.view, &count));
  const int64_t max_classes = valid && count > 0 ? options.max_classes_per_detection : 0;
  std::vector<IndexedScore> scratch(max_classes);
  DetectionsMemory detections(valid ? count : 0, valid ? options.num_keypoints : 0,
                              max_classes > 1 ? max_classes : 0);
  const Status status = DecodePostprocessed(options, boxes.view, classes.view, scores.view,
                                            num.view, scratch.data(), &detections.buffer);
  Require(status.ok() == valid, "what was counted is decoded");
  detections.RequireWithinCapacity();
}

}  // namespace mediapipe_anchors::fuzz
