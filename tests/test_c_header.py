"""Anchors as a C header, compiled."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mediapipe_anchors.anchors import generate_anchors, read_anchors, write_anchors
from mediapipe_anchors.c_header import ALIGNMENT, c_name
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.presets import preset

# Prints the array's bytes, and fails where size or alignment are not as stated.
PROGRAM = """
#include <stdint.h>
#include <stdio.h>
#include "face_anchors.h"
#include "face_anchors.h"
int main(void) {
  if (sizeof(face_anchors) != FACE_ANCHORS_COUNT * FACE_ANCHORS_COLUMNS * sizeof(float)) return 1;
  if ((uintptr_t)face_anchors % FACE_ANCHORS_ALIGNMENT != 0) return 2;
  return fwrite(face_anchors, sizeof(face_anchors), 1, stdout) == 1 ? 0 : 3;
}
"""
COMPILERS = {
    "c99": ("gcc", "-std=c99"),
    "c17": ("gcc", "-std=c17"),
    "c++11": ("g++", "-std=c++11", "-x", "c++"),
    "c++17": ("g++", "-std=c++17", "-x", "c++"),
}
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


def hard_anchors() -> np.ndarray:
    """Every kind of float32: random bits, the smallest and largest, zeros, whole numbers."""
    bits = np.random.default_rng(0).integers(0, 2**32, 4000, dtype=np.uint32)
    values = bits.view(np.float32)
    values = values[np.isfinite(values)]
    edges = np.array([0.0, -0.0, 1.0, -1.0, 1e-45, 1.1754944e-38, 3.4028235e38, 1 / 3], np.float32)
    values = np.concatenate([edges, values])
    return values[: len(values) // 4 * 4].reshape(-1, 4)


@pytest.mark.parametrize("standard", COMPILERS)
def test_compiles_and_holds_the_same_bits(standard, tmp_path: Path):
    compiler, *options = COMPILERS[standard]
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    anchors = hard_anchors()
    write_anchors(tmp_path / "face_anchors.h", anchors)
    (tmp_path / "main.c").write_text(PROGRAM)
    command = [compiler, *options, *STRICT, "main.c", "-o", "main"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([tmp_path / "main"], capture_output=True, check=True)
    assert ran.stdout == anchors.tobytes()


def test_what_it_states(tmp_path: Path):
    anchors = generate_anchors(preset("face_detection_short_range").anchors)
    path = tmp_path / "face anchors-2.h"
    write_anchors(path, anchors)
    text = path.read_text()
    assert "896 anchors" in text
    assert "x_center, y_center, w, h" in text
    assert f"a multiple of {ALIGNMENT}" in text
    assert "static const float\n    face_anchors_2[FACE_ANCHORS_2_COUNT]" in text
    assert "    {0.03125f, 0.03125f, 1.0f, 1.0f},\n" in text
    rows = re.findall(r"^    \{(.*)\}", text, re.MULTILINE)
    values = [[float(v.rstrip("f")) for v in row.split(", ")] for row in rows]
    np.testing.assert_array_equal(np.array(values, np.float32), anchors)


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("anchors", "anchors"),
        ("Face-Anchors v2", "face_anchors_v2"),
        ("2_faces", "anchors_2_faces"),
        ("int", "anchors_int"),
        ("template", "anchors_template"),
        ("_hidden__name_", "hidden_name"),
        ("größe", "gr_e"),
        ("日本", "anchors"),
        ("", "anchors"),
    ],
)
def test_names_that_c_takes(stem, name):
    assert c_name(stem) == name


def test_what_has_no_literal(tmp_path: Path):
    with pytest.raises(TensorError, match=r"anchors\[1\].*finite"):
        write_anchors(tmp_path / "a.h", [[0, 0, 1, 1], [0, 0, np.inf, 1]])
    with pytest.raises(TensorError, match="one or more"):
        write_anchors(tmp_path / "a.h", np.zeros((0, 4)))
    assert list(tmp_path.iterdir()) == []


def test_a_header_is_not_read(tmp_path: Path):
    path = tmp_path / "a.h"
    write_anchors(path, [[0, 0, 1, 1]])
    with pytest.raises(MediaPipeAnchorsError, match=r"\.csv, \.json, \.npy or \.pbtxt"):
        read_anchors(path)
