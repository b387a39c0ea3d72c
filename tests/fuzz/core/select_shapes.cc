#include "mediapipe_anchors/select_shapes.h"

#include "input.h"

namespace mediapipe_anchors::fuzz {
namespace {

// The memory of a SelectScratch.
struct Scratch {
  std::vector<float> best, second, added, kept;
  std::vector<int32_t> holder;
  std::vector<uint8_t> is_used, is_whole;
  std::vector<double> removal, lanes;
  SelectScratch view;

  Scratch(int64_t columns, int64_t candidates, int64_t selection)
      : best(columns),
        second(columns),
        added(PadSelectColumns(columns)),
        kept(PadSelectColumns(columns)),
        holder(PadSelectColumns(columns)),
        is_used(candidates),
        is_whole(PadSelectColumns(columns) / kSelectLanes),
        removal(selection),
        lanes(selection * kSelectLanes) {
    view = {best.data(),    second.data(),   added.data(),   kept.data(), holder.data(),
            is_used.data(), is_whole.data(), removal.data(), lanes.data()};
  }
};

}  // namespace

void Try(Input* input) {
  Candidates candidates;
  candidates.size = input->Size(30);
  candidates.num_columns = input->Size(50);
  const std::vector<float> utility = input->Floats(candidates.size * candidates.num_columns);
  const std::vector<float> weights = input->Floats(candidates.num_columns);
  std::vector<int32_t> map;
  if (input->Flag()) map = input->Int32s(candidates.size);
  candidates.utility = utility.data();
  candidates.weights = weights.data();
  candidates.map = map.empty() ? nullptr : map.data();
  std::vector<int32_t> selection = input->Int32s(input->Size(6));
  const auto size = static_cast<int64_t>(selection.size());
  Scratch scratch(candidates.num_columns, candidates.size, size);
  double value = 0;
  if (!IsOk(SelectShapes(candidates, size, scratch.view, selection.data(), &value))) return;
  std::vector<bool> seen(candidates.size);
  for (const int32_t candidate : selection) {
    Require(candidate >= 0 && candidate < candidates.size, "a candidate is selected");
    Require(!seen[candidate], "no candidate is selected twice");
    seen[candidate] = true;
  }
}

}  // namespace mediapipe_anchors::fuzz
