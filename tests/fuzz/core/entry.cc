// Where libFuzzer and the replay enter a harness, which limits the time that an input takes.

#include <ctime>

#include "input.h"

namespace mediapipe_anchors::fuzz {

void Try(Input* input);  // of the harness

}  // namespace mediapipe_anchors::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mediapipe_anchors::fuzz::Input;
  // Of the processor, and three times before it counts: a busy machine is no fault of the input.
  for (int i = 0; i < 3; ++i) {
    const std::clock_t start = std::clock();
    Input input(data, size);
    mediapipe_anchors::fuzz::Try(&input);
    if (std::clock() - start < CLOCKS_PER_SEC) return 0;
  }
  mediapipe_anchors::fuzz::Require(false, "an input takes less than a second");
  return 0;
}
