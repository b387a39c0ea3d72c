# Two commands on a fresh machine with Python 3.11, a C++ compiler and make:
#   make demo   fits anchors to real boxes and runs a real graph; leaves its results in out/
#   make test   runs every check (make test-fast: the everyday ones)
# Each sets up its own virtual environments; PYTHON=... chooses another interpreter.

PYTHON ?= python3.11
# Absent interpreters are skipped, and said to be.
OTHER_PYTHONS ?= 3.10 3.12 3.13

# Versions beside which the package is tested: the last MediaPipe with a graph API (numpy 1, protobuf 4),
# and the Tasks line (numpy 2), here with protobuf 7. Both run what `embed_anchors` writes.
VENV := .venv
VENV_TASKS := .venv-tasks
TASKS_LINE := "mediapipe==1.2.2" "protobuf>=7"
# Tests run on every processor, those of a file on one; RUN_TESTS=-q for a single process.
export RUN_TESTS ?= -q -n auto --dist loadfile
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
# What an editable installation is built from, and what any other is.
CORE := pyproject.toml setup.py CMakeLists.txt $(wildcard cpp/src/* cpp/bindings/* cpp/include/mediapipe_anchors/*)
CPP_FILES := $(shell git ls-files 'cpp/*.h' 'cpp/*.cc' 'tests/fuzz/*.h' 'tests/fuzz/*.cc')
PACKAGE := $(CORE) $(shell git ls-files mediapipe_anchors)

# How long `make fuzz` takes, each side.
SECONDS := 60

.PHONY: demo test test-fast lint cpp-test python-test tasks-test wheel-test other-pythons fuzz format \
  clean

demo: .venv-demo/.ready
	.venv-demo/bin/python examples/demo.py out

test: lint cpp-test fuzz python-test tasks-test wheel-test other-pythons
	@echo "All checks passed."

test-fast: lint $(VENV)/.ready
	$(VENV)/bin/python -m pytest $(RUN_TESTS) -m "not slow"

lint: $(VENV)/.ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/clang-format --dry-run --Werror $(CPP_FILES)

# The same C++ suite, optimised and with AddressSanitizer and UBSan.
cpp-test: $(VENV)/.ready
	tools/cpp_test.sh $(VENV)/bin build/cpp
	tools/cpp_test.sh $(VENV)/bin build/cpp-sanitize -DMEDIAPIPE_ANCHORS_SANITIZE=ON

# What reads files, in Python, and the core side by side, each for SECONDS in all. Inputs that break
# something lie in build/fuzz/found; it says how to play them again. They go to tests/fuzz/corpus.
fuzz: $(VENV)/.ready
	tools/fuzz.sh $(VENV)/bin $(SECONDS)

python-test: $(VENV)/.ready
	$(VENV)/bin/python -m pytest $(RUN_TESTS) --durations=10

tasks-test: $(VENV_TASKS)/.ready
	tools/installed_test.sh $(CURDIR)/$(VENV_TASKS)

# The built wheel installs into an empty environment and works there.
wheel-test: $(VENV)/.ready
	tools/wheel_test.sh $(PYTHON) $(VENV)/bin/python

# Build, install and fast tests on the other supported Pythons.
other-pythons:
	for version in $(OTHER_PYTHONS); do tools/python_test.sh $$version || exit 1; done

format: $(VENV)/.ready
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	$(VENV)/bin/clang-format -i $(CPP_FILES)

$(VENV)/.ready: $(CORE)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python $(PIP_INSTALL) -e ".[graph,video,plot,dev]"
	touch $@

$(VENV_TASKS)/.ready: $(PACKAGE)
	$(PYTHON) -m venv $(VENV_TASKS)
	$(VENV_TASKS)/bin/python $(PIP_INSTALL) ".[tasks,litert,test]" $(TASKS_LINE)
	touch $@

.venv-demo/.ready: $(PACKAGE)
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python $(PIP_INSTALL) ".[graph]" motmetrics scikit-image
	touch $@

clean:
	rm -rf .venv .venv-* build dist out *.egg-info mediapipe_anchors/*.so
