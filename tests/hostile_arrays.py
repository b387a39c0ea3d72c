"""Public functions with clean arrays for each argument, and what a hostile caller makes of them."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mediapipe_anchors import (
    Detections,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
    _core,
    anchors_from_tensor,
    decode,
    decode_postprocessed,
    decode_tensors,
    generate_anchors,
    project_detections,
    remove_letterbox,
    write_anchors,
)
from mediapipe_anchors.fit import ShapeSketch, best_anchor
from mediapipe_anchors.fit.objective import Objective

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


def _written(anchors: Any) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "anchors.csv"
        write_anchors(path, anchors)
        return np.frombuffer(path.read_bytes(), np.uint8)


TARGETS = {
    "generate_anchors": Target(
        lambda fixed_anchors: generate_anchors(SsdAnchorsOptions(fixed_anchors=fixed_anchors)),
        {"fixed_anchors": random(N, 4)},
    ),
    "anchors_from_tensor": Target(anchors_from_tensor, {"tensor": random(N, 4)}),
    "write_anchors": Target(_written, {"anchors": random(N, 4)}),
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


def flat(results: Any) -> np.ndarray:
    """All numbers of a kernel's results."""
    return np.concatenate([np.ravel(result).astype(np.float64) for result in results])


def _sketched(wh: Any, weights: Any) -> np.ndarray:
    sketch = ShapeSketch().add(wh, weights)
    return flat([sketch.wh, sketch.weights])


SIDES, SHAPES = random(2, N) + 0.1, random(2, K) + 0.1
PLACED = {
    "sides": SIDES,
    "distances": random(2, POINTS, N) / 8,
    "shapes": SHAPES,
    "map": np.array([0, 1, 1], np.int32),
}
DOUBLE = {name: array.astype(np.float64) for name, array in PLACED.items() if name != "map"}
BLEND = Objective(iou=0.5, recall=0.25, ramp=0.1, ratio=0.25)
TARGETS |= {
    "ShapeSketch.add": Target(
        _sketched, {"wh": SIDES.T.astype(np.float64), "weights": np.arange(1.0, N + 1)}
    ),
    "best_anchor": Target(
        lambda wh, anchors: flat(best_anchor(wh, anchors)),
        {"wh": SIDES.T.astype(np.float64), "anchors": SHAPES.T.astype(np.float64)},
    ),
    "coarsen_shapes": Target(
        lambda sides, weights: flat(_core.coarsen_shapes(sides, weights, 4)),
        {"sides": DOUBLE["sides"], "weights": np.arange(1.0, N + 1)},
    ),
    "match_shapes": Target(
        lambda **arrays: flat(_core.match_shapes(**arrays)), {**DOUBLE, "map": PLACED["map"]}
    ),
    "shape_utility": Target(
        lambda **arrays: flat(_core.shape_utility(**arrays, objective=BLEND)), PLACED
    ),
    "select_shapes": Target(
        lambda **arrays: flat(_core.select_shapes(**arrays)),
        {
            "utility": random(N, 8),
            "weights": random(8),
            "map": np.array([0, 0, 0, 1, 1, 1], np.int32),
            "selection": np.array([0, 3], np.int32),
        },
    ),
    "refine_shapes": Target(
        lambda **arrays: flat(
            _core.refine_shapes(
                **arrays, objective=BLEND, first_step=0.1, last_step=0.05, max_sweeps=2
            )
        ),
        PLACED | {"weights": random(N)},
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
