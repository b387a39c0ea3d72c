#include "mediapipe_anchors/select_shapes.h"

#include <algorithm>
#include <limits>

#include "vectorize.h"

namespace mediapipe_anchors {
namespace {

constexpr int64_t kBlock = 16;       // columns passed over at a time where a candidate adds nothing
constexpr double kLeastGain = 1e-7;  // of the total weight or value: so swaps come to an end

// Whether any value is above the limit in its place.
inline bool AnyAbove(const float* values, const float* limits, int64_t size) {
  int32_t above = 0;
  for (int64_t i = 0; i < size; ++i) above |= int32_t{values[i] > limits[i]};
  return above != 0;
}

// The state of a selection: for each column who serves it best, how well, and the runner-up.
class Selection {
 public:
  Selection(const Candidates& candidates, const SelectScratch& scratch, int64_t size,
            int32_t* members)
      : candidates_(candidates), scratch_(scratch), size_(size), members_(members) {
    std::fill_n(scratch_.is_used, candidates_.size, uint8_t{0});
    for (int64_t j = 0; j < size_; ++j) scratch_.is_used[members_[j]] = 1;
    Update();
  }

  bool Holds(int64_t candidate) const { return scratch_.is_used[candidate] != 0; }

  // The member whose place the candidate would best take, and what that gains in all.
  double BestSwap(int64_t candidate, int64_t* member) const {
    std::copy_n(scratch_.removal, size_, scratch_.change);
    const double added = Change(candidate);
    *member = -1;
    double best = 0;
    for (int64_t j = 0; j < size_; ++j) {
      if (MapOf(members_[j]) != MapOf(candidate)) continue;
      if (*member < 0 || scratch_.change[j] > best) {
        best = scratch_.change[j];
        *member = j;
      }
    }
    return *member < 0 ? 0 : added + best;
  }

  void Swap(int64_t member, int64_t candidate) {
    scratch_.is_used[members_[member]] = 0;
    members_[member] = static_cast<int32_t>(candidate);
    scratch_.is_used[candidate] = 1;
    Update();
  }

  double Value() const {
    double value = 0;
    for (int64_t i = 0; i < candidates_.num_columns; ++i) {
      value += double{candidates_.weights[i]} * scratch_.best[i];
    }
    return value;
  }

 private:
  const float* Row(int64_t candidate) const {
    return candidates_.utility + candidate * candidates_.num_columns;
  }

  int32_t MapOf(int64_t candidate) const {
    return candidates_.map == nullptr ? 0 : candidates_.map[candidate];
  }

  // What the candidate adds to the best; change[j] becomes what is lost without member j, given it.
  MPA_VECTORIZE double Change(int64_t candidate) const {
    const float* row = Row(candidate);
    double added = 0;
    for (int64_t begin = 0; begin < candidates_.num_columns; begin += kBlock) {
      const int64_t end = std::min(begin + kBlock, candidates_.num_columns);
      if (AnyAbove(row + begin, scratch_.second + begin, end - begin)) {
        added += ChangeIn(row, begin, end);
      }
    }
    return added;
  }

  double ChangeIn(const float* row, int64_t begin, int64_t end) const {
    double added = 0;
    for (int64_t i = begin; i < end; ++i) {
      const double value = row[i];  // differences of floats are exact in double: no gain is noise
      if (!(value > scratch_.second[i])) continue;
      const double weight = candidates_.weights[i];
      double& change = scratch_.change[scratch_.holder[i]];
      if (value > scratch_.best[i]) {
        added += weight * (value - scratch_.best[i]);
        change += weight * (double{scratch_.best[i]} - scratch_.second[i]);
      } else {
        change += weight * (value - scratch_.second[i]);
      }
    }
    return added;
  }

  MPA_VECTORIZE void Update() {
    std::fill_n(scratch_.best, candidates_.num_columns, 0.0f);
    std::fill_n(scratch_.second, candidates_.num_columns, 0.0f);
    std::fill_n(scratch_.holder, candidates_.num_columns, 0);
    for (int64_t j = 0; j < size_; ++j) {
      const float* row = Row(members_[j]);
      for (int64_t i = 0; i < candidates_.num_columns; ++i) {
        if (row[i] > scratch_.best[i]) {
          scratch_.second[i] = scratch_.best[i];
          scratch_.best[i] = row[i];
          scratch_.holder[i] = static_cast<int32_t>(j);
        } else {
          scratch_.second[i] = std::max(scratch_.second[i], row[i]);
        }
      }
    }
    std::fill_n(scratch_.removal, size_, 0.0);
    for (int64_t i = 0; i < candidates_.num_columns; ++i) {
      scratch_.removal[scratch_.holder[i]] +=
          candidates_.weights[i] * (double{scratch_.second[i]} - scratch_.best[i]);
    }
  }

  const Candidates& candidates_;
  const SelectScratch& scratch_;
  const int64_t size_;
  int32_t* members_;
};

Status CheckSelection(const Candidates& candidates, int64_t size, const int32_t* selection,
                      uint8_t* seen) {
  if (size < 1) return BadShape("selection", 0, size, "at least 1 candidate");
  std::fill_n(seen, candidates.size, uint8_t{0});
  for (int64_t j = 0; j < size; ++j) {
    if (selection[j] < 0 || selection[j] >= candidates.size || seen[selection[j]] != 0) {
      return BadTensor("selection", j, selection[j], "distinct indices below {}, the candidates",
                       static_cast<double>(candidates.size));
    }
    seen[selection[j]] = 1;
  }
  return {};
}

// Swaps better a sum of weights that are not negative; with others they might never end.
Status SumWeights(const Candidates& candidates, double* total) {
  *total = 0;
  for (int64_t i = 0; i < candidates.num_columns; ++i) {
    const float weight = candidates.weights[i];
    if (!(weight >= 0 && weight <= std::numeric_limits<float>::max())) {
      return BadTensor("weights", i, weight, "finite weights of 0 or more");
    }
    *total += weight;
  }
  return {};
}

}  // namespace

Status SelectShapes(const Candidates& candidates, int64_t selection_size,
                    const SelectScratch& scratch, int32_t* selection, double* value) {
  MPA_RETURN_IF_ERROR(CheckSelection(candidates, selection_size, selection, scratch.is_used));
  double scale = 0;
  MPA_RETURN_IF_ERROR(SumWeights(candidates, &scale));
  Selection current(candidates, scratch, selection_size, selection);
  // One candidate after the other, around and around, until a whole round has bettered nothing.
  for (int64_t at = 0, last = 0; at - last < candidates.size; ++at) {
    const int64_t candidate = at % candidates.size;
    if (current.Holds(candidate)) continue;
    int64_t member = 0;
    if (current.BestSwap(candidate, &member) > kLeastGain * scale) {
      current.Swap(member, candidate);
      scale = std::max(scale, current.Value());
      last = at;
    }
  }
  *value = current.Value();
  return {};
}

}  // namespace mediapipe_anchors
