#!/bin/sh
# Fuzzes the Python side and the core side by side: fuzz.sh BIN_DIR SECONDS
# BIN_DIR holds the python, cmake and ninja to use. The core needs a Clang with libFuzzer.
set -eu
bin=$1
seconds=$2
build=build/fuzz

# The first Clang that can link a libFuzzer program.
find_clang() {
  mkdir -p "$build"
  echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' \
    >"$build/probe.cc"
  for clang in clang++ clang++-22 clang++-21 clang++-20 clang++-19 clang++-18 clang++-17 \
    clang++-16 clang++-15 clang++-14; do
    if "$clang" -fsanitize=fuzzer,address "$build/probe.cc" -o "$build/probe" 2>/dev/null; then
      command -v "$clang"
      return
    fi
  done
}

clang=$(find_clang)
if [ -z "$clang" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Clang with libFuzzer (apt-get), for the core"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    clang llvm libclang-rt-dev >"$build/apt.log" 2>&1 || cat "$build/apt.log"
  clang=$(find_clang)
fi

core=
if [ -n "$clang" ]; then
  "$bin/cmake" -S . -B "$build" -G Ninja -DCMAKE_MAKE_PROGRAM="$PWD/$bin/ninja" \
    -DCMAKE_CXX_COMPILER="$clang" -DMEDIAPIPE_ANCHORS_FUZZ=ON >/dev/null
  "$bin/cmake" --build "$build" >/dev/null
  core="--core $build/tests/fuzz/core"
elif [ -n "${CI:-}" ]; then
  echo "The core is not fuzzed: no Clang with libFuzzer, and it could not be installed" >&2
  exit 1
else
  echo "The core is not fuzzed, skipped: no Clang with libFuzzer on this machine (Debian, as root:"
  echo "apt-get install clang libclang-rt-dev)"
fi
# shellcheck disable=SC2086 # $core is two words or none
exec "$bin/python" tests/fuzz/run.py --seconds "$seconds" $core
