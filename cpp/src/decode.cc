#include "mediapipe_anchors/decode.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "class_filter.h"
#include "detection_writer.h"
#include "tensors_to_detections_options.h"

namespace mediapipe_anchors {
namespace {

// [rows, columns] behind any number of dimensions of 1.
Status CheckShape(const char* name, const TensorView& tensor, int64_t rows, int64_t columns,
                  const char* expected_columns) {
  if (tensor.rank < 2) return BadShape(name, -1, tensor.rank, "2, 3 or 4 dimensions");
  const int32_t row_dim = tensor.rank - 2;
  for (int32_t i = 0; i < row_dim; ++i) {
    if (tensor.dims[i] != 1) return BadShape(name, i, tensor.dims[i], "1");
  }
  if (tensor.dims[row_dim] != rows) {
    return BadShape(name, row_dim, tensor.dims[row_dim], "num_boxes = {} rows", rows);
  }
  if (tensor.dims[row_dim + 1] != columns) {
    return BadShape(name, row_dim + 1, tensor.dims[row_dim + 1], expected_columns, columns);
  }
  return {};
}

BoxFormat EffectiveFormat(const TensorsToDetectionsOptions& options) {
  if (options.box_format) {  // even UNSPECIFIED wins over reverse_output_order
    return *options.box_format == BoxFormat::kUnspecified ? BoxFormat::kYxhw : *options.box_format;
  }
  return options.reverse_output_order ? BoxFormat::kXywh : BoxFormat::kYxhw;
}

// ---- Scores ----------------------------------------------------------------------------------

struct BestClass {
  int32_t class_id = -1;
  float score = -std::numeric_limits<float>::max();
};

float Activate(const TensorsToDetectionsOptions& options, float score) {
  if (!options.sigmoid_score) return score;
  if (options.score_clipping_thresh) {
    const float limit = *options.score_clipping_thresh;
    score = score < -limit ? -limit : score;
    score = score > limit ? limit : score;
  }
  return 1.0f / (1.0f + std::exp(-score));
}

// The allowed classes, ascending; null and num_classes where all are.
struct Classes {
  const int32_t* ids = nullptr;
  int64_t size = 0;
};

// The first maximum. NaN, -inf and -FLT_MAX never win: then the class is -1.
BestClass FindBestClass(const TensorsToDetectionsOptions& options, const Classes& classes,
                        const float* scores) {
  BestClass best;
  for (int64_t i = 0; i < classes.size; ++i) {
    const auto class_id = classes.ids == nullptr ? static_cast<int32_t>(i) : classes.ids[i];
    const float score = Activate(options, scores[class_id]);
    if (best.score < score) best = {class_id, score};
  }
  return best;
}

Classes AllowedClasses(const TensorsToDetectionsOptions& options, const ClassFilter& filter,
                       int32_t* scratch) {
  if (filter.PassesAll()) return {nullptr, *options.num_classes};
  Classes classes{scratch, 0};
  for (int32_t class_id = 0; class_id < *options.num_classes; ++class_id) {
    if (filter.Passes(class_id)) scratch[classes.size++] = class_id;
  }
  return classes;
}

// ---- Boxes -----------------------------------------------------------------------------------

struct Anchor {
  float x_center;
  float y_center;
  float w;
  float h;
};

class BoxDecoder {
 public:
  explicit BoxDecoder(const TensorsToDetectionsOptions& options)
      : options_(options), format_(EffectiveFormat(options)) {}

  // ymin, xmin, ymax, xmax of one row of the box tensor.
  void DecodeBox(const float* row, const Anchor& anchor, float corners[4]) const {
    const float* p = row + options_.box_coord_offset;
    float x_center, y_center, w, h;
    switch (format_) {
      case BoxFormat::kXywh:
        x_center = p[0], y_center = p[1], w = p[2], h = p[3];
        break;
      case BoxFormat::kXyxy:  // distances from the anchor's centre: left, top, right, bottom
        x_center = (-p[0] + p[2]) / 2;
        y_center = (-p[1] + p[3]) / 2;
        w = p[2] + p[0];
        h = p[3] + p[1];
        break;
      default:
        y_center = p[0], x_center = p[1], h = p[2], w = p[3];
    }
    x_center = x_center / options_.x_scale * anchor.w + anchor.x_center;
    y_center = y_center / options_.y_scale * anchor.h + anchor.y_center;
    h = h / options_.h_scale;
    w = w / options_.w_scale;
    if (options_.apply_exponential_on_box_size) {
      h = std::exp(h);
      w = std::exp(w);
    }
    h = h * anchor.h;
    w = w * anchor.w;
    corners[0] = y_center - h / 2.0f;
    corners[1] = x_center - w / 2.0f;
    corners[2] = y_center + h / 2.0f;
    corners[3] = x_center + w / 2.0f;
    OverwriteWithKeypoints(row, anchor, corners);
  }

