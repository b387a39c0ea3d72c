#!/bin/sh
# Builds, installs and tests the package on another Python, if there is one: python_test.sh 3.12
set -eu
version=$1

# A pyenv shim exists even for a version that is not switched on: then take the version beside it.
find_python() {
  shim=$(command -v "python$version" || true)
  for candidate in "$shim" "${shim%/shims/*}/versions/$version".*/bin/python; do
    if "$candidate" -c "" 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

python=$(find_python)
if [ -z "$python" ]; then
  echo "Python $version: not on this machine, skipped"
  exit 0
fi
echo "Python $version: $python"
venv=$PWD/.venv-$version
"$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check ".[test]"
tools/installed_test.sh "$venv"
