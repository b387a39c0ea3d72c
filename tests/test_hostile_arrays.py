"""Whatever a caller passes for an array: the right result or our error, never a crash.

"Right" is the result on a clean copy: float32, C-contiguous, aligned, native byte order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors import (
    Detections,
    MediaPipeAnchorsError,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorError,
    TensorsToDetectionsOptions,
    anchors_from_tensor,
    decode,
    decode_postprocessed,
    decode_tensors,
    generate_anchors,
    non_max_suppression,
    project_detections,
    remove_letterbox,
    write_anchors,
)

N, K, POINTS = 6, 3, 2
RNG = np.random.default_rng(0)
RAW = TensorsToDetectionsOptions(
    num_classes=K,
    num_boxes=N,
    num_coords=4 + 2 * POINTS,
    num_keypoints=POINTS,
    keypoint_coord_offset=4,
    x_scale=1,
    y_scale=1,
    w_scale=1,
    h_scale=1,
)
POSTPROCESSED = TensorsToDetectionsOptions(num_classes=K, num_coords=4, max_classes_per_detection=2)


def random(*shape: int) -> np.ndarray:
    return RNG.random(shape, np.float32)


def integers(high: int, *shape: int) -> np.ndarray:
    return RNG.integers(0, high, shape).astype(np.float32)


DETECTIONS = Detections(random(N, 4), random(N), np.arange(N), random(N, POINTS, 2))
SEVERAL = {
    "class_counts": np.array([0, 1, 2, 2, 1, 2], np.int32),
    "all_scores": random(N, 2),
    "all_class_ids": RNG.integers(0, 5, (N, 2)).astype(np.int32),
}


@dataclasses.dataclass(frozen=True)
class Target:
    """A public function and clean arrays for its array arguments."""

    call: Callable[..., Any]
    arrays: dict[str, Any]


def _write(tmp: dict[str, Any]) -> Callable[..., Any]:
    def call(anchors: Any) -> Any:
        write_anchors(tmp["path"], anchors)
        return np.frombuffer(tmp["path"].read_bytes(), np.uint8)

    return call


FILE: dict[str, Any] = {}
TARGETS = {
    "generate_anchors": Target(
        lambda fixed_anchors: generate_anchors(SsdAnchorsOptions(fixed_anchors=fixed_anchors)),
        {"fixed_anchors": random(N, 4)},
    ),
    "anchors_from_tensor": Target(anchors_from_tensor, {"tensor": random(N, 4)}),
    "write_anchors": Target(_write(FILE), {"anchors": random(N, 4)}),
    "decode": Target(
        lambda **arrays: decode(**arrays, options=RAW),
        {
            "raw_boxes": random(1, N, 4 + 2 * POINTS),
            "raw_scores": random(1, N, K),
            "anchors": random(N, 4),
        },
    ),
    "decode_tensors": Target(
        lambda boxes, scores, anchors: decode_tensors([boxes, scores, anchors], RAW),
        {
            "boxes": random(1, N, 4 + 2 * POINTS),
            "scores": random(1, N, K),
            "anchors": random(N, 4),
        },
    ),
    "decode_postprocessed": Target(
        lambda **arrays: decode_postprocessed(**arrays, options=POSTPROCESSED),
        {
            "boxes": np.sort(random(1, 8, 4), axis=2)[:, :, [0, 1, 2, 3]],
            "classes": integers(4, 1, 8),
            "scores": random(1, 8),
            "num": np.array([4], np.float32),
        },
    ),
    "Detections": Target(
        lambda **arrays: Detections(**arrays),
        {name: getattr(DETECTIONS, name) for name in ("boxes", "scores", "class_ids", "keypoints")}
        | SEVERAL,
    ),
    "remove_letterbox": Target(
        lambda padding: remove_letterbox(DETECTIONS, padding), {"padding": random(4)}
    ),
    "project_detections": Target(
        lambda matrix: project_detections(DETECTIONS, matrix), {"matrix": random(16)}
    ),
}
ARGUMENTS = [(name, argument) for name, target in TARGETS.items() for argument in target.arrays]


class Subclass(np.ndarray):
    """An array with its own type and its own ideas of arithmetic."""

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("arithmetic on a subclass")


class Provider:
    """Not an array, but NumPy can make one of it."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self._array if dtype is None else self._array.astype(dtype)


