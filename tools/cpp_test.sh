#!/bin/sh
# Builds and runs the C++ tests: cpp_test.sh BIN_DIR BUILD_DIR [CMAKE_OPTION...]
# BIN_DIR holds the cmake and ninja to use.
set -eu
bin=$1
build=$2
shift 2
"$bin/cmake" -S . -B "$build" -G Ninja -DCMAKE_MAKE_PROGRAM="$PWD/$bin/ninja" \
  -DMEDIAPIPE_ANCHORS_TESTS=ON "$@" >/dev/null
"$bin/cmake" --build "$build" >"$build/build.log" 2>&1 || { cat "$build/build.log"; exit 1; }
"$bin/ctest" --test-dir "$build" --output-on-failure
