#ifndef MEDIAPIPE_ANCHORS_SRC_ANCHOR_GRID_H_
#define MEDIAPIPE_ANCHORS_SRC_ANCHOR_GRID_H_

// What the standard and the multiscale mode of anchor generation share.

#include <cmath>
#include <cstdint>

#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

inline constexpr int kAnchorColumns = 4;  // x_center, y_center, w, h

// Cells of a feature map.
struct Grid {
  int32_t width = 0;
  int32_t height = 0;

  bool IsEmpty() const { return width <= 0 || height <= 0; }
};

// The grid of a layer: its feature_map size where that is given, else what the layer's stride makes
// of the input.
Status GridOfLayer(const SsdAnchorsOptions& options, int64_t layer, Grid* grid);

// Adds the anchors of one grid to `count`, refusing what would not fit in memory.
Status AddCells(const SsdAnchorsOptions& options, const Grid& grid, int64_t shapes, int64_t* count);

// Where the shapes of a cell go: columns w, h of consecutive anchors.
class ShapeWriter {
 public:
  explicit ShapeWriter(float* anchors) : next_(anchors) {}

  void Add(float width, float height) {
    next_[2] = width;
    next_[3] = height;
    next_ += kAnchorColumns;
  }

  void AddScaled(float aspect_ratio, float scale) {
    const float root = std::sqrt(aspect_ratio);
    Add(scale * root, scale / root);
  }

 private:
  float* next_;
};

// Fills a grid whose first cell already holds the shapes. Returns the end of what was written.
template <typename Center>
float* FillGrid(const Grid& grid, int64_t shapes, float* anchors, const Center& center) {
  float* out = anchors;
  for (int32_t y = 0; y < grid.height; ++y) {
    for (int32_t x = 0; x < grid.width; ++x) {
      for (int64_t shape = 0; shape < shapes; ++shape, out += kAnchorColumns) {
        center(x, y, out);
        out[2] = anchors[kAnchorColumns * shape + 2];
        out[3] = anchors[kAnchorColumns * shape + 3];
      }
    }
  }
  return out;
}

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_ANCHOR_GRID_H_
