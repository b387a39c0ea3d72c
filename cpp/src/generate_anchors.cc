#include "mediapipe_anchors/generate_anchors.h"

#include <cmath>

namespace mediapipe_anchors {
namespace {

constexpr int kColumns = 4;  // x_center, y_center, w, h

struct Grid {
  int32_t width = 0;
  int32_t height = 0;
};

// Cells along one side: ceil of a float32 quotient, as in MediaPipe. Stride 0, and quotients that
// no int32 holds, are undefined there.
Status CellsAlong(int32_t input_size, int32_t stride, const char* field, int32_t* cells) {
  if (stride == 0) return BadOption("strides", 0, "strides other than 0");
  const float quotient = std::ceil(1.0f * static_cast<float>(input_size) / stride);
  if (!(quotient >= -2147483648.0f && quotient < 2147483648.0f)) {
    return BadOption(field, input_size, "at most 2^31 - 1 grid cells");
  }
  *cells = static_cast<int32_t>(quotient);
  return {};
}

Status GridOfLayer(const SsdAnchorsOptions& options, int64_t layer, Grid* grid) {
  if (!options.feature_map_height.empty()) {
    *grid = {options.feature_map_width[layer], options.feature_map_height[layer]};
    return {};
  }
  const int32_t stride = options.strides[layer];
  MPA_RETURN_IF_ERROR(
      CellsAlong(options.input_size_width.value_or(0), stride, "input_size_width", &grid->width));
  return CellsAlong(options.input_size_height.value_or(0), stride, "input_size_height",
                    &grid->height);
}

// Adds the anchors of one grid to `count`, refusing what would not fit in memory.
Status AddCells(const Grid& grid, int64_t shapes, int64_t* count) {
  if (grid.width <= 0 || grid.height <= 0) return {};
  const int64_t cells = int64_t{grid.width} * grid.height;
  if (cells > kMaxAnchors || shapes > kMaxAnchors || cells * shapes > kMaxAnchors - *count) {
    return BadOption("feature maps", static_cast<double>(cells),
                     "grids that hold at most {} anchors in all", kMaxAnchors,
                     "check input_size, strides and feature_map sizes");
  }
  *count += cells * shapes;
  return {};
}

// ---- Standard (SSD) mode ---------------------------------------------------------------------

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

// Where the shapes of a cell go: columns w, h of consecutive anchors.
class ShapeWriter {
 public:
  explicit ShapeWriter(float* anchors) : next_(anchors) {}

  void Add(float width, float height) {
    next_[2] = width;
    next_[3] = height;
    next_ += kColumns;
  }

  void AddScaled(float aspect_ratio, float scale) {
    const float root = std::sqrt(aspect_ratio);
    Add(scale * root, scale / root);
  }

