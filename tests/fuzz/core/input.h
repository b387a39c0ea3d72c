#ifndef MEDIAPIPE_ANCHORS_TESTS_FUZZ_INPUT_H_
#define MEDIAPIPE_ANCHORS_TESTS_FUZZ_INPUT_H_

// Turns the bytes of a fuzzer into options and tensors. A number takes one byte where it is small
// or extreme, else five, so that a change of one byte gives another value worth trying.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "mediapipe_anchors/options.h"
#include "mediapipe_anchors/span.h"
#include "mediapipe_anchors/status.h"
#include "mediapipe_anchors/tensor.h"

namespace mediapipe_anchors::fuzz {

// Tensors of a fuzzer hold at most so many values.
inline constexpr int64_t kMostValues = 1 << 14;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  // 0 behind the end.
  uint8_t Byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }

  bool Flag() { return (Byte() & 1) != 0; }

  // Between 0 and `most`, which is below 256.
  int32_t Size(int32_t most) { return Byte() % (most + 1); }

  int32_t Int32() {
    constexpr int32_t kExtremes[] = {std::numeric_limits<int32_t>::min(),
                                     std::numeric_limits<int32_t>::min() + 1,
                                     std::numeric_limits<int32_t>::max(),
                                     std::numeric_limits<int32_t>::max() - 1,
                                     1 << 30,
                                     1 << 16};
    const int32_t kind = Byte();
    if (kind < 240) return kind < 200 ? kind : kind - 240;
    if (kind < 246) return kExtremes[kind - 240];
    return Raw<int32_t>();
  }

  float Float() {
    using Limits = std::numeric_limits<float>;
    constexpr float kExtremes[] = {
        Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(),  Limits::max(),
        -Limits::max(),      Limits::min(),      Limits::denorm_min(), -0.0f,
        2147483648.0f,       -2147483904.0f};
    const int32_t kind = Byte();
    if (kind < 230) return static_cast<float>(kind < 200 ? kind : 200 - kind) / 16;
    if (kind < 240) return kExtremes[kind - 230];
    return Raw<float>();
  }

  // Of the size asked for exactly, so that AddressSanitizer sees the first access behind it.
  std::vector<float> Floats(int64_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = Float();
    return values;
  }

  std::vector<double> Doubles(int64_t count) {
    std::vector<double> values(count);
    for (double& value : values) value = Float();
    return values;
  }

  std::vector<int32_t> Int32s(int64_t count) {
    std::vector<int32_t> values(count);
    for (int32_t& value : values) value = Int32();
    return values;
  }

  std::optional<int32_t> MaybeInt32() {
    return Flag() ? std::optional<int32_t>(Int32()) : std::nullopt;
  }

  std::optional<float> MaybeFloat() {
    return Flag() ? std::optional<float>(Float()) : std::nullopt;
  }

 private:
  template <typename Number>
  Number Raw() {
    static_assert(sizeof(Number) == sizeof(uint32_t));
    uint32_t bits = 0;
    for (int shift = 0; shift < 32; shift += 8) bits |= uint32_t{Byte()} << shift;
    Number value;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }

  const uint8_t* data_;
  size_t left_;
};

template <typename Number>
Span<Number> SpanOf(const std::vector<Number>& values) {
  return {values.data(), static_cast<int64_t>(values.size())};
}

// A tensor with its memory.
struct Tensor {
  std::vector<float> values;
  TensorView view;
};

// `dims` or, now and then, any dimensions; false where these are too large to try.
inline bool ReadTensor(Input* input, std::vector<int64_t> dims, Tensor* tensor) {
  if (input->Byte() >= 240) {
    dims.resize(input->Size(kMaxTensorRank));
    for (int64_t& dim : dims) dim = input->Size(255);
  }
  int64_t count = 1;
  for (const int64_t dim : dims) {
    if (dim < 0 || dim > kMostValues) return false;
    count *= dim;
    if (count > kMostValues) return false;
  }
  tensor->values = input->Floats(count);
  tensor->view.data = tensor->values.data();
  tensor->view.rank = static_cast<int32_t>(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) tensor->view.dims[i] = dims[i];
  return true;
}

// Ends the process unless what a kernel promises holds.
inline void Require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// An error says what is wrong: where a kernel fails, with which field, and what it expected.
inline bool IsOk(const Status& status) {
  if (status.ok()) return true;
  Require(status.field[0] != '\0' && status.expected[0] != '\0', "an error names its field");
  return false;
}

}  // namespace mediapipe_anchors::fuzz

#endif  // MEDIAPIPE_ANCHORS_TESTS_FUZZ_INPUT_H_
