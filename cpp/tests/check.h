#ifndef MEDIAPIPE_ANCHORS_TESTS_CHECK_H_
#define MEDIAPIPE_ANCHORS_TESTS_CHECK_H_

// The little that the core's tests need, without heap or streams, so that the same suite also runs
// on targets that have neither.

#include <cstdint>
#include <cstring>

namespace mediapipe_anchors::testing {

class Test {
 public:
  Test(const char* name, void (*body)()) : name_(name), body_(body), next_(first_) {
    first_ = this;
  }

  // Runs every test; returns how many failed.
  static int RunAll();

 private:
  const char* name_;
  void (*body_)();
  Test* next_;
  static Test* first_;
};

// Each reports a failed check of the test that runs.
void Fail(const char* file, int line, const char* what, double got, double expected);
void Fail(const char* file, int line, const char* what, const char* got, const char* expected);

inline void CheckNumber(const char* file, int line, const char* what, double got, double expected) {
  const bool both_nan = got != got && expected != expected;
  if (!(got == expected || both_nan)) Fail(file, line, what, got, expected);
}

inline void CheckText(const char* file, int line, const char* what, const char* got,
                      const char* expected) {
  if (std::strcmp(got, expected) != 0) Fail(file, line, what, got, expected);
}

}  // namespace mediapipe_anchors::testing

#define TEST(name)                                                     \
  static void name();                                                  \
  static ::mediapipe_anchors::testing::Test name##_test(#name, &name); \
  static void name()
#define CHECK_EQ(got, expected) \
  ::mediapipe_anchors::testing::CheckNumber(__FILE__, __LINE__, #got, got, expected)
#define CHECK_OK(status) CHECK_EQ(static_cast<int>((status).code), 0)
// The status blames this field.
#define CHECK_BLAMES(status, name) \
  ::mediapipe_anchors::testing::CheckText(__FILE__, __LINE__, #status, (status).field, name)

#endif  // MEDIAPIPE_ANCHORS_TESTS_CHECK_H_
