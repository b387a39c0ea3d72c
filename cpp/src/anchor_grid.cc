#include "anchor_grid.h"

#include <cmath>

#include "mediapipe_anchors/generate_anchors.h"

namespace mediapipe_anchors {
namespace {

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

}  // namespace

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

Status AddCells(const SsdAnchorsOptions& options, const Grid& grid, int64_t shapes,
                int64_t* count) {
  if (grid.IsEmpty()) return {};
  const int64_t cells = int64_t{grid.width} * grid.height;
  if (cells > kMaxAnchors || shapes > kMaxAnchors || cells * shapes > kMaxAnchors - *count) {
    const char* field = options.feature_map_height.empty() ? "strides" : "feature_map_height";
    return BadOption(field, static_cast<double>(cells), "grids that hold at most {} anchors in all",
                     kMaxAnchors);
  }
  *count += cells * shapes;
  return {};
}

}  // namespace mediapipe_anchors