def strided(array: np.ndarray) -> np.ndarray:
    spread = np.full([2 * size + 1 for size in array.shape], 7, array.dtype)
    view = spread[tuple(slice(1, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def unaligned(array: np.ndarray) -> np.ndarray:
    memory = np.zeros(array.nbytes + 1, np.uint8)[1:]
    view = memory.view(array.dtype).reshape(array.shape)
    view[...] = array
    assert not view.flags.aligned
    return view


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


# The same numbers in another form.
FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "Fortran order": np.asfortranarray,
    "every second element of a larger array": strided,
    "backwards in memory": lambda array: array[::-1].copy()[::-1],
    "axes swapped twice": lambda array: np.ascontiguousarray(array.T).T,
    "byte-swapped": lambda array: array.astype(array.dtype.newbyteorder()),
    "unaligned": unaligned,
    "read-only": read_only,
    "float64": lambda array: array.astype(np.float64),
    "long double": lambda array: array.astype(np.longdouble),
    "nested lists": lambda array: array.tolist(),
    "memory view": lambda array: memoryview(np.ascontiguousarray(array)),
    "subclass": lambda array: array.view(Subclass),
    "masked array": np.ma.masked_array,
    "record array": lambda array: array.view(np.recarray),
    "object with __array__": Provider,
}


@pytest.fixture(autouse=True)
def file(tmp_path):
    FILE["path"] = tmp_path / "anchors.csv"


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


NONSENSE: dict[str, Any] = {
    "None": None,
    "text": "0.5",
    "bytes": b"0123",
    "dict": {"a": 1.0},
    "set": {1.0, 2.0},
    "object": object(),
    "type": float,
    "generator": (value for value in (1.0, 2.0)),
    "ragged": [[1.0, 2.0], [3.0]],
    "list with None": [[1.0, None, 2.0, 3.0]],
    "list with text": [[1.0, "2", 2.0, 3.0]],
    "object array": np.array([[1.0, 2.0, 3.0, 4.0]] * N, object),
    "object array of None": np.full((N, 4), None),
    "text array": np.array([["1", "2", "3", "4"]] * N),
    "bytes array": np.array([[b"1", b"2", b"3", b"4"]] * N),
    "complex": np.ones((N, 4), complex),
    "datetime": np.zeros((N, 4), "datetime64[s]"),
    "structured": np.zeros((N, 4), [("x", np.float32), ("y", np.float32)]),
    "void": np.zeros((N, 4), "V4"),
    "scalar": 0.5,
    "huge integer": 10**400,
    "NaN": np.nan,
    "zero-dimensional": np.array(0.5, np.float32),
    "empty list": [],
    "empty lists": [[]],
    "no rows": np.zeros((0, 4), np.float32),
    "no columns": np.zeros((N, 0), np.float32),
    "an empty batch": np.zeros((0, N, 4), np.float32),
    "many dimensions": np.zeros((1,) * 30, np.float32),
    "one row too many": np.zeros((N + 1, 4), np.float32),
    "one row too few": np.zeros((N - 1, 4), np.float32),
    "one column too many": np.zeros((N, 5), np.float32),
    "one dimension too many": np.zeros((1, 1, 1, N, 4), np.float32),
    "beyond float32": np.full((N, 4), 1e300),
    "all NaN": np.full((N, 4), np.nan, np.float32),
    "infinite": np.full((N, 4), np.inf, np.float32),
    "bool": np.ones((N, 4), bool),
    "uint64": np.full((N, 4), 2**64 - 1, np.uint64),
    "float16": np.ones((N, 4), np.float16),
    "more rows than memory": np.broadcast_to(np.float32(0), (2**50, 4)),
    "more scores than memory": np.broadcast_to(np.float32(0), (2**52,)),
}


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
    kind = np.float32 if target.arrays[argument].dtype == np.float32 else np.int32
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


CHANGED_LATER = [
    ("boxes", np.zeros((N, 5), np.float32)),
    ("boxes", np.zeros((N - 1, 4), np.float32)),
    ("boxes", np.zeros(4, np.float32)),
    ("boxes", None),
    ("scores", np.zeros(N - 1, np.float32)),
    ("scores", np.zeros((N, 1), np.float32)),
    ("scores", "text"),
    ("class_ids", np.zeros(N + 1, np.int32)),
    ("class_ids", np.full(N, 0.5)),
    ("class_ids", np.full(N, np.nan)),
    ("class_ids", np.full(N, 2**40)),
    ("keypoints", np.zeros((N, 2), np.float32)),
    ("keypoints", np.zeros((N, 1, 3), np.float32)),
    ("keypoints", np.zeros((N - 1, 1, 2), np.float32)),
    ("class_counts", np.full(N, 3, np.int32)),
    ("class_counts", np.full(N, -1, np.int32)),
    ("class_counts", np.full(N, 2**31 - 1, np.int32)),
    ("class_counts", np.zeros(N - 1, np.int32)),
    ("all_scores", np.zeros((N, 1), np.float32)),
    ("all_scores", np.zeros((N - 1, 2), np.float32)),
    ("all_scores", None),
    ("all_class_ids", np.zeros((N, 1), np.int32)),
    ("all_class_ids", np.zeros(N, np.int32)),
    ("all_class_ids", None),
]


@pytest.mark.parametrize("multiclass", [False, True])
@pytest.mark.parametrize(("field", "value"), CHANGED_LATER, ids=lambda value: str(value)[:20])
def test_detections_changed_after_their_checks(field, value, multiclass):
    detections = dataclasses.replace(DETECTIONS, **SEVERAL)
    setattr(detections, field, value)
    with pytest.raises(MediaPipeAnchorsError):
        non_max_suppression(detections, NonMaxSuppressionOptions(multiclass_nms=multiclass))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", ["boxes", "scores", "class_ids", "keypoints"])
def test_detections_in_other_forms(field, form):
    options = NonMaxSuppressionOptions(min_suppression_threshold=0.3)
    changed = dataclasses.replace(DETECTIONS)
    setattr(changed, field, FORMS[form](getattr(DETECTIONS, field)))
    assert non_max_suppression(changed, options) == non_max_suppression(DETECTIONS, options)


@pytest.mark.parametrize(
    "call",
    [
        lambda odd: generate_anchors(odd),
        lambda odd: decode(**TARGETS["decode"].arrays, options=odd),
        lambda odd: decode_postprocessed(**TARGETS["decode_postprocessed"].arrays, options=odd),
        lambda odd: decode_tensors([RNG.random((1, N, 4))], odd),
        lambda odd: decode_tensors(odd, RAW),
        lambda odd: non_max_suppression(DETECTIONS, odd),
        lambda odd: non_max_suppression(odd, NonMaxSuppressionOptions()),
        lambda odd: remove_letterbox(odd, [0, 0, 0, 0]),
        lambda odd: project_detections(odd, np.eye(4)),
    ],
)
@pytest.mark.parametrize("odd", [None, {}, [], "options", 5, object(), np.zeros(3), float("nan")])
def test_something_else_for_options_and_detections(call, odd):
    with pytest.raises(MediaPipeAnchorsError):
        call(odd)


def test_results_own_their_memory():
    arrays = {name: array.copy() for name, array in TARGETS["decode"].arrays.items()}
    result = decode(**arrays, options=RAW)
    expected = dataclasses.replace(result, boxes=result.boxes.copy())
    for array in arrays.values():
        array[...] = np.nan
    assert result == expected
    result.boxes[...] = 0  # and can be written to


def test_contiguous_float32_is_not_copied_and_the_error_names_the_argument():
    with pytest.raises(TensorError) as caught:
        decode(RNG.random((1, N, 4)), *list(TARGETS["decode"].arrays.values())[1:], RAW)
    assert caught.value.field == "raw_boxes"
