#ifndef MEDIAPIPE_ANCHORS_SRC_CLASS_FILTER_H_
#define MEDIAPIPE_ANCHORS_SRC_CLASS_FILTER_H_

#include <algorithm>
#include <cstdint>

#include "mediapipe_anchors/options.h"

namespace mediapipe_anchors {

// allow_classes and ignore_classes. With an empty list every class passes, -1 ("no class won") too.
class ClassFilter {
 public:
  explicit ClassFilter(const TensorsToDetectionsOptions& options)
      : is_allowlist_(!options.allow_classes.empty()),
        listed_(is_allowlist_ ? options.allow_classes : options.ignore_classes) {}

  bool PassesAll() const { return listed_.empty(); }

  bool Passes(int32_t class_id) const {
    if (listed_.empty()) return true;
    const bool found = std::find(listed_.begin(), listed_.end(), class_id) != listed_.end();
    return found == is_allowlist_;
  }

 private:
  bool is_allowlist_;
  Span<int32_t> listed_;
};

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SRC_CLASS_FILTER_H_
