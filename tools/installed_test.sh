#!/bin/sh
# Runs the fast tests on the package that is installed in an environment: installed_test.sh VENV
# From a folder without the sources: Python would import those instead.
set -eu
tests=$PWD/tests
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$1/bin/python" -m pytest ${RUN_TESTS:--q} -m "not slow" "$tests"
