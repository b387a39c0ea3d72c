"""What a model is that is no SSD-style detector, as far as its file tells."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence, Set
from typing import NamedTuple

from mediapipe_anchors.inspection.heads import walk_head
from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.inspection.walk import walk_back
from mediapipe_anchors.tflite import Model, Tensor

_NO_GRAPH = "MediaPipe decodes no such model"
_YOLO_USE = (
    f"{_NO_GRAPH}; decode and suppress outside of it, or export the model with "
    "TFLite_Detection_PostProcess or with two outputs, boxes [1,N,4] and scores [1,N,K]"
)
_SUPPRESSING = ("NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5")
_MOST_LANDMARKS = 3 * 1000
_FEW_CLASSES = 40  # channels of a mask; YOLO's grids have at least 3 * (5 + 1) more or less


class OtherKind(NamedTuple):
    """A kind of model.

    Attributes:
        summary: what the model looks like, and why.
        use: what to use it with.
    """

    summary: str
    use: str


def other_kind(model: Model, constants: Set[int], input_size: tuple[int, int] | None) -> OtherKind:
    """What a model is whose outputs are not those of a raw or post-processed SSD detector."""
    shapes = [sizes_of(tensor) for tensor in model.outputs]
    if not shapes:
        return OtherKind("it has no output", "")
    if any(operator.name in _SUPPRESSING for operator in model.operators):
        return OtherKind(
            "a detector that suppresses overlapping boxes itself, with the operator "
            "NON_MAX_SUPPRESSION rather than TFLite_Detection_PostProcess",
            f"{_NO_GRAPH}: it takes finished detections only as the four outputs of "
            "TFLite_Detection_PostProcess, raw ones only as boxes and scores",
        )
    if any(shape is None for shape in shapes):
        return OtherKind("its output shapes are open until it runs, so the file does not tell", "")
    if input_size is None:
        return OtherKind("it takes no single image, as detectors do", "")
    known = [shape for shape in shapes if shape is not None]
    for guess in (_center_net, _yolo_grids, _yolo_rows, _vectors, _maps):
        found = guess(model, constants, known, input_size)
        if found is not None:
            return found
    text = ", ".join(_shape_text(shape) for shape in known)
    return OtherKind(f"its outputs ({text}) are not those of an SSD detector", "")


def _shape_text(shape: Sequence[int]) -> str:
    return "[" + ",".join(map(str, shape)) + "]"


_Found = OtherKind | None
_Shapes = Sequence[tuple[int, ...]]
_Size = tuple[int, int] | None


def _center_net(model: Model, constants: Set[int], shapes: _Shapes, size: _Size) -> _Found:
    """A heat map, with two channels each for offset and size, on one grid."""
    grids = {shape[1:3] for shape in shapes if len(shape) == 4}
    channels = [shape[3] for shape in shapes if len(shape) == 4]
    if len(channels) != len(shapes) or len(grids) != 1 or len(shapes) < 3:
        return None
    if channels.count(2) < 2 or min(next(iter(grids))) < 8:
        return None
    return OtherKind(
        "looks like CenterNet: heat map, offsets and sizes on one grid, without anchors", _YOLO_USE
    )


def _yolo_grids(model: Model, constants: Set[int], shapes: _Shapes, size: _Size) -> _Found:
    """Grids of one to four strides, each with box, objectness and classes in its channels."""
    if not all(len(shape) in (4, 5) for shape in shapes) or not 1 <= len(shapes) <= 4:
        return None
    grids = [shape[1:3] if len(shape) == 4 else _grid_of_five(shape) for shape in shapes]
    depth = {
        math.prod(shape[1:]) // math.prod(grid) for shape, grid in zip(shapes, grids, strict=True)
    }
    if len(set(grids)) != len(grids) or len(depth) != 1 or not _are_doubling(grids):
        return None
    channels = depth.pop()
    three = channels % 3 == 0 and channels // 3 >= 6
    if not three or (len(shapes) == 1 and channels < 18):
        return None
    if len(shapes) == 1 and size is not None and grids[0][0] * 4 > size[1]:
        return None  # a mask
    classes = channels // 3 - 5
    return OtherKind(
        f"looks like YOLO: grids {', '.join(_grid_text(grid) for grid in grids)} of {channels} "
        f"channels, which may be 3 anchors x (4 box + 1 objectness + {classes} classes)",
        _YOLO_USE,
    )


def _grid_of_five(shape: tuple[int, ...]) -> tuple[int, ...]:
    """[batch, y, x, anchor, column] or [batch, anchor, y, x, column]."""
    return shape[1:3] if shape[3] <= shape[1] else shape[2:4]


def _are_doubling(grids: Sequence[tuple[int, ...]]) -> bool:
    sizes = sorted((grid[0] for grid in grids), reverse=True)
    return all(abs(large - 2 * small) <= 1 for large, small in itertools.pairwise(sizes))


def _grid_text(grid: Sequence[int]) -> str:
    return f"{grid[1]}x{grid[0]}"


def _yolo_rows(model: Model, constants: Set[int], shapes: _Shapes, size: _Size) -> _Found:
    """One output of many rows that hold the box and the scores together, or of as many columns."""
    large = [shape for shape in shapes if len(shape) == 3 and math.prod(shape[1:]) >= 500]
    if not large or len(shapes) > 2:
        return None
    shape = large[0]
    rows, columns = max(shape[1:]), min(shape[1:])
    if columns < 5 or rows < 100 or rows < 4 * columns:
        return None
    lies = "" if shape[1] == rows else ", a column to each"
    tensor = model.outputs[[sizes_of(t) for t in model.outputs].index(shape)]
    where = ""
    if shape[1] == rows:
        maps = walk_head(model, constants, tensor.index, rows, columns).maps
        if maps:
            grids = ", ".join(f"{each.grid[0]}x{each.grid[1]}" for each in maps)
            where = f", from feature maps of {grids}"
    return OtherKind(
        f"looks like YOLO: one output {_shape_text(shape)} holds {rows} boxes{lies}, each with its "
        f"scores: 4 + {columns - 4} classes, or 5 with objectness + {columns - 5}{where}",
        _YOLO_USE,
    )


def _vectors(model: Model, constants: Set[int], shapes: _Shapes, size: _Size) -> _Found:
    """Outputs that hold one list of numbers for an image."""
    batches = {1, *(sizes[0] for sizes in map(sizes_of, model.inputs) if sizes)}
    if any(len(shape) > 1 and shape[0] not in batches for shape in shapes):
        return None
    lengths = [math.prod(shape[1:]) if len(shape) > 1 else math.prod(shape) for shape in shapes]
    lists = [
        max(shape[1:] if len(shape) > 1 else shape, default=1) == length
        for shape, length in zip(shapes, lengths, strict=True)
    ]
    if not all(lists):
        return None
    longest = max(range(len(shapes)), key=lambda index: lengths[index])
    names = walk_back_names(model, constants, model.outputs[longest], lengths[longest])
    text = ", ".join(_shape_text(shape) for shape in shapes)
    if len(shapes) == 1 and names & {"SOFTMAX", "LOGISTIC"} and lengths[0] > 1:
        which = "softmax" if "SOFTMAX" in names else "sigmoid"
        return OtherKind(
            f"looks like a classifier: one list of {lengths[0]} scores for an image, made by a "
            f"{which}",
            "the task ImageClassifier of MediaPipe Tasks",
        )
    if len(shapes) > 1 and lengths[longest] <= _MOST_LANDMARKS:
        return OtherKind(
            f"looks like a landmark model: one list of {lengths[longest]} numbers for an image "
            f"beside others ({text}), and no rows of boxes",
            "TensorsToLandmarksCalculator, or the MediaPipe task that ships such a model",
        )
    return OtherKind(
        f"one list of {lengths[longest]} numbers for an image ({text}): a classifier without its "
        "softmax, an embedder or a landmark model; the file does not tell which",
        "the tasks ImageClassifier or ImageEmbedder, or TensorsToLandmarksCalculator",
    )


def walk_back_names(model: Model, constants: Set[int], tensor: Tensor, length: int) -> set[str]:
    """Operators on the way back from the first element of an output."""
    import numpy as np

    if length < 1:
        return set()
    return walk_back(model, constants, tensor.index, np.zeros(1, np.int64)).names()


def _maps(model: Model, constants: Set[int], shapes: _Shapes, size: _Size) -> _Found:
    """An output of the image's own shape or near it: a mask, or heat maps."""
    maps = [shape for shape in shapes if len(shape) == 4 and min(shape[1:3]) > 1]
    if not maps:
        return None
    largest = max(maps, key=lambda shape: shape[1] * shape[2])
    channels, grid = largest[3], _grid_text(largest[1:3])
    others = len(shapes) - 1
    if others and any(len(shape) == 2 or math.prod(shape[1:3]) == 1 for shape in shapes):
        return OtherKind(
            f"looks like a landmark model: lists of numbers for an image beside maps of {grid}",
            "TensorsToLandmarksCalculator, or the MediaPipe task that ships such a model",
        )
    if size is not None and 8 * largest[2] < size[0]:
        return None
    if channels > _FEW_CLASSES or others:
        return OtherKind(f"looks like heat maps or features: {channels} channels of {grid}", "")
    return OtherKind(
        f"looks like a segmenter: {channels} value(s) for each pixel of {grid}",
        "the task ImageSegmenter of MediaPipe Tasks",
    )
