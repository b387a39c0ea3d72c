#include "mediapipe_anchors/select_shapes.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "vectorize.h"

namespace mediapipe_anchors {
namespace {

constexpr int64_t kLanes = kSelectLanes;
// Of the total weight or value: so swaps come to an end. Above what rounding to float32 can feign.
constexpr double kLeastGain = 1e-6;

MPA_INLINE bool AreZero(const float* values) {
  uint64_t words[kLanes / 2];
  std::memcpy(words, values, sizeof(words));
  uint64_t any = 0;
  for (const uint64_t word : words) any |= word;
  return any == 0;
}

bool AreEqual(const int32_t* values) {
  return std::all_of(values, values + kLanes, [=](int32_t value) { return value == values[0]; });
}

MPA_INLINE double Sum(const double* lanes) {
  double sums[4];
  for (int i = 0; i < 4; ++i) sums[i] = (lanes[i] + lanes[i + 4]) + (lanes[i + 8] + lanes[i + 12]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// The state of a selection: for each column who serves it best, how well, and the runner-up.
class Selection {
 public:
  Selection(const Candidates& candidates, const SelectScratch& scratch, int64_t size,
            int32_t* members)
      : candidates_(candidates), scratch_(scratch), size_(size), members_(members) {
    std::fill_n(scratch_.is_used, candidates_.size, uint8_t{0});
    for (int64_t j = 0; j < size_; ++j) scratch_.is_used[members_[j]] = 1;
    const int64_t padded = PadSelectColumns(candidates_.num_columns);
    for (int64_t i = candidates_.num_columns; i < padded; ++i) {
      scratch_.added[i] = scratch_.kept[i] = 0;
      scratch_.holder[i] = 0;
    }
    Update();
  }

  bool Holds(int64_t candidate) const { return scratch_.is_used[candidate] != 0; }

  // The member whose place the candidate would best take, and what that gains in all.
  double BestSwap(int64_t candidate, int64_t* member) const {
    const double added = Change(candidate);
    *member = -1;
    double best = 0;
    for (int64_t j = 0; j < size_; ++j) {
      if (MapOf(members_[j]) != MapOf(candidate)) continue;
      const double change = scratch_.removal[j] + Sum(scratch_.lanes + j * kLanes);
      if (*member < 0 || change > best) {
        best = change;
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

  double Value() const { return value_; }

 private:
  const float* Row(int64_t candidate) const {
    return candidates_.utility + candidate * candidates_.num_columns;
  }

  int32_t MapOf(int64_t candidate) const {
    return candidates_.map == nullptr ? 0 : candidates_.map[candidate];
  }

  // What the candidate adds to the best; lanes[j] add up to what is not lost, then, without j.
  MPA_VECTORIZE double Change(int64_t candidate) const {
    const float* row = Row(candidate);
    const float* weights = candidates_.weights;
    const float* best = scratch_.best;
    const float* second = scratch_.second;
    for (int64_t i = 0; i < candidates_.num_columns; ++i) {
      const float value = Larger(second[i], row[i]);
      scratch_.added[i] = weights[i] * (Larger(best[i], value) - best[i]);
      scratch_.kept[i] = weights[i] * (Smaller(best[i], value) - second[i]);
    }
    double added[kLanes] = {};
    std::fill_n(scratch_.lanes, size_ * kLanes, 0.0);
    for (int64_t begin = 0; begin < candidates_.num_columns; begin += kLanes) {
      if (AreZero(scratch_.kept + begin) && AreZero(scratch_.added + begin)) continue;
      for (int64_t i = 0; i < kLanes; ++i) added[i] += scratch_.added[begin + i];
      AddToHolders(scratch_.kept + begin, begin);
    }
    return Sum(added);
  }

  // Finds who serves each column best, and what is lost without each member.
  void Update() {
    FindBestTwo();
    double value[kLanes] = {};
    std::fill_n(scratch_.lanes, size_ * kLanes, 0.0);
    for (int64_t begin = 0; begin < candidates_.num_columns; begin += kLanes) {
      scratch_.is_whole[begin / kLanes] = AreEqual(scratch_.holder + begin);
      for (int64_t i = 0; i < kLanes; ++i) value[i] += scratch_.added[begin + i];
      AddToHolders(scratch_.kept + begin, begin);
    }
    value_ = Sum(value);
    for (int64_t j = 0; j < size_; ++j) scratch_.removal[j] = Sum(scratch_.lanes + j * kLanes);
  }

  // added[i] becomes the worth of column i, and kept[i] minus what is lost without its holder.
  MPA_VECTORIZE void FindBestTwo() {
    float* best = scratch_.best;
    float* second = scratch_.second;
    int32_t* holder = scratch_.holder;
    std::fill_n(best, candidates_.num_columns, 0.0f);
    std::fill_n(second, candidates_.num_columns, 0.0f);
    std::fill_n(holder, candidates_.num_columns, 0);
    for (int64_t j = 0; j < size_; ++j) {
      const float* row = Row(members_[j]);
      for (int64_t i = 0; i < candidates_.num_columns; ++i) {
        second[i] = Larger(second[i], Smaller(best[i], row[i]));
        holder[i] = row[i] > best[i] ? static_cast<int32_t>(j) : holder[i];
        best[i] = Larger(best[i], row[i]);
      }
    }
    for (int64_t i = 0; i < candidates_.num_columns; ++i) {
      scratch_.added[i] = candidates_.weights[i] * best[i];
      scratch_.kept[i] = candidates_.weights[i] * (second[i] - best[i]);
    }
  }

  // Adds kLanes values to what the holders of the columns from `begin` on have.
  MPA_INLINE void AddToHolders(const float* values, int64_t begin) const {
    const int32_t* holder = scratch_.holder + begin;
    if (scratch_.is_whole[begin / kLanes] != 0) {  // one holds all: one run through memory
      double* lanes = scratch_.lanes + holder[0] * kLanes;
      for (int64_t i = 0; i < kLanes; ++i) lanes[i] += values[i];
    } else {
      for (int64_t i = 0; i < kLanes; ++i) scratch_.lanes[holder[i] * kLanes + i] += values[i];
    }
  }

  const Candidates& candidates_;
  const SelectScratch& scratch_;
  const int64_t size_;
  int32_t* members_;
  double value_ = 0;  // the weighted sum over columns of the best utility
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
  double total = 0;
  MPA_RETURN_IF_ERROR(SumWeights(candidates, &total));
  Selection current(candidates, scratch, selection_size, selection);
  double scale = std::max(total, current.Value());
  // One candidate after the other, around and around, until a whole round has bettered nothing.
  for (int64_t at = 0, last = 0; at - last < candidates.size; ++at) {
    const int64_t candidate = at % candidates.size;
    if (current.Holds(candidate)) continue;
    int64_t member = 0;
    if (current.BestSwap(candidate, &member) > kLeastGain * scale) {
      const double before = current.Value();
      current.Swap(member, candidate);
      // Utilities that are no numbers feign gains without end.
      if (!(current.Value() > before)) break;
      scale = std::max(scale, current.Value());
      last = at;
    }
  }
  *value = current.Value();
  return {};
}

}  // namespace mediapipe_anchors
