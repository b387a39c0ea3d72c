#include "check.h"
#include "mediapipe_anchors/generate_anchors.h"

namespace mediapipe_anchors {
namespace {

template <typename T, size_t N>
Span<T> SpanOf(const T (&values)[N]) {
  return {values, static_cast<int64_t>(N)};
}

const float kOne[] = {1.0f};

// 128 x 128, strides 8, 16, 16, 16: the anchors of MediaPipe's short-range face detector.
const int32_t kFaceStrides[] = {8, 16, 16, 16};

SsdAnchorsOptions FaceOptions() {
  SsdAnchorsOptions options;
  options.input_size_width = 128;
  options.input_size_height = 128;
  options.min_scale = 0.1484375f;
  options.max_scale = 0.75f;
  options.num_layers = 4;
  options.strides = SpanOf(kFaceStrides);
  options.aspect_ratios = SpanOf(kOne);
  options.fixed_anchor_size = true;
  return options;
}

constexpr int64_t kCapacity = 896;  // the anchors of FaceOptions

struct Anchors {
  int64_t count = 0;
  float values[4 * kCapacity] = {};

  float operator[](int64_t i) const { return values[i]; }
};

Anchors Generate(const SsdAnchorsOptions& options) {
  Anchors anchors;
  CHECK_OK(CountAnchors(options, &anchors.count));
  if (anchors.count > kCapacity) {
    CHECK_EQ(anchors.count, kCapacity);
    return anchors;
  }
  CHECK_OK(GenerateAnchors(options, anchors.values));
  return anchors;
}

Status StatusOf(const SsdAnchorsOptions& options) {
  int64_t count = 0;
  return CountAnchors(options, &count);
}

TEST(EqualStridesShareOneGrid) {
  const Anchors anchors = Generate(FaceOptions());
  CHECK_EQ(anchors.count, 16 * 16 * 2 + 8 * 8 * 6);
  CHECK_EQ(anchors[0], 0.03125);  // half a cell of 1/16
  CHECK_EQ(anchors[2], 1);
  CHECK_EQ(anchors[4 * 2], 0.09375);   // the next cell after two anchors
  CHECK_EQ(anchors[4 * 512], 0.0625);  // the first cell of the 8 x 8 grid
  CHECK_EQ(anchors[4 * 518], 0.1875);  // six anchors further: the next cell
}

TEST(ReducedLowestLayerAndInterpolatedAspect) {
  const int32_t strides[] = {16, 32};
  const float ratios[] = {1.0f, 4.0f};
  SsdAnchorsOptions options;
  options.input_size_width = 32;
  options.input_size_height = 32;
  options.min_scale = 0.25f;
  options.max_scale = 0.5f;
  options.num_layers = 2;
  options.strides = SpanOf(strides);
  options.aspect_ratios = SpanOf(ratios);
  options.reduce_boxes_in_lowest_layer = true;
  const Anchors anchors = Generate(options);
  CHECK_EQ(anchors.count, 4 * 3 + 1 * 3);
  CHECK_EQ(anchors[2], 0.1f);
  CHECK_EQ(anchors[4 * 1 + 2], 0.25f * 1.41421354f);  // aspect 2: w = scale * sqrt(2)
  CHECK_EQ(anchors[4 * 2 + 3], 0.25f / 0.707106769f);
  const float* last = anchors.values + 4 * 12;
  CHECK_EQ(last[2], 0.5);
  CHECK_EQ(last[4 + 2], 1.0);           // aspect 4: w = scale * 2
  CHECK_EQ(last[4 + 3], 0.25);          // h = scale / 2
  CHECK_EQ(last[8 + 2], 0.707106769f);  // sqrt(0.5 * 1): the interpolated shape of the last layer
}

TEST(MultiscaleOffsetIsHalfAStrideOnlyWhereTheLevelDivides) {
  const int32_t strides[] = {8};
  SsdAnchorsOptions options;
  options.input_size_width = 16;
  options.input_size_height = 12;  // not divisible by 8: offset 0
  options.strides = SpanOf(strides);
  options.aspect_ratios = SpanOf(kOne);
  options.multiscale_anchor_generation = true;
  options.min_level = 3;
  options.max_level = 3;
  options.scales_per_octave = 1;
  options.normalize_coordinates = false;
  const Anchors anchors = Generate(options);
  CHECK_EQ(anchors.count, 2 * 2);
  CHECK_EQ(anchors[0], 4);
  CHECK_EQ(anchors[1], 0);
  CHECK_EQ(anchors[2], 32);  // stride 8 * anchor_scale 4
}

TEST(WhatMediaPipeHangsOnIsAnError) {
  const int32_t sizes[] = {4};
  SsdAnchorsOptions options = FaceOptions();
  options.num_layers = 1;
  options.strides = {};
  options.feature_map_width = SpanOf(sizes);
  options.feature_map_height = SpanOf(sizes);
  CHECK_BLAMES(StatusOf(options), "strides");
}

TEST(WhatMediaPipeAbortsOnIsAnError) {
  SsdAnchorsOptions options = FaceOptions();
  options.num_layers = 5;
  CHECK_BLAMES(StatusOf(options), "num_layers");
  const int32_t zero[] = {0, 16, 16, 16};
  options = FaceOptions();
  options.strides = SpanOf(zero);
  CHECK_BLAMES(StatusOf(options), "strides");
}

TEST(FixedAnchorsExcludeGeneratingFields) {
  const float fixed[] = {0.5f, 0.5f, 0.25f, 0.125f};
  SsdAnchorsOptions options;
  options.fixed_anchors = SpanOf(fixed);
  CHECK_EQ(Generate(options)[3], 0.125);
  options.min_scale = 0.0f;  // present, though 0
  CHECK_BLAMES(StatusOf(options), "min_scale");
}

TEST(FixedAnchorsHaveFourNumbersEach) {
  const float fixed[] = {0.5f, 0.5f, 0.25f};
  SsdAnchorsOptions options;
  options.fixed_anchors = SpanOf(fixed);
  CHECK_BLAMES(StatusOf(options), "fixed_anchors");
}

TEST(HugeGridsAreRefused) {
  const int32_t huge[] = {2147483647};
  SsdAnchorsOptions options = FaceOptions();
  options.num_layers = 1;
  options.strides = {kFaceStrides, 1};
  options.feature_map_width = SpanOf(huge);
  options.feature_map_height = SpanOf(huge);
  CHECK_BLAMES(StatusOf(options), "feature_map_height");
}

}  // namespace
}  // namespace mediapipe_anchors
