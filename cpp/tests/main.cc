#include <cstdio>

#include "check.h"

namespace mediapipe_anchors::testing {

Test* Test::first_ = nullptr;

namespace {
bool failed = false;
}  // namespace

void Fail(const char* file, int line, const char* what, double got, double expected) {
  failed = true;
  std::printf("%s:%d: %s: got %.9g, expected %.9g\n", file, line, what, got, expected);
}

void Fail(const char* file, int line, const char* what, const char* got, const char* expected) {
  failed = true;
  std::printf("%s:%d: %s: got \"%s\", expected \"%s\"\n", file, line, what, got, expected);
}

int Test::RunAll() {
  int num_passed = 0;
  int num_failed = 0;
  for (const Test* test = first_; test != nullptr; test = test->next_) {
    failed = false;
    test->body_();
    std::printf("%s %s\n", failed ? "FAILED" : "ok    ", test->name_);
    ++(failed ? num_failed : num_passed);
  }
  std::printf("%d passed, %d failed\n", num_passed, num_failed);
  return num_failed;
}

}  // namespace mediapipe_anchors::testing

int main() { return mediapipe_anchors::testing::Test::RunAll() == 0 ? 0 : 1; }
