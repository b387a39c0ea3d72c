#!/bin/sh
# Builds the sdist, from it the wheel, and checks that in an empty environment:
# wheel_test.sh PYTHON BUILD_PYTHON
set -eu
work=build/wheel-test
rm -rf "$work"
mkdir -p "$work"
"$2" -m build --outdir "$work" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$1" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$work"/*.whl
ls -l "$work"/*.whl
checks=$PWD/tests/install
cd "$work"  # away from the sources, so that the installed package is what is imported
venv/bin/python "$checks/check_wheel.py" venv/bin/mediapipe-anchors
