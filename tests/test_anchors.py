"""Anchor files and the public wrappers of anchor generation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mediapipe_anchors import (
    MediaPipeAnchorsError,
    SsdAnchorsOptions,
    TensorError,
    anchors_from_tensor,
    generate_anchors,
    read_anchors,
    write_anchors,
)
from mediapipe_anchors.anchors import count_anchors

OPTIONS = SsdAnchorsOptions(
    input_size_width=100,
    input_size_height=60,
    min_scale=0.2,
    max_scale=0.9,
    num_layers=3,
    strides=[16, 32, 32],
    aspect_ratios=[1.0, 2.0, 0.3333],
)


def test_count_is_the_number_generated() -> None:
    assert count_anchors(OPTIONS) == len(generate_anchors(OPTIONS)) == 7 * 4 * 4 + 4 * 2 * 8


@pytest.mark.parametrize("suffix", ["csv", "json", "npy"])
def test_files_give_the_same_bits_back(suffix: str, tmp_path: Path) -> None:
    anchors = generate_anchors(OPTIONS)
    path = tmp_path / f"anchors.{suffix}"
    write_anchors(path, anchors)
    assert read_anchors(path).tobytes() == anchors.tobytes()


def test_csv_columns_are_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "anchors.csv"
    path.write_text("y_center,x_center,h,w\n1,2,3,4\n")
    assert read_anchors(path).tolist() == [[2, 1, 4, 3]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", ""),
        ("a.csv", "x,y,w,h\n1,2,3,4\n"),
        ("a.csv", "x_center,y_center,w,h\n1,2,three,4\n"),
        ("a.csv", "x_center,y_center,w,h\n1,2,3\n"),
        ("a.json", "{"),
        ("a.json", "[1]"),
        ("a.json", '{"columns": ["x_center", "y_center", "w", "h"], "anchors": 5}'),
        ("a.npy", "not a file of NumPy"),
        ("a.txt", ""),
    ],
)
def test_broken_files_are_refused(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(MediaPipeAnchorsError, match=name):
        read_anchors(path)


def test_writing_wants_four_columns_and_a_known_suffix(tmp_path: Path) -> None:
    with pytest.raises(TensorError, match="shape"):
        write_anchors(tmp_path / "a.csv", np.zeros((3, 5)))
    with pytest.raises(MediaPipeAnchorsError, match=r"a\.xml"):
        write_anchors(tmp_path / "a.xml", np.zeros((3, 4)))


def test_tensor_columns_are_reordered() -> None:
    assert anchors_from_tensor([[1, 2, 3, 4]]).tolist() == [[2, 1, 4, 3]]


def test_options_of_another_kind_are_refused() -> None:
    with pytest.raises(MediaPipeAnchorsError, match="SsdAnchorsOptions"):
        generate_anchors({"strides": [8]})  # type: ignore[arg-type]
