#include "mediapipe_anchors/non_max_suppression.h"

#include <algorithm>
#include <cmath>

#include "by_score.h"
#include "rectangle.h"

namespace mediapipe_anchors {
namespace {

// One entry for each (detection, class): what multiclass_nms spreads over its classes.
int64_t CountLabels(const DetectionsView& detections) {
  if (detections.class_counts == nullptr) return detections.size;
  int64_t count = 0;
  for (int64_t i = 0; i < detections.size; ++i) count += detections.class_counts[i];
  return count;
}

constexpr char kNoNan[] = "scores other than NaN: they have no order";

// A list of scores with NaN in it has no top.
Status CheckAllScores(const DetectionsView& detections) {
  if (detections.class_counts == nullptr) return {};
  for (int64_t i = 0; i < detections.size; ++i) {
    const float* all = detections.all_scores + i * detections.max_classes;
    for (int32_t k = 0; k < std::min<int64_t>(detections.class_counts[i], detections.max_classes);
         ++k) {
      if (std::isnan(all[k])) return BadTensor("all_scores", i, all[k], kNoNan);
    }
  }
  return {};
}

// Runs one NMS over a list of detections and appends what it retains.
class Suppressor {
 public:
  Suppressor(const NonMaxSuppressionOptions& options, const DetectionsView& detections,
             const NmsScratch& scratch, DetectionsBuffer* retained)
      : options_(options),
        in_(detections),
        list_a_(scratch.remaining),
        list_b_(scratch.candidates),
        out_(*retained) {}

  // `sorted`: detections and their top scores; is put in order. It is our own copy: what is checked
  // here is what is sorted, even while the caller's arrays change.
  Status Run(IndexedScore* sorted, int64_t size) {
    for (int64_t i = 0; i < size; ++i) {
      if (std::isnan(sorted[i].score)) {
        return BadTensor("scores", sorted[i].index, sorted[i].score, kNoNan);
      }
    }
    std::sort(sorted, sorted + size, ByScore);
    if (options_.algorithm == NmsAlgorithm::kWeighted) {
      RunWeighted(sorted, size);
    } else {
      RunDefault(sorted, size);
    }
    return {};
  }

 private:
  bool BelowMinScore(float score) const {
    return options_.min_score_threshold > 0 && score < options_.min_score_threshold;
  }

  Rectangle RectangleOf(const IndexedScore& entry) const {
    return Rectangle::FromBox(in_.boxes + 4 * entry.index);
  }

  // Keeps the best, drops what overlaps a kept one.
  void RunDefault(const IndexedScore* sorted, int64_t size) {
    const int64_t limit = options_.max_num_detections < 0 ? size : options_.max_num_detections;
    IndexedScore* kept = list_a_;
    int64_t num_kept = 0;
    for (int64_t i = 0; i < size && num_kept < limit; ++i) {
      if (BelowMinScore(sorted[i].score)) break;
      const Rectangle candidate = RectangleOf(sorted[i]);
      const bool suppressed = std::any_of(kept, kept + num_kept, [&](const IndexedScore& other) {
        return OverlapSimilarity(options_.overlap_type, RectangleOf(other), candidate) >
               options_.min_suppression_threshold;
      });
      if (suppressed) continue;
      kept[num_kept++] = sorted[i];
      Append(sorted[i]);
    }
  }

  // Blends what overlaps the best into it, weighted by score. max_num_detections is not looked at.
  void RunWeighted(const IndexedScore* sorted, int64_t size) {
    IndexedScore* remaining = list_a_;
    IndexedScore* candidates = list_b_;
    std::copy(sorted, sorted + size, remaining);
    int64_t num_remaining = size;
    while (num_remaining > 0 && !BelowMinScore(remaining[0].score)) {
      const IndexedScore top = remaining[0];
      const Rectangle location = RectangleOf(top);
      int64_t num_candidates = 0;
      int64_t num_rest = 0;
      for (int64_t i = 0; i < num_remaining; ++i) {  // includes the top itself
        const float similarity =
            OverlapSimilarity(options_.overlap_type, RectangleOf(remaining[i]), location);
        if (similarity > options_.min_suppression_threshold) {
          candidates[num_candidates++] = remaining[i];
        } else {
          remaining[num_rest++] = remaining[i];
        }
      }
      Append(top);
      if (num_candidates > 0) Blend(candidates, num_candidates);
      // Nothing removed, not even the top (threshold of 1, or a box without area): MediaPipe stops
      // here and the rest is lost.
      if (num_rest == num_remaining) return;
      num_remaining = num_rest;
    }
  }

