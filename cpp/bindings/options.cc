// From the dataclasses of options.py, which have checked types and ranges, to the core's structs.

#include <optional>
#include <vector>

#include "edge.h"

namespace mediapipe_anchors::python {
namespace {

// Reads attributes into fields of their own name.
class Reader {
 public:
  explicit Reader(const py::handle& source) : source_(source) {}

  template <typename T>
  void Read(const char* name, T* field) const {
    *field = source_.attr(name).cast<T>();
  }

  template <typename T>
  void Read(const char* name, std::optional<T>* field) const {
    const py::object value = source_.attr(name);
    if (!value.is_none()) *field = value.cast<T>();
  }

  template <typename T>
  void Read(const char* name, std::vector<T>* memory, Span<T>* field) const {
    for (const py::handle item : py::tuple(source_.attr(name))) {
      memory->push_back(item.cast<T>());
    }
    *field = {memory->data(), static_cast<int64_t>(memory->size())};
  }

  template <typename Enum>
  void ReadEnum(const char* name, Enum* field) const {
    *field = static_cast<Enum>(source_.attr(name).cast<int32_t>());
  }

  py::object Get(const char* name) const { return source_.attr(name); }

 private:
  py::handle source_;
};

TensorMapping LoadTensorMapping(const py::handle& source) {
  const Reader reader(source);
  TensorMapping mapping;
  reader.Read("detections_tensor_index", &mapping.detections_tensor_index);
  reader.Read("classes_tensor_index", &mapping.classes_tensor_index);
  reader.Read("scores_tensor_index", &mapping.scores_tensor_index);
  reader.Read("num_detections_tensor_index", &mapping.num_detections_tensor_index);
  reader.Read("anchors_tensor_index", &mapping.anchors_tensor_index);
  return mapping;
}

BoxBoundariesIndices LoadBoxBoundariesIndices(const py::handle& source) {
  const Reader reader(source);
  BoxBoundariesIndices indices;
  reader.Read("ymin", &indices.ymin);
  reader.Read("xmin", &indices.xmin);
  reader.Read("ymax", &indices.ymax);
  reader.Read("xmax", &indices.xmax);
  return indices;
}

}  // namespace

void LoadOptions(const py::handle& source, SsdAnchorsOptionsHolder* holder) {
  const Reader reader(source);
  SsdAnchorsOptions& options = holder->options;
  reader.Read("input_size_width", &options.input_size_width);
  reader.Read("input_size_height", &options.input_size_height);
  reader.Read("min_scale", &options.min_scale);
  reader.Read("max_scale", &options.max_scale);
  reader.Read("anchor_offset_x", &options.anchor_offset_x);
  reader.Read("anchor_offset_y", &options.anchor_offset_y);
  reader.Read("num_layers", &options.num_layers);
  reader.Read("feature_map_width", &holder->feature_map_width, &options.feature_map_width);
  reader.Read("feature_map_height", &holder->feature_map_height, &options.feature_map_height);
  reader.Read("strides", &holder->strides, &options.strides);
  reader.Read("aspect_ratios", &holder->aspect_ratios, &options.aspect_ratios);
  reader.Read("reduce_boxes_in_lowest_layer", &options.reduce_boxes_in_lowest_layer);
  reader.Read("interpolated_scale_aspect_ratio", &options.interpolated_scale_aspect_ratio);
  reader.Read("fixed_anchor_size", &options.fixed_anchor_size);
  reader.Read("multiscale_anchor_generation", &options.multiscale_anchor_generation);
  reader.Read("min_level", &options.min_level);
  reader.Read("max_level", &options.max_level);
  reader.Read("anchor_scale", &options.anchor_scale);
  reader.Read("scales_per_octave", &options.scales_per_octave);
  reader.Read("normalize_coordinates", &options.normalize_coordinates);
  const py::object fixed_anchors = reader.Get("fixed_anchors");
  if (!fixed_anchors.is_none()) {
    holder->fixed_anchors = Float32Array("fixed_anchors", fixed_anchors);
    options.fixed_anchors = {static_cast<const float*>(holder->fixed_anchors.data()),
                             holder->fixed_anchors.size()};
  }
}

void LoadOptions(const py::handle& source, TensorsToDetectionsOptionsHolder* holder) {
  const Reader reader(source);
  TensorsToDetectionsOptions& options = holder->options;
  reader.Read("num_classes", &options.num_classes);
  reader.Read("num_boxes", &options.num_boxes);
  reader.Read("num_coords", &options.num_coords);
  reader.Read("x_scale", &options.x_scale);
  reader.Read("y_scale", &options.y_scale);
  reader.Read("w_scale", &options.w_scale);
  reader.Read("h_scale", &options.h_scale);
  reader.Read("ignore_classes", &holder->ignore_classes, &options.ignore_classes);
  reader.Read("keypoint_coord_offset", &options.keypoint_coord_offset);
  reader.Read("num_keypoints", &options.num_keypoints);
  reader.Read("num_values_per_keypoint", &options.num_values_per_keypoint);
  reader.Read("box_coord_offset", &options.box_coord_offset);
  reader.Read("apply_exponential_on_box_size", &options.apply_exponential_on_box_size);
  reader.Read("reverse_output_order", &options.reverse_output_order);
  reader.Read("sigmoid_score", &options.sigmoid_score);
  reader.Read("score_clipping_thresh", &options.score_clipping_thresh);
  reader.Read("flip_vertically", &options.flip_vertically);
  reader.Read("min_score_thresh", &options.min_score_thresh);
  reader.Read("max_results", &options.max_results);
  reader.Read("allow_classes", &holder->allow_classes, &options.allow_classes);
  reader.Read("max_classes_per_detection", &options.max_classes_per_detection);
  const py::object mapping = reader.Get("tensor_mapping");
  if (!mapping.is_none()) options.tensor_mapping = LoadTensorMapping(mapping);
  const py::object indices = reader.Get("box_boundaries_indices");
  if (!indices.is_none()) options.box_boundaries_indices = LoadBoxBoundariesIndices(indices);
  const py::object format = reader.Get("box_format");
  if (!format.is_none()) options.box_format = static_cast<BoxFormat>(format.cast<int32_t>());
}

NonMaxSuppressionOptions LoadNonMaxSuppressionOptions(const py::handle& source) {
  const Reader reader(source);
  NonMaxSuppressionOptions options;
  reader.Read("num_detection_streams", &options.num_detection_streams);
  reader.Read("max_num_detections", &options.max_num_detections);
  reader.Read("min_suppression_threshold", &options.min_suppression_threshold);
  reader.ReadEnum("overlap_type", &options.overlap_type);
  options.return_empty_detections = py::bool_(reader.Get("return_empty_detections"));
  reader.Read("min_score_threshold", &options.min_score_threshold);
  reader.ReadEnum("algorithm", &options.algorithm);
  reader.Read("multiclass_nms", &options.multiclass_nms);
  return options;
}

}  // namespace mediapipe_anchors::python
