#include "mediapipe_anchors/non_max_suppression.h"

#include "detection_options.h"
#include "input.h"

namespace mediapipe_anchors::fuzz {
namespace {

NonMaxSuppressionOptions ReadOptions(Input* input) {
  NonMaxSuppressionOptions options;
  options.num_detection_streams = input->Byte() < 250 ? 1 : input->Int32();
  options.max_num_detections = input->Int32();
  options.min_suppression_threshold = input->Float();
  options.overlap_type =
      static_cast<OverlapType>(input->Byte() < 250 ? 1 + input->Size(2) : input->Int32());
  options.return_empty_detections = input->Flag();
  options.min_score_threshold = input->Float();
  options.algorithm = input->Flag() ? NmsAlgorithm::kWeighted : NmsAlgorithm::kDefault;
  options.multiclass_nms = input->Flag();
  return options;
}

void Fill(Input* input, DetectionsMemory* memory) {
  const int64_t max_classes = memory->buffer.max_classes;
  memory->boxes = input->Floats(static_cast<int64_t>(memory->boxes.size()));
  memory->keypoints = input->Floats(static_cast<int64_t>(memory->keypoints.size()));
  memory->scores = input->Floats(static_cast<int64_t>(memory->scores.size()));
  memory->class_ids = input->Int32s(static_cast<int64_t>(memory->class_ids.size()));
  memory->all_scores = input->Floats(static_cast<int64_t>(memory->all_scores.size()));
  memory->all_class_ids = input->Int32s(static_cast<int64_t>(memory->all_class_ids.size()));
  for (int32_t& count : memory->class_counts)
    count = input->Size(static_cast<int32_t>(max_classes));
}

DetectionsView ViewOf(const DetectionsMemory& memory) {
  DetectionsView view;
  view.boxes = memory.boxes.data();
  view.scores = memory.scores.data();
  view.class_ids = memory.class_ids.data();
  view.keypoints = memory.keypoints.data();
  view.size = memory.buffer.capacity;
  view.num_keypoints = memory.buffer.num_keypoints;
  view.max_classes = memory.buffer.max_classes;
  if (view.max_classes == 0) return view;
  view.class_counts = memory.class_counts.data();
  view.all_scores = memory.all_scores.data();
  view.all_class_ids = memory.all_class_ids.data();
  return view;
}

bool AreSorted(const DetectionsBuffer& rows) {
  for (int64_t i = 1; i < rows.size; ++i) {
    if (rows.scores[i - 1] < rows.scores[i]) return false;
  }
  return true;
}

}  // namespace

void Try(Input* input) {
  const NonMaxSuppressionOptions options = ReadOptions(input);
  const int64_t rows = input->Size(100);
  const int64_t num_keypoints = input->Size(3);
  DetectionsMemory memory(rows, num_keypoints, input->Flag() ? input->Size(4) : 0);
  Fill(input, &memory);
  const DetectionsView view = ViewOf(memory);
  const int64_t capacity = NmsCapacity(options, view);
  std::vector<IndexedScore> sorted(capacity), remaining(capacity), candidates(capacity);
  std::vector<int64_t> labels(options.multiclass_nms ? capacity : 0);
  DetectionsMemory retained(capacity, num_keypoints, 0);
  const NmsScratch scratch = {sorted.data(), remaining.data(), candidates.data(), labels.data()};
  const Status status = NonMaxSuppression(options, view, scratch, &retained.buffer);
  retained.RequireWithinCapacity();
  if (!IsOk(status)) return;
  Require(ValidateOptions(options).ok(), "bad options are refused");
  Require(AreSorted(retained.buffer), "the best score comes first");
}

}  // namespace mediapipe_anchors::fuzz