  void Append(const IndexedScore& entry) {
    const int64_t width = 2 * in_.num_keypoints;
    std::copy_n(in_.boxes + 4 * entry.index, 4, out_.boxes + 4 * out_.size);
    if (width > 0) {
      std::copy_n(in_.keypoints + width * entry.index, width, out_.keypoints + width * out_.size);
    }
    out_.scores[out_.size] = entry.score;
    out_.class_ids[out_.size] = in_.class_ids[entry.index];
    ++out_.size;
  }

  // Replaces box and keypoints of the last row by the means of the candidates.
  void Blend(const IndexedScore* candidates, int64_t count) {
    const int64_t width = 2 * in_.num_keypoints;
    float* box = out_.boxes + 4 * (out_.size - 1);
    float* keypoints = out_.keypoints + width * (out_.size - 1);
    float xmin = 0, ymin = 0, xmax = 0, ymax = 0, total = 0;
    std::fill_n(keypoints, width, 0.0f);
    for (int64_t i = 0; i < count; ++i) {
      const float score = candidates[i].score;
      const Rectangle r = RectangleOf(candidates[i]);
      total += score;
      xmin += r.xmin * score;
      ymin += r.ymin * score;
      xmax += r.xmax * score;
      ymax += r.ymax * score;
      const float* from = in_.keypoints + width * candidates[i].index;
      for (int64_t k = 0; k < width; ++k) keypoints[k] += from[k] * score;
    }
    box[0] = xmin / total;
    box[1] = ymin / total;
    box[2] = xmax / total - box[0];
    box[3] = ymax / total - box[1];
    for (int64_t k = 0; k < width; ++k) keypoints[k] /= total;
  }

