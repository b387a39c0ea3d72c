#include "multiscale_anchors.h"

#include <cmath>

#include "anchor_grid.h"

namespace mediapipe_anchors {
namespace {

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
  if (grid.IsEmpty() || shapes == 0) return anchors;
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
    const bool used = !grid.IsEmpty() && ShapesInLevel(options) > 0;
    if (used && (level < 0 || level > 30)) {  // 2^level is no positive int32: undefined or a trap
      const char* field = level < 0 ? "min_level" : "max_level";
      return BadOption(field, static_cast<double>(level), "a level between 0 and 30");
    }
    MPA_RETURN_IF_ERROR(visit(static_cast<int32_t>(level), grid));
  }
  return {};
}

}  // namespace

Status CountMultiscaleAnchors(const SsdAnchorsOptions& options, int64_t* count) {
  const int64_t shapes = ShapesInLevel(options);
  return ForEachLevel(
      options, [&](int32_t, const Grid& grid) { return AddCells(options, grid, shapes, count); });
}

Status WriteMultiscaleAnchors(const SsdAnchorsOptions& options, float* anchors) {
  return ForEachLevel(options, [&](int32_t level, const Grid& grid) {
    anchors = WriteLevel(options, level, grid, anchors);
    return Status();
  });
}

}  // namespace mediapipe_anchors
