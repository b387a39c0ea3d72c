#include "mediapipe_anchors/project_detections.h"

#include "input.h"
#include "mediapipe_anchors/anchors_from_tensor.h"
#include "mediapipe_anchors/remove_letterbox.h"
#include "mediapipe_anchors/top_score.h"

namespace mediapipe_anchors::fuzz {

// The kernels that take anything, and check nothing.
void Try(Input* input) {
  const int64_t count = input->Size(40);
  const int64_t num_keypoints = input->Size(4);
  const std::vector<float> matrix = input->Floats(16);
  const std::vector<float> padding = input->Floats(4);
  std::vector<float> boxes = input->Floats(4 * count);
  std::vector<float> keypoints = input->Floats(2 * num_keypoints * count);
  std::vector<float> anchors(4 * count);
  AnchorsFromTensor(boxes.data(), count, anchors.data());
  if (count > 0) {
    std::vector<IndexedScore> scratch(boxes.size());
    const int64_t top = TopScore(SpanOf(boxes), scratch.data());
    Require(top >= 0 && top < 4 * count, "the top score is one of the scores");
    for (const float score : boxes) Require(!(score > boxes[top]), "no score is above the top one");
  }
  ProjectDetections(matrix.data(), count, num_keypoints, boxes.data(), keypoints.data());
  RemoveLetterbox(padding.data(), count, num_keypoints, boxes.data(), keypoints.data());
}

}  // namespace mediapipe_anchors::fuzz
