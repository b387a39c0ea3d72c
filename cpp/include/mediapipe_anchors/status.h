#ifndef MEDIAPIPE_ANCHORS_STATUS_H_
#define MEDIAPIPE_ANCHORS_STATUS_H_

#include <cstdint>

namespace mediapipe_anchors {

enum class StatusCode : int32_t {
  kOk = 0,
  kBadOption = 1,  // an option that MediaPipe rejects, aborts on, hangs on, or leaves undefined
  kBadShape = 2,   // an array of the wrong shape; `index` is the dimension, or -1 for their number
  kBadTensor = 3,  // an array with a value that has no defined result; `index` is its place
};

// What a kernel found wrong. All text is static: a Status owns nothing and never allocates. Each
// edge (Python, C, MediaPipe) turns it into its own kind of error.
struct Status {
  StatusCode code = StatusCode::kOk;
  const char* field = "";     // option or tensor at fault
  int64_t index = -1;         // entry of that field, or -1
  double value = 0;           // what it holds
  const char* expected = "";  // what it should hold; "{}" stands for `limit`
  double limit = 0;
  const char* fix = "";  // what to do about it, may be empty

  bool ok() const { return code == StatusCode::kOk; }
};

inline Status BadOption(const char* field, double value, const char* expected, double limit = 0,
                        const char* fix = "") {
  return {StatusCode::kBadOption, field, -1, value, expected, limit, fix};
}

inline Status BadShape(const char* field, int64_t dimension, int64_t value, const char* expected,
                       int64_t limit = 0, const char* fix = "") {
  return {StatusCode::kBadShape,      field, dimension, static_cast<double>(value), expected,
          static_cast<double>(limit), fix};
}

inline Status BadTensor(const char* field, int64_t index, double value, const char* expected,
                        double limit = 0) {
  return {StatusCode::kBadTensor, field, index, value, expected, limit, ""};
}

}  // namespace mediapipe_anchors

// Returns from the calling function when `expression` is not ok.
#define MPA_RETURN_IF_ERROR(expression)                      \
  do {                                                       \
    const ::mediapipe_anchors::Status status = (expression); \
    if (!status.ok()) return status;                         \
  } while (false)

#endif  // MEDIAPIPE_ANCHORS_STATUS_H_
