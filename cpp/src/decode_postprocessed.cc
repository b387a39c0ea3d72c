#include "mediapipe_anchors/decode_postprocessed.h"

#include "class_filter.h"
#include "detection_writer.h"
#include "mediapipe_anchors/top_score.h"
#include "tensors_to_detections_options.h"

namespace mediapipe_anchors {
namespace {

// `rank` dimensions, optionally behind one more that is 1; `rows` in the first of them.
Status CheckShape(const char* name, const TensorView& tensor, int32_t rank, int64_t rows) {
  if (tensor.rank != rank && !(tensor.rank == rank + 1 && tensor.dims[0] == 1)) {
    return BadShape(name, -1, tensor.rank, "{} dimensions, or one more that is 1", rank);
  }
  const int32_t row_dim = tensor.rank - rank;
  if (tensor.dims[row_dim] == rows) return {};
  return BadShape(name, row_dim, tensor.dims[row_dim], "{}, as many as boxes", rows);
}

int64_t NumRows(const TensorView& boxes) {
  return boxes.rank >= 2 ? boxes.dims[boxes.rank - 2] : 0;
}

Status CheckInputs(const TensorsToDetectionsOptions& options, const TensorView& boxes,
                   const TensorView& classes, const TensorView& scores, const TensorView& num) {
  MPA_RETURN_IF_ERROR(ValidatePostprocessedOptions(options));
  const int64_t rows = NumRows(boxes);
  MPA_RETURN_IF_ERROR(CheckShape("boxes", boxes, 2, rows));
  const int32_t last = boxes.rank - 1;
  if (boxes.dims[last] != *options.num_coords) {
    return BadShape("boxes", last, boxes.dims[last], "num_coords = {} columns",
                    *options.num_coords);
  }
  MPA_RETURN_IF_ERROR(CheckShape("classes", classes, 1, rows));
  MPA_RETURN_IF_ERROR(CheckShape("scores", scores, 1, rows));
  if (num.rank > 1) return BadShape("num", -1, num.rank, "one number");
  if (num.rank == 1 && num.dims[0] != 1) return BadShape("num", 0, num.dims[0], "one number");
  return {};
}

// Boxes to read: `num` truncated. MediaPipe does not compare it with the tensors: it reads past
// their end, or dies on a negative count.
Status CountBoxes(const TensorsToDetectionsOptions& options, int64_t rows, float num,
                  int64_t* count) {
  if (!(num > -1.0f && num < 2147483648.0f)) {
    return BadTensor("num", 0, num, "a number of boxes of 0 or more");
  }
  *count = static_cast<int64_t>(num);
  if (*count * options.max_classes_per_detection > rows) {
    return BadTensor("num", 0, num,
                     "num * max_classes_per_detection to be at most {}, the rows of boxes",
                     static_cast<double>(rows));
  }
  if (options.max_classes_per_detection == 0) *count = 0;  // no row is read, however many boxes
  return {};
}

// Classes are cast to int; NaN and what int32 cannot hold have no defined result.
Status CheckClasses(const float* classes, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    if (!(classes[i] > -2147483904.0f && classes[i] < 2147483648.0f)) {
      return BadTensor("classes", i, classes[i], "a class number");
    }
  }
  return {};
}

// Appends the (score, class) pairs of one box that pass the filters, in order; NaN passes the
// threshold. `classes` and `scores`: the max_classes_per_detection rows of the box. Returns how
// many passed.
int64_t FilterClasses(const TensorsToDetectionsOptions& options, const ClassFilter& filter,
                      const float* classes, const float* scores, float* kept_scores,
                      int32_t* kept_class_ids) {
  int64_t kept = 0;
  for (int32_t i = 0; i < options.max_classes_per_detection; ++i) {
    const auto class_id = static_cast<int32_t>(classes[i]);
    if (!filter.Passes(class_id)) continue;
    if (options.min_score_thresh && scores[i] < *options.min_score_thresh) continue;
    kept_scores[kept] = scores[i];
    kept_class_ids[kept] = class_id;
    ++kept;
  }
  return kept;
}

// Completes a row whose first `count` classes are written: padding, count and top pair.
void FinishClasses(int64_t count, IndexedScore* scratch, DetectionsBuffer* detections) {
  const int64_t row = detections->size;
  float* scores = detections->all_scores + row * detections->max_classes;
  int32_t* class_ids = detections->all_class_ids + row * detections->max_classes;
  for (int64_t i = count; i < detections->max_classes; ++i) {
    scores[i] = 0;
    class_ids[i] = -1;
  }
  const int64_t top = TopScore({scores, count}, scratch);
  detections->class_counts[row] = static_cast<int32_t>(count);
  detections->scores[row] = scores[top];
  detections->class_ids[row] = class_ids[top];
}

}  // namespace

Status CountPostprocessed(const TensorsToDetectionsOptions& options, const TensorView& boxes,
                          const TensorView& classes, const TensorView& scores,
                          const TensorView& num, int64_t* count) {
  MPA_RETURN_IF_ERROR(CheckInputs(options, boxes, classes, scores, num));
  MPA_RETURN_IF_ERROR(CountBoxes(options, NumRows(boxes), num.data[0], count));
  return CheckClasses(classes.data, *count * options.max_classes_per_detection);
}

Status DecodePostprocessed(const TensorsToDetectionsOptions& options, const TensorView& boxes,
                           const TensorView& classes, const TensorView& scores,
                           const TensorView& num, IndexedScore* scratch,
                           DetectionsBuffer* detections) {
  detections->size = 0;
  int64_t count = 0;
  MPA_RETURN_IF_ERROR(CountPostprocessed(options, boxes, classes, scores, num, &count));
  const int64_t rows_per_box = options.max_classes_per_detection;
  const ClassFilter filter(options);
  const DetectionWriter writer(options, detections);
  const auto order = options.box_boundaries_indices.value_or(BoxBoundariesIndices());
  const bool several = rows_per_box > 1;
  for (int64_t i = 0; i < count && rows_per_box > 0 && !writer.Full(); ++i) {
    const int64_t first_row = i * rows_per_box;
    const int64_t out = detections->size * rows_per_box;
    const int64_t kept =
        FilterClasses(options, filter, classes.data + first_row, scores.data + first_row,
                      several ? detections->all_scores + out : detections->scores + out,
                      several ? detections->all_class_ids + out : detections->class_ids + out);
    if (kept == 0) continue;
    const float* row = boxes.data + first_row * *options.num_coords;
    const float corners[4] = {row[order.ymin], row[order.xmin], row[order.ymax], row[order.xmax]};
    if (!writer.WriteBox(corners)) continue;
    for (int32_t k = 0; k < options.num_keypoints; ++k) {
      const float* point = row + options.keypoint_coord_offset + 2 * k;
      writer.WriteKeypoint(k, point[0], point[1]);
    }
    if (several) FinishClasses(kept, scratch, detections);
    ++detections->size;
  }
  return {};
}

}  // namespace mediapipe_anchors
