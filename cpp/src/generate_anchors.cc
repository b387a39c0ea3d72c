#include "mediapipe_anchors/generate_anchors.h"

#include <cmath>

#include "anchor_grid.h"
#include "multiscale_anchors.h"

namespace mediapipe_anchors {
namespace {

// A maximal run of adjacent equal strides; its layers share the grid of the first.
struct Group {
  int64_t begin = 0;
  int64_t end = 0;
};

// The run is bounded by the strides, not by num_layers: a trailing equal stride beyond num_layers
// is merged in, as in MediaPipe.
Group GroupAt(const SsdAnchorsOptions& options, int64_t begin) {
  Group group{begin, begin};
  while (group.end < options.strides.size && options.strides[group.end] == options.strides[begin]) {
    ++group.end;
  }
  return group;
}

bool IsReduced(const SsdAnchorsOptions& options, int64_t layer) {
  return layer == 0 && options.reduce_boxes_in_lowest_layer;
}

int64_t ShapesInGroup(const SsdAnchorsOptions& options, const Group& group) {
  const int64_t full =
      options.aspect_ratios.size + (options.interpolated_scale_aspect_ratio > 0 ? 1 : 0);
  const int64_t reduced = IsReduced(options, group.begin) ? 1 : 0;
  return 3 * reduced + full * (group.end - group.begin - reduced);
}

// The steps are spread over the number of strides, whatever num_layers says. The sum is taken in
// double and rounded once.
float ScaleOfLayer(const SsdAnchorsOptions& options, int64_t layer) {
  const float min_scale = options.min_scale.value_or(0.0f);
  const float max_scale = options.max_scale.value_or(0.0f);
  const int64_t num_strides = options.strides.size;
  if (num_strides == 1) return (min_scale + max_scale) * 0.5f;
  const double range = max_scale - min_scale;
  return static_cast<float>(min_scale + range * static_cast<double>(layer) /
                                            static_cast<double>(num_strides - 1));
}

void WriteShapesOfLayer(const SsdAnchorsOptions& options, int64_t layer, ShapeWriter* shapes) {
  const float scale = ScaleOfLayer(options, layer);
  if (IsReduced(options, layer)) {  // the interpolated shape and aspect_ratios are left out here
    shapes->AddScaled(1.0f, 0.1f);
    shapes->AddScaled(2.0f, scale);
    shapes->AddScaled(0.5f, scale);
    return;
  }
  for (const float aspect_ratio : options.aspect_ratios) shapes->AddScaled(aspect_ratio, scale);
  if (options.interpolated_scale_aspect_ratio > 0) {
    const bool last = layer == options.strides.size - 1;
    const float next_scale = last ? 1.0f : ScaleOfLayer(options, layer + 1);
    shapes->AddScaled(options.interpolated_scale_aspect_ratio, std::sqrt(scale * next_scale));
  }
}

float* WriteGroup(const SsdAnchorsOptions& options, const Group& group, const Grid& grid,
                  float* anchors) {
  const int64_t shapes = ShapesInGroup(options, group);
  if (grid.IsEmpty() || shapes == 0) return anchors;
  ShapeWriter writer(anchors);
  if (options.fixed_anchor_size) {  // the shapes become 1, their number stays
    for (int64_t i = 0; i < shapes; ++i) writer.Add(1.0f, 1.0f);
  } else {
    for (int64_t layer = group.begin; layer < group.end; ++layer) {
      WriteShapesOfLayer(options, layer, &writer);
    }
  }
  return FillGrid(grid, shapes, anchors, [&](int32_t x, int32_t y, float* out) {
    out[0] = (x + options.anchor_offset_x) * 1.0f / grid.width;
    out[1] = (y + options.anchor_offset_y) * 1.0f / grid.height;
  });
}

// Calls visit(group, grid) for each run of equal strides.
template <typename Visit>
Status ForEachGroup(const SsdAnchorsOptions& options, const Visit& visit) {
  const int64_t num_layers = options.num_layers.value_or(0);
  for (int64_t begin = 0; begin < num_layers;) {
    if (begin >= options.strides.size) {  // MediaPipe would stay on this layer for ever
      return BadOption(
          "strides", static_cast<double>(options.strides.size),
          "one stride for each of the {} layers", static_cast<double>(num_layers),
          "feature maps do not replace strides unless multiscale_anchor_generation is set");
    }
    const Group group = GroupAt(options, begin);
    Grid grid;
    MPA_RETURN_IF_ERROR(GridOfLayer(options, begin, &grid));
    MPA_RETURN_IF_ERROR(visit(group, grid));
    begin = group.end;
  }
  return {};
}

Status CheckFixedAnchors(const SsdAnchorsOptions& options) {
  const char* expected = "to be unset while fixed_anchors are given";
  const char* fix = "remove it, or remove fixed_anchors";
  if (options.input_size_height) {
    return BadOption("input_size_height", *options.input_size_height, expected, 0, fix);
  }
  if (options.input_size_width) {
    return BadOption("input_size_width", *options.input_size_width, expected, 0, fix);
  }
  if (options.min_scale) return BadOption("min_scale", *options.min_scale, expected, 0, fix);
  if (options.max_scale) return BadOption("max_scale", *options.max_scale, expected, 0, fix);
  if (options.num_layers) return BadOption("num_layers", *options.num_layers, expected, 0, fix);
  if (options.multiscale_anchor_generation) {
    return BadOption("multiscale_anchor_generation", 1, expected, 0, fix);
  }
  return {};
}

Status CheckLayerCounts(const SsdAnchorsOptions& options) {
  const auto heights = static_cast<double>(options.feature_map_height.size);
  const auto strides = static_cast<double>(options.strides.size);
  if (heights == 0 && strides == 0) {
    return BadOption("strides", 0,
                     "one entry a layer, or feature_map_height and feature_map_width");
  }
  const bool by_height = heights > 0;
  const double entries = by_height ? heights : strides;
  if (options.multiscale_anchor_generation) {
    const double last_level = options.min_level + entries - 1;
    if (options.max_level != last_level) {
      return BadOption("max_level", options.max_level,
                       by_height ? "{}, for one level an entry of feature_map_height"
                                 : "{}, for one level an entry of strides",
                       last_level);
    }
  } else if (options.num_layers.value_or(0) != entries) {
    return BadOption(
        "num_layers", options.num_layers.value_or(0),
        by_height ? "{}, the entries of feature_map_height" : "{}, the entries of strides",
        entries);
  }
  if (by_height && options.feature_map_width.size != options.feature_map_height.size) {
    return BadOption("feature_map_width", static_cast<double>(options.feature_map_width.size),
                     "{} entries, as in feature_map_height", heights);
  }
  return {};
}

}  // namespace

Status CountAnchors(const SsdAnchorsOptions& options, int64_t* count) {
  *count = 0;
  if (!options.fixed_anchors.empty()) {
    if (options.fixed_anchors.size % kAnchorColumns != 0) {
      return BadOption("fixed_anchors", static_cast<double>(options.fixed_anchors.size),
                       "a multiple of {} numbers", kAnchorColumns);
    }
    *count = options.fixed_anchors.size / kAnchorColumns;
    return CheckFixedAnchors(options);
  }
  MPA_RETURN_IF_ERROR(CheckLayerCounts(options));
  if (options.multiscale_anchor_generation) return CountMultiscaleAnchors(options, count);
  return ForEachGroup(options, [&](const Group& group, const Grid& grid) {
    return AddCells(options, grid, ShapesInGroup(options, group), count);
  });
}

Status GenerateAnchors(const SsdAnchorsOptions& options, float* anchors) {
  int64_t count = 0;
  MPA_RETURN_IF_ERROR(CountAnchors(options, &count));
  if (count == 0) return {};
  if (!options.fixed_anchors.empty()) {
    for (int64_t i = 0; i < kAnchorColumns * count; ++i) anchors[i] = options.fixed_anchors[i];
    return {};
  }
  if (options.multiscale_anchor_generation) return WriteMultiscaleAnchors(options, anchors);
  return ForEachGroup(options, [&](const Group& group, const Grid& grid) {
    anchors = WriteGroup(options, group, grid, anchors);
    return Status();
  });
}

Status ValidateOptions(const SsdAnchorsOptions& options) {
  int64_t count = 0;
  return CountAnchors(options, &count);
}

}  // namespace mediapipe_anchors
