"""How small an object each feature map can match, from the geometry of its cells alone.

A feature map has an anchor of any shape one likes, but only at the centres of its cells. A square
box of side a that lies midway between four centres, s pixels apart, is matched best by the square
anchor of side a + s, which holds it: their IoU is (a / (a + s))**2. It lies no worse anywhere else.
So the map reaches a box wherever it lies, at IoU t, where a >= s * sqrt(t) / (1 - sqrt(t)): for
t = 0.5 that is (1 + sqrt(2)) s, 2.41 cells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import as_float64
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit.sketch import check_sides
from mediapipe_anchors.layout import GridLayout

Floats = npt.NDArray[np.float64]

FINEST_STRIDE = 4  # of those to advise
ENOUGH = 0.9  # share of the boxes that the finest stride should match wherever they lie


def worst_iou(sides: Floats, spacing: tuple[float, float]) -> Floats:
    """The IoU that boxes reach at the worst place, with the anchor shape that is best there.

    On either axis the best anchor holds the box (side + spacing) or lies within (side - spacing):
    between these and beyond, the IoU changes one way only.

    Args:
        sides: float64 [N, 2], width and height.
        spacing: between the centres of columns and of rows, in the same unit.

    Returns:
        float64 [N].
    """
    (w, h), (x, y) = sides.T, spacing
    best = np.zeros(len(sides))
    for width in (w + x, w - x):
        for height in (h + y, h - y):
            fits = (width > 0) & (height > 0)
            shared = np.minimum(w, width) * np.minimum(h, height)
            with np.errstate(divide="ignore", invalid="ignore"):
                iou = shared / (w * h + width * height - shared)
            best = np.maximum(best, np.where(fits, iou, 0))
    return best


def reach_px(spacing: tuple[float, float], iou_threshold: float = 0.5) -> float:
    """Side of the smallest square box that is matched wherever it lies between the centres.

    Args:
        spacing: between the centres of columns and of rows, in pixels.
        iou_threshold: the IoU that counts as a match, above 0 and below 1.
    """
    low, high = 0.0, max(spacing) * 2 / (1 - np.sqrt(iou_threshold))
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        is_reached = worst_iou(np.array([[middle, middle]]), spacing)[0] >= iou_threshold
        low, high = (low, middle) if is_reached else (middle, high)
    return float(high)


def spacing_px(input_size: tuple[int, int], stride: int) -> tuple[float, float]:
    """Pixels between the centres of columns and of rows: the stride, or less where it is uneven."""
    width, height = input_size
    return width / -(-width // stride), height / -(-height // stride)


def finest_reach_px(layout: GridLayout, iou_threshold: float = 0.5) -> float:
    """`reach_px` of the finest feature map of a layout."""
    return reach_px(spacing_px(layout.input_size, min(layout.strides)), iou_threshold)


def object_sizes(boxes: Floats, input_size: tuple[int, int]) -> Floats:
    """float64 [N], the root of the area of boxes [N, 2 or 4], in pixels of the model input."""
    sizes: Floats = np.sqrt((boxes[:, -2:] * input_size).prod(axis=1))
    return sizes


def check_threshold(iou_threshold: Any) -> float:
    """An IoU above 0 and below 1; or `MediaPipeAnchorsError`."""
    if not (isinstance(iou_threshold, (int, float)) and 0 < iou_threshold < 1):
        raise MediaPipeAnchorsError(
            field="iou_threshold", value=iou_threshold, expected="above 0 and below 1"
        )
    return float(iou_threshold)


def describe_reach(
    boxes: npt.ArrayLike, layout: GridLayout, *, iou_threshold: float = 0.5
) -> list[str]:
    """What the strides of a layout can match of the boxes, and which stride is missing, in words.

    A feature map reaches a box where some anchor shape matches it with `iou_threshold` wherever it
    lies between the centres of the cells; a square box from (1 + sqrt(2)) strides up, at 0.5. Boxes
    below are matched only where they happen to lie well.

    Args:
        boxes: [N, 4], x_center, y_center, w, h as fractions of the model input; or [N, 2], w, h.
        layout: the strides to look at.
        iou_threshold: what counts as a match, above 0 and below 1.

    Raises:
        TensorError: another shape, no box, or a side out of range.
        MediaPipeAnchorsError: `iou_threshold` is out of range.
    """
    threshold = check_threshold(iou_threshold)
    columns = 2 if np.ndim(boxes) == 2 and np.shape(boxes)[1] == 2 else 4
    rows = check_sides("boxes", as_float64("boxes", boxes, (None, columns))[:, -2:])
    if not len(rows):
        raise TensorError(field="boxes", value="shape (0, 4)", expected="a box or more")
    reached = _Reached(rows, layout, threshold)
    return [*reached.finest(), *reached.finer(), *reached.gaps(), *reached.superfluous()]


class _Reached:
    """Which boxes each stride reaches."""

    def __init__(self, wh: Floats, layout: GridLayout, iou_threshold: float) -> None:
        self._layout, self._threshold = layout, iou_threshold
        self._wh = wh * layout.input_size
        self._sizes = object_sizes(wh, layout.input_size)
        self._strides = sorted(set(layout.strides))

    def finest(self) -> list[str]:
        """How small an object the finest stride reaches, and the share of smaller boxes."""
        stride = self._strides[0]
        pixels = self._pixels(stride)
        return [
            f"Stride {stride} is the finest. It matches a square object from {pixels:.1f} pixels "
            f"up with IoU {self._threshold:g} wherever it lies.",
            f"{_percent(self._sizes < pixels / 2)} of the boxes are smaller than half of that "
            f"({pixels / 2:.1f} pixels, the root of their area), {_percent(self._sizes < pixels)} "
            f"smaller than all of it.",
            f"By their true shapes, {_percent(self._share(stride))} of the boxes are matched "
            "wherever they lie; the others only where they happen to lie well.",
        ]

    def finer(self) -> list[str]:
        """Finer strides that are missing, up to the first that reaches enough."""
        lines: list[str] = []
        stride = self._strides[0]
        if self._share(stride).mean() >= ENOUGH:
            return lines
        while stride > FINEST_STRIDE and self._share(stride).mean() < ENOUGH:
            stride = max(FINEST_STRIDE, 2 ** ((stride - 1).bit_length() - 1))
            lines.append(
                f"Stride {stride} is missing: it would match {_percent(self._share(stride))} of "
                f"the boxes wherever they lie, squares from {self._pixels(stride):.1f} pixels up."
            )
        if self._share(stride).mean() < ENOUGH:
            lines.append(
                f"Even stride {stride} leaves {_percent(~self._share(stride))} out of reach: "
                "make the model input larger, or crop it to where the objects are."
            )
        return lines

    def gaps(self) -> list[str]:
        """Powers of two that are missing between two strides, with the boxes they would suit."""
        lines = []
        for fine, coarse in zip(self._strides, self._strides[1:], strict=False):
            stride = 2 ** fine.bit_length()
            while stride < coarse:
                mine = self._share(stride) & ~self._share(coarse)
                lines.append(
                    f"Stride {stride}, between {fine} and {coarse}, is missing: it would match "
                    f"{_percent(mine)} of the boxes wherever they lie that stride {coarse} does "
                    "not."
                )
                stride *= 2
        return lines

    def superfluous(self) -> list[str]:
        """Fine strides without which as many boxes, but for 1 %, would be reached."""
        total = self._share(self._strides[0]).mean()
        enough = [
            each for each in self._strides if self._share(each).mean() >= max(ENOUGH, total - 0.01)
        ]
        if not enough or enough[-1] == self._strides[0]:
            return []
        coarse = enough[-1]
        maps = zip(
            self._layout.strides,
            self._layout.feature_maps,
            self._layout.anchors_per_cell,
            strict=True,
        )
        cost = sum(c * r * n for stride, (c, r), n in maps if stride < coarse)
        finer = [str(each) for each in self._strides if each < coarse]
        return [
            f"Finer than IoU {self._threshold:g} needs: {', '.join(finer)}. Stride {coarse} alone "
            f"matches {_percent(self._share(coarse))} of the boxes wherever they lie; the finer "
            f"strides hold {cost:,} of the {self._layout.num_anchors:,} anchors."
        ]

    def _pixels(self, stride: int) -> float:
        return reach_px(spacing_px(self._layout.input_size, stride), self._threshold)

    def _share(self, stride: int) -> npt.NDArray[np.bool_]:
        spacing = spacing_px(self._layout.input_size, stride)
        return worst_iou(self._wh, spacing) >= self._threshold


def _percent(flags: npt.NDArray[np.bool_]) -> str:
    return f"{100 * flags.mean():.0f} %"
