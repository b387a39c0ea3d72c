#ifndef MEDIAPIPE_ANCHORS_SPAN_H_
#define MEDIAPIPE_ANCHORS_SPAN_H_

#include <cstdint>

namespace mediapipe_anchors {

// A pointer and a count; the memory belongs to the caller. (C++17 has no std::span.)
template <typename T>
struct Span {
  const T* data = nullptr;
  int64_t size = 0;

  const T& operator[](int64_t i) const { return data[i]; }
  const T* begin() const { return data; }
  const T* end() const { return data + size; }
  bool empty() const { return size == 0; }
};

}  // namespace mediapipe_anchors

#endif  // MEDIAPIPE_ANCHORS_SPAN_H_
