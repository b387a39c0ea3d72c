"""A head's rows on the feature maps that they come from: which map, which cell, which anchor."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Set

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.inspection.movement import Indices
from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.inspection.walk import FILLING, Walk, walk_back
from mediapipe_anchors.tflite import Model

MAX_FOLLOWED = 2**20  # elements of one output
_COLUMNS = (0, 1, -1)  # that are followed where there are many: a row stands together

# What makes feature maps. Other operators end a walk too, but their output need not be a map.
_MAKE_MAPS = frozenset(
    (
        *("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "Convolution2DTransposeBias"),
        *("AVERAGE_POOL_2D", "MAX_POOL_2D", "MaxPoolingWithArgmax2D", "MaxUnpooling2D"),
        *("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH"),
        *("BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND"),
    )
)
_AXES = ("y", "x", "anchor")
STANDARD_ORDER = ", ".join(_AXES)


@dataclasses.dataclass(frozen=True, eq=False)
class HeadMap:
    """Rows of a head that come from one feature map, one after the other.

    Attributes:
        tensor: the number of the feature map's tensor.
        grid: (columns, rows) of the map.
        first_row, num_rows: which rows of the head.
        anchors_per_cell: how many of them stand in each cell.
        order: "y, x, anchor" where the anchor varies fastest, which is MediaPipe's; another order
            of the three; or "irregular".
        y, x, anchor: int32 [num_rows], the cell of each row, and its number among the cell's rows.
    """

    tensor: int
    grid: tuple[int, int]
    first_row: int
    num_rows: int
    anchors_per_cell: int
    order: str
    y: npt.NDArray[np.int32]
    x: npt.NDArray[np.int32]
    anchor: npt.NDArray[np.int32]


@dataclasses.dataclass(frozen=True, eq=False)
class Head:
    """An output of N rows, walked back.

    Attributes:
        maps: the feature maps in the order of their rows; () where the walk found none.
        why_none: in words why there are none; "" where there are.
        walk: the walk.
    """

    maps: tuple[HeadMap, ...]
    why_none: str
    walk: Walk

    @property
    def layout(self) -> tuple[tuple[tuple[int, int], int], ...]:
        """(grid, anchors a cell) of each map."""
        return tuple((each.grid, each.anchors_per_cell) for each in self.maps)


class _NoMapsError(Exception):
    """In words, why the rows are not those of feature maps."""


def walk_head(model: Model, constants: Set[int], tensor: int, rows: int, columns: int) -> Head:
    """The feature maps behind a tensor of `rows` x `columns` elements, behind its batch's first.

    Args:
        model: the model.
        constants: numbers of tensors that are not computed.
        tensor: the number of the tensor.
        rows: of the tensor.
        columns: of the tensor.
    """
    which = range(columns) if columns <= 8 else _COLUMNS
    followed = np.array(sorted({column % columns for column in which}), np.int64)
    followed = followed[: max(1, MAX_FOLLOWED // max(rows, 1))]
    if rows > MAX_FOLLOWED:
        walk = Walk({}, [], is_cut=True)
        return Head((), f"{rows} rows are more than are followed back", walk)
    flat = (np.arange(rows, dtype=np.int64)[:, None] * columns + followed).ravel()
    walk = walk_back(model, constants, tensor, flat)
    try:
        return Head(_maps(model, walk, rows, len(followed)), "", walk)
    except _NoMapsError as reason:
        return Head((), str(reason), walk)


def _maps(model: Model, walk: Walk, rows: int, columns: int) -> tuple[HeadMap, ...]:
    if walk.is_cut:
        raise _NoMapsError("the way back to the feature maps is too long to follow")
    source = np.full(rows * columns, FILLING, np.int64)
    place = np.zeros(rows * columns, np.int64)
    for tensor, pieces in walk.sources.items():
        _check_source(model, tensor)
        for which, flat in pieces:
            source[which], place[which] = tensor, flat
    source, place = source.reshape(rows, columns), place.reshape(rows, columns)
    if (source != source[:, :1]).any():
        raise _NoMapsError("the columns of a row come from several tensors")
    y, x, channel = _cells(model, source[:, 0], place)
    maps = []
    for first, stop in _runs(model, source[:, 0], y, x):
        maps.append(
            _head_map(model, int(source[first, 0]), first, y[first:stop], x[first:stop], channel)
        )
    return tuple(maps)


def _check_source(model: Model, tensor: int) -> None:
    if tensor == FILLING:
        raise _NoMapsError("some rows are only the filling of a padding")
    producer = model.producer(tensor)
    if producer is None:
        is_input = any(tensor == given.index for given in model.inputs)
        raise _NoMapsError("rows are the input's own values" if is_input else "rows are constants")
    sizes = sizes_of(model.tensors[tensor])
    if producer.name not in _MAKE_MAPS:
        raise _NoMapsError(f"the rows come from {producer.name}, behind which nothing is known")
    if sizes is None or len(sizes) != 4:
        raise _NoMapsError(f"the rows come from {producer.name}, whose output is no feature map")


def _cells(model: Model, source: Indices, place: Indices) -> tuple[Indices, Indices, Indices]:
    """The cell and the first channel of each row; sources are [batch, height, width, channels]."""
    y, x, channel = (np.zeros(len(source), np.int64) for _ in range(3))
    for tensor in np.unique(source):
        sizes = sizes_of(model.tensors[tensor])
        assert sizes is not None
        here = source == tensor
        cell, depth = np.divmod(place[here], sizes[3])
        if (cell != cell[:, :1]).any():
            raise _NoMapsError("the columns of a row come from several cells")
        batch, cell = np.divmod(cell[:, 0], sizes[1] * sizes[2])
        if batch.any():
            raise _NoMapsError("the rows come from several images of the batch")
        y[here], x[here] = np.divmod(cell, sizes[2])
        channel[here] = depth[:, 0]
    return y, x, channel


def _runs(model: Model, source: Indices, y: Indices, x: Indices) -> list[tuple[int, int]]:
    """(first, stop) of the rows of each map.

    Rows of one tensor make a map. Where tensors of one grid take turns, they are one map together.
    """
    grids = {t: sizes_of(model.tensors[t]) for t in np.unique(source).tolist()}
    grid_of = np.array([(grids[t] or (0, 0, 0))[1:3] for t in source.tolist()], np.int64)
    by_tensor = _bounds(source[1:] != source[:-1])
    whole = [
        len(by_tensor) <= 1000 and _covers(grid_of[first], y[first:stop], x[first:stop])
        for first, stop in by_tensor
    ]
    return by_tensor if all(whole) else _bounds((grid_of[1:] != grid_of[:-1]).any(axis=1))


def _bounds(changes: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(changes) + 1]
    return list(itertools.pairwise(edges))


def _covers(grid: Indices, y: Indices, x: Indices) -> bool:
    """Whether rows stand equally often in every cell."""
    height, width = int(grid[0]), int(grid[1])
    if len(y) % (height * width):
        return False
    counts = np.bincount(y * width + x, minlength=height * width)
    return bool((counts == counts[0]).all())


def _head_map(
    model: Model, tensor: int, first: int, y: Indices, x: Indices, channel: Indices
) -> HeadMap:
    sizes = sizes_of(model.tensors[tensor])
    assert sizes is not None
    height, width = sizes[1:3]
    if not _covers(np.array([height, width]), y, x):
        raise _NoMapsError(f"rows {first} on do not fill the cells of a grid of {width} x {height}")
    count = len(y) // (height * width)
    cell = y * width + x
    by_cell = np.argsort(cell, kind="stable")
    anchor = np.empty(len(y), np.int64)
    anchor[by_cell] = np.tile(np.arange(count), height * width)
    order = _order((y, x, anchor), (height, width, count))
    return HeadMap(
        tensor=tensor,
        grid=(width, height),
        first_row=first,
        num_rows=len(y),
        anchors_per_cell=count,
        order=order,
        y=y.astype(np.int32),
        x=x.astype(np.int32),
        anchor=anchor.astype(np.int32),
    )


def _order(places: tuple[Indices, ...], sizes: tuple[int, ...]) -> str:
    """Which of the three varies slowest, next, and fastest along the rows."""
    rows = np.arange(len(places[0]))
    for axes in itertools.permutations(range(3)):
        flat = np.zeros_like(rows)
        for axis in axes:
            flat = flat * sizes[axis] + places[axis]
        if (flat == rows).all():
            return ", ".join(_AXES[axis] for axis in axes)
    return "irregular"
