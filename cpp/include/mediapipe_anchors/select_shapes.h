#ifndef MEDIAPIPE_ANCHORS_SELECT_SHAPES_H_
#define MEDIAPIPE_ANCHORS_SELECT_SHAPES_H_

#include <cstdint>

#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// Candidates to select from.
struct Candidates {
  const float* utility = nullptr;  // [size, num_columns], as ShapeUtility gives it, 0 or more
  const float* weights = nullptr;  // [num_columns], 0 or more
  const int32_t* map = nullptr;    // [size] feature map of each; null: all on one
  int64_t size = 0;
  int64_t num_columns = 0;
};

// Sums run in this many lanes: column i in lane i % kSelectLanes.
constexpr int64_t kSelectLanes = 16;

// The number of columns with the padding that scratch memory needs.
constexpr int64_t PadSelectColumns(int64_t num_columns) {
  return (num_columns + kSelectLanes - 1) / kSelectLanes * kSelectLanes;
}

// Memory that SelectShapes works in.
struct SelectScratch {
  float* best = nullptr;        // [num_columns]
  float* second = nullptr;      // [num_columns]
  float* added = nullptr;       // [num_columns, padded]
  float* kept = nullptr;        // [num_columns, padded]
  int32_t* holder = nullptr;    // [num_columns, padded]
  uint8_t* is_used = nullptr;   // [candidates]
  uint8_t* is_whole = nullptr;  // [num_columns, padded, / kSelectLanes]
  double* removal = nullptr;    // [selection]
  double* lanes = nullptr;      // [selection, kSelectLanes]
};

// Betters a selection of candidates by swaps until no swap of one for another on the same feature
// map gives more: a local maximum of the weighted sum over columns of the largest utility. (A
// k-medians problem; the search is the eager swap of FasterPAM, Schubert and Rousseeuw, 2021.)
//
// Products of a utility and a weight are float32, their sums float64.
//
// selection: [selection_size], 1 or more distinct indices of candidates; replaced. value: what it
//   reaches.
Status SelectShapes(const Candidates& candidates, int64_t selection_size,
                    const SelectScratch& scratch, int32_t* selection, double* value);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SELECT_SHAPES_H_
