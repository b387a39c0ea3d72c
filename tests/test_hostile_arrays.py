"""Whatever a caller passes for an array: the right result or our error, never a crash.

"Right" is the result on a clean copy: float32, C-contiguous, aligned, native byte order.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hostile_arrays import ARGUMENTS, FORMS, NONSENSE, POSTPROCESSED, RAW, TARGETS

from mediapipe_anchors import (
    Detections,
    MediaPipeAnchorsError,
    TensorError,
    decode,
    decode_postprocessed,
)


def same(a: Any, b: Any) -> bool:
    return a == b if isinstance(a, Detections) else np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_other_forms_of_the_same_numbers(name, argument, form):
    target = TARGETS[name]
    given = FORMS[form](target.arrays[argument])
    before = np.array(given)
    result = target.call(**target.arrays | {argument: given})
    assert same(result, target.call(**target.arrays))
    assert np.array_equal(np.array(given), before), "the argument was written to"


@pytest.mark.parametrize("what", NONSENSE)
@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_nonsense(name, argument, what):
    target = TARGETS[name]
    given = NONSENSE[what]
    try:
        result = target.call(**target.arrays | {argument: given})
    except MediaPipeAnchorsError:
        return
    # It was taken: then a clean copy of it gives the same.
    kind = target.arrays[argument].dtype
    if given is None:  # leaving an argument out
        return
    with np.errstate(all="ignore"):
        clean = np.array(given).astype(kind)
    assert same(result, target.call(**target.arrays | {argument: clean}))


HUGE_COUNTS = [2**31 - 1, 2**30, 2**24 + 1]


@pytest.mark.parametrize("count", HUGE_COUNTS)
@pytest.mark.parametrize("field", ["num_boxes", "num_classes"])
def test_huge_counts_in_options(field, count):
    options = dataclasses.replace(RAW, **{field: count})
    arrays = TARGETS["decode"].arrays
    with pytest.raises(MediaPipeAnchorsError):
        decode(**arrays, options=options)


@pytest.mark.parametrize("count", [*HUGE_COUNTS, -(2**31)])
def test_huge_counts_of_postprocessed_boxes(count):
    arrays = TARGETS["decode_postprocessed"].arrays
    with pytest.raises(MediaPipeAnchorsError):
        decode_postprocessed(**arrays | {"num": count}, options=POSTPROCESSED)
    options = dataclasses.replace(POSTPROCESSED, max_classes_per_detection=count)
    with pytest.raises(MediaPipeAnchorsError):
        decode_postprocessed(**arrays, options=options)


def test_results_own_their_memory():
    arrays = {name: array.copy() for name, array in TARGETS["decode"].arrays.items()}
    result = decode(**arrays, options=RAW)
    expected = dataclasses.replace(result, boxes=result.boxes.copy())
    for array in arrays.values():
        array[...] = np.nan
    assert result == expected
    result.boxes[...] = 0  # and can be written to


def test_the_error_names_the_argument():
    arrays = TARGETS["decode"].arrays
    for argument in arrays:
        with pytest.raises(TensorError) as caught:
            decode(**arrays | {argument: np.zeros((2, 2), np.float32)}, options=RAW)
        assert caught.value.field == argument
