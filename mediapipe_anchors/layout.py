"""Lays anchor shapes over the cells of feature maps and writes them as MediaPipe's `fixed_anchors`.

This is how fitted shapes reach MediaPipe: `SsdAnchorsCalculator` hands a list of fixed anchors on
as it is, so the order written here is that in which the rows of the model's output are decoded.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.graph.text import node
from mediapipe_anchors.options import SsdAnchorsOptions

MAX_ANCHORS = 1_000_000  # more is a slip of the pen; the largest EfficientDet has under half


# What options must hold for their anchors to stand where those of a GridLayout do.
_STANDARD: dict[str, object] = {
    "fixed_anchors": None,
    "multiscale_anchor_generation": False,
    "anchor_offset_x": 0.5,
    "anchor_offset_y": 0.5,
    "feature_map_width": (),
    "feature_map_height": (),
}


@dataclasses.dataclass(frozen=True)
class GridLayout:
    """Where the anchors of a detector stand.

    The feature map of a stride has ceil(input / stride) cells a side, as in MediaPipe and the usual
    SSD heads; an anchor stands at the centre of its cell.

    Attributes:
        input_size: (width, height) of the model input in pixels.
        strides: input pixels a cell, one entry a feature map, in the order in which the model
            concatenates its heads (finest first by custom).
        anchors_per_cell: how many shapes each feature map has, in the order of `strides`.

    Raises:
        MediaPipeAnchorsError: a field that is empty, not positive, or does not match the others.
    """

    input_size: tuple[int, int]
    strides: tuple[int, ...]
    anchors_per_cell: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("input_size", "strides", "anchors_per_cell"):
            object.__setattr__(self, name, _positive_integers(name, getattr(self, name)))
        if len(self.input_size) != 2:
            raise MediaPipeAnchorsError(
                field="input_size", value=self.input_size, expected="(width, height)"
            )
        if len(self.anchors_per_cell) != len(self.strides):
            raise MediaPipeAnchorsError(
                field="anchors_per_cell",
                value=self.anchors_per_cell,
                expected=f"{len(self.strides)} numbers, one a stride",
            )
        if self.num_anchors > MAX_ANCHORS:
            raise MediaPipeAnchorsError(
                field="strides",
                value=self.strides,
                expected=f"at most {MAX_ANCHORS:,} anchors, not {self.num_anchors:,}",
            )

    @classmethod
    def even(
        cls, input_size: tuple[int, int], strides: Sequence[int], n_anchors: int
    ) -> GridLayout:
        """`n_anchors` shapes shared out evenly; the rest goes one each to the finest strides.

        Raises:
            MediaPipeAnchorsError: fewer shapes than strides, or as for the class.
        """
        strides = _positive_integers("strides", strides)
        count = len(strides)
        if count > n_anchors:
            raise MediaPipeAnchorsError(
                field="strides",
                value=strides,
                expected=f"at most {n_anchors} strides, so that each has one of {n_anchors} shapes",
                fix="ask for more anchors or name fewer strides",
            )
        share, over = divmod(n_anchors, count)
        finest = sorted(range(count), key=lambda index: strides[index])[:over]
        per_cell = tuple(share + (index in finest) for index in range(count))
        return cls(input_size, strides, per_cell)

    @classmethod
    def of_options(cls, options: SsdAnchorsOptions) -> GridLayout:
        """The layout that options of the standard mode have: their strides and anchors a cell.

        Adjacent equal strides share a feature map, as in `SsdAnchorsCalculator`.

        Raises:
            MediaPipeAnchorsError: another mode, or cells that are not those of this class.
            OptionsError: options that MediaPipe would not take.
        """
        options.validate()
        for field, expected in _STANDARD.items():
            value = getattr(options, field)
            if value is not None if expected is None else value != expected:
                raise MediaPipeAnchorsError(
                    field=field,
                    value=value,
                    expected=f"{expected}, as in a GridLayout",
                    fix="state the strides and the anchors a cell in place of these options",
                )
        if options.num_layers != len(options.strides):
            raise MediaPipeAnchorsError(
                field="strides",
                value=options.strides,
                expected=f"one entry for each of num_layers: {options.num_layers}",
            )
        a_layer = len(options.aspect_ratios) + (options.interpolated_scale_aspect_ratio > 0)
        counts = [a_layer] * len(options.strides)
        if options.reduce_boxes_in_lowest_layer:
            counts[0] = 3
        layers = itertools.groupby(zip(options.strides, counts, strict=True), lambda each: each[0])
        maps = [(stride, sum(count for _, count in group)) for stride, group in layers]
        strides, anchors_per_cell = zip(*maps, strict=True)
        input_size = (options.input_size_width or 0, options.input_size_height or 0)
        return cls(input_size, strides, anchors_per_cell)

    @property
    def centres(self) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        """Of each feature map, the centres of its columns and of its rows, as fractions."""
        return [
            (_centres(columns).astype(np.float64), _centres(rows).astype(np.float64))
            for columns, rows in self.feature_maps
        ]

    def in_shape_order(self, shapes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Shapes [k, 2] listed map by map as in `strides`, in the order that `place` takes.

        That is by `shape_ranges`: the finest map first; within a map the smallest area first.
        """
        ordered = np.empty_like(shapes)
        first = 0
        for count, on_map in zip(self.anchors_per_cell, self.shape_ranges, strict=True):
            own = shapes[first : first + count]
            ordered[on_map.start : on_map.stop] = own[np.lexsort((own[:, 0], own.prod(axis=1)))]
            first += count
        return ordered

    @property
    def feature_maps(self) -> tuple[tuple[int, int], ...]:
        """(columns, rows) of each feature map."""
        width, height = self.input_size
        return tuple((-(-width // stride), -(-height // stride)) for stride in self.strides)

    @property
    def shape_ranges(self) -> tuple[range, ...]:
        """Indices of the shapes on each feature map: smallest shapes on the finest stride."""
        first, ranges = 0, {}
        for index in sorted(range(len(self.strides)), key=lambda index: self.strides[index]):
            ranges[index] = range(first, first + self.anchors_per_cell[index])
            first = ranges[index].stop
        return tuple(ranges[index] for index in range(len(self.strides)))

    @property
    def stride_of_shape(self) -> tuple[int, ...]:
        """The stride of the feature map on which each shape stands."""
        maps = sorted(zip(self.shape_ranges, self.strides, strict=True), key=lambda on: on[0].start)
        return tuple(stride for on_map, stride in maps for _ in on_map)

    @property
    def num_anchors(self) -> int:
        """Number of anchors: the decoder's `num_boxes`, the rows of the model's output."""
        maps = zip(self.feature_maps, self.anchors_per_cell, strict=True)
        return sum(columns * rows * count for (columns, rows), count in maps)

    def place(self, shapes: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """All anchors of the layout; row r decodes row r of the model's output.

        Order: feature map by feature map as in `strides`; in a map row by row from the top; in a
        row from the left; in a cell shape by shape in the order given. So shape a of the n shapes
        of a map stands, at column x and row y, in row
        (all rows of the maps before) + (y * columns + x) * n + a.
        Shapes go to maps by `shape_ranges`: sorted by area, as `AnchorFitter` gives them, the
        smallest stand on the finest stride.

        Args:
            shapes: [k, 2], w, h as fractions of the model input, positive; k is the sum of
                `anchors_per_cell`.

        Returns:
            float32 [N, 4], x_center, y_center, w, h as fractions of the model input.

        Raises:
            MediaPipeAnchorsError: `shapes` has another shape, or is not finite and positive.
        """
        sizes = self._check_shapes(shapes)
        blocks = []
        for (columns, rows), on_map in zip(self.feature_maps, self.shape_ranges, strict=True):
            block = np.empty((rows, columns, len(on_map), 4), np.float32)
            block[..., 0] = _centres(columns)[None, :, None]
            block[..., 1] = _centres(rows)[:, None, None]
            block[..., 2:] = sizes[on_map.start : on_map.stop]
            blocks.append(block.reshape(-1, 4))
        return np.concatenate(blocks)

    def options(self, shapes: npt.ArrayLike) -> SsdAnchorsOptions:
        """The anchors of `place` as options: what `SsdAnchorsCalculator` loads."""
        return SsdAnchorsOptions(fixed_anchors=self.place(shapes))

    def to_graph(self, shapes: npt.ArrayLike, notes: Sequence[str] = ()) -> str:
        """The anchors of `place` as a commented graph of one node, in text form.

        MediaPipe loads it as it is, with output side packet "anchors"; the node can be copied into
        another graph, and `SsdAnchorsOptions.from_pbtxt` reads it back.

        Args:
            shapes: as for `place`.
            notes: lines to stand in the comment before the order of the anchors.
        """
        side_packet = 'output_side_packet: "anchors"\n'
        comment = "".join(f"# {line}\n" for line in (*notes, *self.describe_order()))
        anchors = node("", "SsdAnchorsCalculator", [side_packet], self.options(shapes).to_pbtxt())
        return comment + side_packet + anchors

    def describe_order(self) -> list[str]:
        """The order of the anchors in words, line by line, for the comment of a graph."""
        lines = [
            f"{self.num_anchors} anchors; anchor r decodes row r of the model's output.",
            "Order: feature map by feature map as listed here, in a map row by row from the top,",
            "in a row from the left, in a cell shape by shape as listed.",
        ]
        first = 0
        maps = zip(self.strides, self.feature_maps, self.shape_ranges, strict=True)
        for stride, (columns, rows), on_map in maps:
            stop = first + columns * rows * len(on_map)
            lines.append(
                f"  anchors {first} to {stop - 1}: stride {stride}, {columns} columns x {rows} "
                f"rows, shapes {on_map.start + 1} to {on_map.stop}"
            )
            first = stop
        return lines

    def _check_shapes(self, shapes: npt.ArrayLike) -> npt.NDArray[np.float32]:
        sizes = np.asarray(shapes, np.float32)
        count = sum(self.anchors_per_cell)
        if sizes.shape != (count, 2):
            raise MediaPipeAnchorsError(
                field="shapes",
                value=f"shape {sizes.shape}",
                expected=f"shape ({count}, 2): w, h of the {count} shapes of anchors_per_cell",
            )
        if not (np.isfinite(sizes) & (sizes > 0)).all():
            raise MediaPipeAnchorsError(
                field="shapes", value=sizes, expected="finite, positive widths and heights"
            )
        return sizes


def _centres(cells: int) -> npt.NDArray[np.float32]:
    """Cell centres as fractions; float32 operation by operation, as MediaPipe computes its own."""
    centres: npt.NDArray[np.float32] = np.arange(cells, dtype=np.float32) + np.float32(0.5)
    return centres / np.float32(cells)


def _positive_integers(name: str, values: Sequence[int]) -> tuple[int, ...]:
    expected = "whole numbers of 1 or more"
    try:
        numbers = tuple(value.__index__() for value in values)
    except (TypeError, AttributeError):
        raise MediaPipeAnchorsError(field=name, value=values, expected=expected) from None
    if not numbers or min(numbers) < 1:
        raise MediaPipeAnchorsError(field=name, value=values, expected=expected)
    return numbers
