#include "mediapipe_anchors/generate_anchors.h"

#include "input.h"

namespace mediapipe_anchors::fuzz {
namespace {

constexpr int64_t kMostAnchors = 1 << 16;  // larger grids differ in nothing but time

struct Lists {
  std::vector<int32_t> width, height, strides;
  std::vector<float> aspect_ratios, fixed_anchors;
};

SsdAnchorsOptions ReadOptions(Input* input, Lists* lists) {
  SsdAnchorsOptions options;
  options.input_size_width = input->MaybeInt32();
  options.input_size_height = input->MaybeInt32();
  options.min_scale = input->MaybeFloat();
  options.max_scale = input->MaybeFloat();
  options.anchor_offset_x = input->Float();
  options.anchor_offset_y = input->Float();
  const int32_t layers = input->Size(8);
  options.num_layers = input->Byte() < 200 ? layers : input->MaybeInt32();
  options.multiscale_anchor_generation = input->Flag();
  options.min_level = input->Int32();
  options.max_level = input->Byte() < 200
                          ? static_cast<int32_t>(int64_t{options.min_level} + layers - 1)
                          : input->Int32();
  if (input->Flag()) {
    lists->width = input->Int32s(layers);
    lists->height = input->Int32s(input->Byte() < 250 ? layers : input->Size(8));
  }
  lists->strides = input->Int32s(input->Byte() < 200 ? layers : input->Size(8));
  lists->aspect_ratios = input->Floats(input->Size(4));
  options.reduce_boxes_in_lowest_layer = input->Flag();
  options.interpolated_scale_aspect_ratio = input->Float();
  options.fixed_anchor_size = input->Flag();
  options.anchor_scale = input->Float();
  options.scales_per_octave = input->Int32();
  options.normalize_coordinates = input->Flag();
  if (input->Byte() >= 240) lists->fixed_anchors = input->Floats(input->Size(16));
  options.feature_map_width = SpanOf(lists->width);
  options.feature_map_height = SpanOf(lists->height);
  options.strides = SpanOf(lists->strides);
  options.aspect_ratios = SpanOf(lists->aspect_ratios);
  options.fixed_anchors = SpanOf(lists->fixed_anchors);
  return options;
}

}  // namespace

void Try(Input* input) {
  Lists lists;
  const SsdAnchorsOptions options = ReadOptions(input, &lists);
  int64_t count = -1;
  const bool valid = IsOk(CountAnchors(options, &count));
  Require(valid == ValidateOptions(options).ok(), "valid options can be counted");
  if (!valid) return;
  Require(count >= 0 && count <= kMaxAnchors, "the count is within its limit");
  if (count > kMostAnchors) return;
  std::vector<float> anchors(4 * count);
  Require(GenerateAnchors(options, anchors.data()).ok(), "what was counted is generated");
}

}  // namespace mediapipe_anchors::fuzz
