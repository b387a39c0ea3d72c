#ifndef MEDIAPIPE_ANCHORS_COARSEN_SHAPES_H_
#define MEDIAPIPE_ANCHORS_COARSEN_SHAPES_H_

#include <cstdint>

#include "mediapipe_anchors/fit_types.h"
#include "mediapipe_anchors/status.h"

namespace mediapipe_anchors {

// Boxes that CoarsenShapes has put together: rows [begin, end) of the order.
struct ShapeGroup {
  int64_t begin;
  int64_t end;
  double weight;
  double mean[2];  // of log w and log h
  double spread;   // sum of weighted squared distances from the mean, along `axis`
  double split;    // the mean along `axis`, kept above the least and at most the largest
  int32_t axis;    // where the spread is larger: 0 is w, 1 is h
};

// Memory that CoarsenShapes works in.
struct CoarsenScratch {
  int32_t* order = nullptr;      // [boxes.size]
  double* logs = nullptr;        // [2, boxes.size]
  ShapeGroup* groups = nullptr;  // [max_groups]
};

// Puts boxes of like shape together, so that a search can work on few: splits the group with the
// largest weighted spread of log w or log h at its mean until there are max_groups, or until all
// boxes of a group are equal.
//
// boxes: sides positive, weights set; distances are not looked at. A group of no weight has
// sides 1. w, h, weights: [max_groups], of each group the sides (exp of the mean log) and total
// weight; like
//   groups stand near each other.
Status CoarsenShapes(const FitBoxes<double>& boxes, int64_t max_groups,
                     const CoarsenScratch& scratch, double* w, double* h, double* weights,
                     int64_t* num_groups);

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_COARSEN_SHAPES_H_