 private:
  float* next_;
};

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

// Fills a grid whose first cell already holds the shapes. Returns the end of what was written.
template <typename Center>
float* FillGrid(const Grid& grid, int64_t shapes, float* anchors, const Center& center) {
  if (grid.width <= 0 || grid.height <= 0) return anchors;
  float* out = anchors;
  for (int32_t y = 0; y < grid.height; ++y) {
    for (int32_t x = 0; x < grid.width; ++x) {
      for (int64_t shape = 0; shape < shapes; ++shape, out += kColumns) {
        center(x, y, out);
        out[2] = anchors[kColumns * shape + 2];
        out[3] = anchors[kColumns * shape + 3];
      }
    }
  }
  return out;
}

float* WriteGroup(const SsdAnchorsOptions& options, const Group& group, const Grid& grid,
                  float* anchors) {
  if (grid.width <= 0 || grid.height <= 0) return anchors;
  const int64_t shapes = ShapesInGroup(options, group);
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

// ---- Multiscale (RetinaNet) mode -------------------------------------------------------------

int64_t ShapesInLevel(const SsdAnchorsOptions& options) {
  return options.scales_per_octave > 0 ? options.aspect_ratios.size * options.scales_per_octave : 0;
}

// Half a stride where the level divides the input (or the input is 1), else 0: not the centre.
float CenterOffset(int32_t input_size, int32_t level) {
  const int32_t stride = int32_t{1} << level;
  const bool divides = input_size % stride == 0 || input_size == 1;
  return divides ? static_cast<float>(stride / 2.0) : 0.0f;
}

float* WriteLevel(const SsdAnchorsOptions& options, int32_t level, const Grid& grid,
                  float* anchors) {
  const int64_t shapes = ShapesInLevel(options);
  if (grid.width <= 0 || grid.height <= 0 || shapes == 0) return anchors;
  const int32_t input_width = options.input_size_width.value_or(0);
  const int32_t input_height = options.input_size_height.value_or(0);
  const bool normalize = options.normalize_coordinates;
  const float divisor_x = normalize ? static_cast<float>(input_width) : 1.0f;
  const float divisor_y = normalize ? static_cast<float>(input_height) : 1.0f;

  const float stride = std::ldexp(1.0f, level);
  const float base = stride * options.anchor_scale;
  ShapeWriter writer(anchors);
  for (const float aspect_ratio : options.aspect_ratios) {
    const float root = std::sqrt(aspect_ratio);
    for (int32_t k = 0; k < options.scales_per_octave; ++k) {
      const auto scale =
          static_cast<float>(std::pow(2.0, static_cast<double>(k) / options.scales_per_octave));
      writer.Add(scale * root * base / divisor_x, scale * base / root / divisor_y);
    }
  }
  // Centres use 2^level even where the option `strides`, which sets the grid, says otherwise.
  const float offset_x = CenterOffset(input_width, level);
  const float offset_y = CenterOffset(input_height, level);
  return FillGrid(grid, shapes, anchors, [&](int32_t x, int32_t y, float* out) {
    out[0] = (x * stride + offset_x) / divisor_x;
    out[1] = (y * stride + offset_y) / divisor_y;
  });
}

// Calls visit(level, grid) for each level.
template <typename Visit>
Status ForEachLevel(const SsdAnchorsOptions& options, const Visit& visit) {
  for (int64_t level = options.min_level; level <= options.max_level; ++level) {
    Grid grid;
    MPA_RETURN_IF_ERROR(GridOfLayer(options, level - options.min_level, &grid));
    const bool used = grid.width > 0 && grid.height > 0 && ShapesInLevel(options) > 0;
    if (used && (level < 0 || level > 30)) {  // 2^level is no positive int32: undefined or a trap
      const char* field = level < 0 ? "min_level" : "max_level";
      return BadOption(field, static_cast<double>(level), "a level between 0 and 30");
    }
    MPA_RETURN_IF_ERROR(visit(static_cast<int32_t>(level), grid));
  }
  return {};
}

// ---- Checks, in MediaPipe's order ------------------------------------------------------------

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
  const int64_t layers = options.multiscale_anchor_generation
                             ? int64_t{options.max_level} - options.min_level + 1
                             : options.num_layers.value_or(0);
  if (entries != static_cast<double>(layers)) {
    const char* field =
        options.multiscale_anchor_generation ? "max_level - min_level + 1" : "num_layers";
    return BadOption(
        field, static_cast<double>(layers),
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
    *count = options.fixed_anchors.size / kColumns;
    return CheckFixedAnchors(options);
  }
  MPA_RETURN_IF_ERROR(CheckLayerCounts(options));
  if (options.multiscale_anchor_generation) {
    const int64_t shapes = ShapesInLevel(options);
    return ForEachLevel(options,
                        [&](int32_t, const Grid& grid) { return AddCells(grid, shapes, count); });
  }
  return ForEachGroup(options, [&](const Group& group, const Grid& grid) {
    return AddCells(grid, ShapesInGroup(options, group), count);
  });
}

Status GenerateAnchors(const SsdAnchorsOptions& options, float* anchors) {
  int64_t count = 0;
  MPA_RETURN_IF_ERROR(CountAnchors(options, &count));
  if (count == 0) return {};
  if (!options.fixed_anchors.empty()) {
    for (int64_t i = 0; i < options.fixed_anchors.size; ++i) anchors[i] = options.fixed_anchors[i];
    return {};
  }
  if (options.multiscale_anchor_generation) {
    return ForEachLevel(options, [&](int32_t level, const Grid& grid) {
      anchors = WriteLevel(options, level, grid, anchors);
      return Status();
    });
  }
  return ForEachGroup(options, [&](const Group& group, const Grid& grid) {
    if (ShapesInGroup(options, group) > 0) anchors = WriteGroup(options, group, grid, anchors);
    return Status();
  });
}

Status ValidateOptions(const SsdAnchorsOptions& options) {
  int64_t count = 0;
  return CountAnchors(options, &count);
}

}  // namespace mediapipe_anchors
