#include "mediapipe_anchors/decode.h"

#include "detection_options.h"
#include "input.h"

namespace mediapipe_anchors::fuzz {

void Try(Input* input) {
  const DetectionOptions read(input);
  const TensorsToDetectionsOptions& options = read.options;
  const int64_t rows = options.num_boxes;
  Tensor boxes, scores, anchors;
  if (!ReadTensor(input, {1, rows, options.num_coords.value_or(0)}, &boxes)) return;
  if (!ReadTensor(input, {rows, options.num_classes.value_or(0)}, &scores)) return;
  if (!ReadTensor(input, {rows, 4}, &anchors)) return;
  const bool valid = IsOk(CheckDecodeInputs(options, boxes.view, scores.view, anchors.view));
  std::vector<int32_t> class_scratch(valid ? *options.num_classes : 0);
  DetectionsMemory detections(valid ? DecodeCapacity(options) : 0,
                              valid ? options.num_keypoints : 0, 0);
  const Status status = Decode(options, boxes.view, scores.view, anchors.view, class_scratch.data(),
                               &detections.buffer);
  Require(status.ok() == valid, "what was checked is decoded");
  detections.RequireWithinCapacity();
}

}  // namespace mediapipe_anchors::fuzz
