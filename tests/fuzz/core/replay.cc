// Runs a harness once on each of the files named, without libFuzzer and whatever the compiler.

#include <cstdint>
#include <cstdio>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::FILE* file = std::fopen(argv[i], "rb");
    if (file == nullptr) {
      std::perror(argv[i]);
      return 1;
    }
    std::vector<uint8_t> data;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
      data.push_back(static_cast<uint8_t>(c));
    }
    std::fclose(file);
    std::printf("%s\n", argv[i]);
    std::fflush(stdout);  // so that the last line names the file that ends the process
    LLVMFuzzerTestOneInput(data.data(), data.size());
  }
  std::printf("%d inputs\n", argc - 1);
  return argc > 1 ? 0 : 1;
}
