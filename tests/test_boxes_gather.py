"""Columns that grow and names in one piece, and what `fit` gathers with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.boxes import gather
from mediapipe_anchors.boxes.gather import Column, NameNumbers, PackedNames
from mediapipe_anchors.boxes.names import Names


@given(st.lists(st.integers(0, 40)), st.integers(1, 9))
def test_a_column_is_its_rows_one_after_another(lengths: list[int], rows_a_block: int) -> None:
    rows = np.arange(2.0 * sum(lengths)).reshape(-1, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather, "_BLOCK", 16 * rows_a_block)
        column = Column(np.float64, 2)
        for part in np.split(rows, np.cumsum(lengths)):
            column.add(part)
        assert len(column) == len(rows)
        taken = column.take()
        np.testing.assert_array_equal(taken, rows)
        assert (taken.dtype, taken.shape) == (np.float64, rows.shape)
        assert len(column) == len(column.take()) == 0


def test_a_column_of_another_type() -> None:
    column = Column(np.int32)
    column.add(np.array([3, -1]))
    taken = column.take()
    assert taken.dtype == np.int32
    assert taken.tolist() == [3, -1]


@given(st.lists(st.text(st.characters())))
def test_packed_names_are_the_names(names: list[str]) -> None:
    packed = PackedNames()
    for name in names:
        packed.append(name)
    assert list(packed) == names
    assert packed[1:] == tuple(names[1:])
    for index in range(-len(names), len(names)):
        assert packed[index] == names[index]
    with pytest.raises(IndexError):
        packed[len(names)]


@given(st.lists(st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh"), st.text()))))
def test_names_are_numbered_in_the_order_of_their_first_use(chunks: Any) -> None:
    numbers = NameNumbers()
    together = [name for chunk in chunks for name in chunk]
    found = [code for chunk in chunks for code in numbers.number(Names.of(chunk)).tolist()]
    expected = Names.of(together)
    assert found == expected.codes.tolist()
    assert tuple(numbers.names) == tuple(expected.distinct)