  // x or y (`axis` 0 or 1) of a keypoint.
  float DecodeKeypoint(const float* row, const Anchor& anchor, int32_t keypoint, int axis) const {
    const bool y_first = format_ == BoxFormat::kYxhw;
    const float value =
        row[options_.keypoint_coord_offset + 2 * keypoint + (y_first ? 1 - axis : axis)];
    return axis == 0 ? value / options_.x_scale * anchor.w + anchor.x_center
                     : value / options_.y_scale * anchor.h + anchor.y_center;
  }

 private:
  // MediaPipe keeps the corners in columns 0..3 and then writes the keypoints at their own columns:
  // with keypoint_coord_offset below 4 these replace corners.
  void OverwriteWithKeypoints(const float* row, const Anchor& anchor, float corners[4]) const {
    for (int32_t column = options_.keypoint_coord_offset; column < 4; ++column) {
      const int32_t value = column - options_.keypoint_coord_offset;
      if (value >= 2 * options_.num_keypoints) return;
      corners[column] = DecodeKeypoint(row, anchor, value / 2, value % 2);
    }
  }

  const TensorsToDetectionsOptions& options_;
  BoxFormat format_;
};

}  // namespace

Status CheckDecodeInputs(const TensorsToDetectionsOptions& options, const TensorView& raw_boxes,
                         const TensorView& raw_scores, const TensorView& anchors) {
  MPA_RETURN_IF_ERROR(ValidateRawOptions(options));
  if (options.num_boxes <= 0) {
    return BadOption("num_boxes", options.num_boxes, "the number of rows of the box tensor");
  }
  if (*options.num_classes < 0) {
    return BadOption("num_classes", *options.num_classes, "0 or more classes");
  }
  const int32_t widest = std::max(*options.num_coords, *options.num_classes);
  if (options.num_boxes > std::numeric_limits<int32_t>::max() / widest) {
    return BadOption("num_boxes", options.num_boxes,
                     "tensors of at most 2^31 - 1 values ({} a box)", widest);
  }
  if (options.box_boundaries_indices) {
    return BadOption("box_boundaries_indices", 1, "to be unset for a model with raw boxes");
  }
  MPA_RETURN_IF_ERROR(CheckShape("raw_boxes", raw_boxes, options.num_boxes, *options.num_coords,
                                 "num_coords = {} columns"));
  MPA_RETURN_IF_ERROR(CheckShape("raw_scores", raw_scores, options.num_boxes, *options.num_classes,
                                 "num_classes = {} columns"));
  if (anchors.rank != 2) return BadShape("anchors", -1, anchors.rank, "2 dimensions, [N, 4]");
  if (anchors.dims[1] != 4) {
    return BadShape("anchors", 1, anchors.dims[1], "4 columns: x_center, y_center, w, h");
  }
  if (anchors.dims[0] < options.num_boxes) {  // MediaPipe would read past the last anchor
    return BadShape("anchors", 0, anchors.dims[0], "at least num_boxes = {} anchors",
                    options.num_boxes, "these anchors belong to another model");
  }
  return {};
}

int64_t DecodeCapacity(const TensorsToDetectionsOptions& options) {
  const int64_t boxes = options.num_boxes > 0 ? options.num_boxes : 0;
  const bool limited = options.max_results > 0 && options.max_results < boxes;
  return limited ? options.max_results : boxes;
}

Status Decode(const TensorsToDetectionsOptions& options, const TensorView& raw_boxes,
              const TensorView& raw_scores, const TensorView& anchors, int32_t* class_scratch,
              DetectionsBuffer* detections) {
  detections->size = 0;
  MPA_RETURN_IF_ERROR(CheckDecodeInputs(options, raw_boxes, raw_scores, anchors));
  const ClassFilter filter(options);
  const Classes classes = AllowedClasses(options, filter, class_scratch);
  const bool keep_without_class = filter.Passes(-1);  // a box of no class is emitted with class -1
  const BoxDecoder decoder(options);
  const DetectionWriter writer(options, detections);
  for (int64_t i = 0; i < options.num_boxes && !writer.Full(); ++i) {
    const BestClass best =
        FindBestClass(options, classes, raw_scores.data + i * *options.num_classes);
    if (best.class_id < 0 && !keep_without_class) continue;
    if (options.min_score_thresh && best.score < *options.min_score_thresh) continue;
    const float* row = raw_boxes.data + i * *options.num_coords;
    const float* a = anchors.data + 4 * i;
    const Anchor anchor = {a[0], a[1], a[2], a[3]};
    float corners[4];
    decoder.DecodeBox(row, anchor, corners);
    if (!writer.WriteBox(corners)) continue;
    for (int32_t k = 0; k < options.num_keypoints; ++k) {
      writer.WriteKeypoint(k, decoder.DecodeKeypoint(row, anchor, k, 0),
                           decoder.DecodeKeypoint(row, anchor, k, 1));
    }
    detections->scores[detections->size] = best.score;
    detections->class_ids[detections->size] = best.class_id;
    ++detections->size;
  }
  return {};
}

}  // namespace mediapipe_anchors