  const NonMaxSuppressionOptions& options_;
  const DetectionsView& in_;
  IndexedScore* list_a_;
  IndexedScore* list_b_;
  DetectionsBuffer& out_;
};

// ---- multiclass_nms --------------------------------------------------------------------------

// A label as one number that sorts by class, then by detection.
int64_t PackLabel(int32_t class_id, int64_t detection) {
  return int64_t{class_id} * (int64_t{1} << 32) + detection;
}

int64_t ClassOf(int64_t label) { return label >> 32; }

// Writes at most `capacity` labels; returns how many. More there are only if the counts have
// changed since they were counted.
int64_t ListLabels(const DetectionsView& detections, int64_t capacity, int64_t* labels) {
  int64_t size = 0;
  for (int64_t i = 0; i < detections.size && size < capacity; ++i) {
    if (detections.class_counts == nullptr) {
      labels[size++] = PackLabel(detections.class_ids[i], i);
      continue;
    }
    const int32_t* class_ids = detections.all_class_ids + i * detections.max_classes;
    const int64_t count = std::min<int64_t>(detections.class_counts[i], detections.max_classes);
    for (int64_t k = 0; k < count && size < capacity; ++k) {
      labels[size++] = PackLabel(class_ids[k], i);
    }
  }
  return size;
}

void SwapRows(DetectionsBuffer* rows, int64_t a, int64_t b) {
  const int64_t width = 2 * rows->num_keypoints;
  std::swap_ranges(rows->boxes + 4 * a, rows->boxes + 4 * a + 4, rows->boxes + 4 * b);
  std::swap_ranges(rows->keypoints + width * a, rows->keypoints + width * (a + 1),
                   rows->keypoints + width * b);
  std::swap(rows->scores[a], rows->scores[b]);
  std::swap(rows->class_ids[a], rows->class_ids[b]);
}

// Puts row order[i].index at place i, cycle by cycle; uses up `order`.
void Permute(IndexedScore* order, DetectionsBuffer* rows) {
  for (int32_t start = 0; start < rows->size; ++start) {
    int32_t place = start;
    while (order[place].index != start) {
      const int32_t source = order[place].index;
      SwapRows(rows, place, source);
      order[place].index = place;
      place = source;
    }
    order[place].index = place;
  }
}

// Best score first, at most max_num_detections.
void SortAndTruncate(const NonMaxSuppressionOptions& options, IndexedScore* order,
                     DetectionsBuffer* rows) {
  for (int32_t i = 0; i < rows->size; ++i) order[i] = {i, rows->scores[i]};
  std::sort(order, order + rows->size, ByScore);
  Permute(order, rows);
  if (options.max_num_detections >= 0) {
    rows->size = std::min<int64_t>(rows->size, options.max_num_detections);
  }
}

// A detection takes part in the NMS of each of its classes, every time under its top class and
// score: so it can be retained several times with one and the same class, as in MediaPipe.
Status RunMulticlass(const NonMaxSuppressionOptions& options, const DetectionsView& detections,
                     const NmsScratch& scratch, DetectionsBuffer* retained) {
  Suppressor suppressor(options, detections, scratch, retained);
  const int64_t num_labels = ListLabels(detections, retained->capacity, scratch.labels);
  std::sort(scratch.labels, scratch.labels + num_labels);
  for (int64_t begin = 0; begin < num_labels;) {
    int64_t size = 0;
    for (; begin + size < num_labels; ++size) {
      const int64_t label = scratch.labels[begin + size];
      if (ClassOf(label) != ClassOf(scratch.labels[begin])) break;
      const auto detection = static_cast<int32_t>(label & 0xffffffff);
      scratch.sorted[size] = {detection, detections.scores[detection]};
    }
    MPA_RETURN_IF_ERROR(suppressor.Run(scratch.sorted, size));
    begin += size;
  }
  SortAndTruncate(options, scratch.sorted, retained);
  return {};
}

Status RunSingleClass(const NonMaxSuppressionOptions& options, const DetectionsView& detections,
                      const NmsScratch& scratch, DetectionsBuffer* retained) {
  int64_t size = 0;
  for (int32_t i = 0; i < detections.size; ++i) {
    if (detections.class_counts != nullptr && detections.class_counts[i] == 0) continue;
    scratch.sorted[size++] = {i, detections.scores[i]};
  }
  return Suppressor(options, detections, scratch, retained).Run(scratch.sorted, size);
}

}  // namespace

int64_t NmsCapacity(const NonMaxSuppressionOptions& options, const DetectionsView& detections) {
  return options.multiclass_nms ? CountLabels(detections) : detections.size;
}

Status NonMaxSuppression(const NonMaxSuppressionOptions& options, const DetectionsView& detections,
                         const NmsScratch& scratch, DetectionsBuffer* retained) {
  retained->size = 0;
  MPA_RETURN_IF_ERROR(ValidateOptions(options));
  MPA_RETURN_IF_ERROR(CheckAllScores(detections));
  return options.multiclass_nms ? RunMulticlass(options, detections, scratch, retained)
                                : RunSingleClass(options, detections, scratch, retained);
}

Status ValidateOptions(const NonMaxSuppressionOptions& options) {
  if (options.num_detection_streams <= 0) {
    return BadOption("num_detection_streams", options.num_detection_streams, "1 or more");
  }
  if (options.max_num_detections == 0) {
    return BadOption("max_num_detections", 0, "a number other than 0", 0, "-1 stands for no limit");
  }
  const auto overlap_type = static_cast<int32_t>(options.overlap_type);
  if (overlap_type < 1 || overlap_type > 3) {  // MediaPipe aborts once two boxes intersect
    return BadOption("overlap_type", overlap_type,
                     "JACCARD (1), MODIFIED_JACCARD (2) or INTERSECTION_OVER_UNION (3)");
  }
  return {};
}

}  // namespace mediapipe_anchors
