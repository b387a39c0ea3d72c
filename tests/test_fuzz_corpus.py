"""What fuzzing begins with, and all that it ever found, goes through its harness."""

from __future__ import annotations

import contextlib

import pytest
from fuzz import harnesses

from mediapipe_anchors import MediaPipeAnchorsError

INPUTS = [(name, path) for name in harnesses.NAMES for path in (harnesses.CORPUS / name).iterdir()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "path"), INPUTS, ids=lambda part: getattr(part, "name", part))
def test_input(name, path):
    harness = harnesses.load(name)
    with contextlib.suppress(MediaPipeAnchorsError):  # any other error fails
        harness.check(harnesses.expand(path.read_bytes(), harness.EXPANDED))


def test_every_harness_has_inputs():
    assert {name for name, _ in INPUTS} == set(harnesses.NAMES)
