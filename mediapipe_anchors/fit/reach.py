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
from mediapipe_anchors.fit.shape_fit import check_weights
from mediapipe_anchors.fit.sketch import check_sides
from mediapipe_anchors.layout import GridLayout

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

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


def check_limit(name: str, limit: Any) -> None:
    """A number above 0, or None; or `MediaPipeAnchorsError`."""
    if limit is not None and not (
        isinstance(limit, (int, float, np.number)) and 0 < limit < np.inf
    ):
        raise MediaPipeAnchorsError(field=name, value=limit, expected="a number above 0, or None")


def weights_that_matter(
    boxes: Floats, sample_weight: Any, input_size: tuple[int, int], smallest_px: float | None
) -> Floats:
    """float64 [N], the weights of boxes [N, 2 or 4]; 0 for those smaller than `smallest_px`.

    Raises:
        TensorError: weights are not as said, or no box of positive weight is left.
    """
    weights = np.ones(len(boxes))
    if sample_weight is not None and len(boxes):
        weights = check_weights(sample_weight, boxes)
    weights = np.where(object_sizes(boxes, input_size) >= (smallest_px or 0), weights, 0)
    if not weights.any():
        raise TensorError(
            field="boxes",
            value=f"shape {boxes.shape}",
            expected="a box or more"
            if smallest_px is None
            else f"a box or more of {smallest_px:g} pixels, the smallest size that matters",
        )
    return weights


def describe_reach(
    boxes: npt.ArrayLike,
    layout: GridLayout,
    *,
    smallest_px: float | None = None,
    iou_threshold: float = 0.5,
    sample_weight: npt.ArrayLike | None = None,
) -> list[str]:
    """What the strides of a layout can match of the boxes, and which stride is missing, in words.

    A feature map reaches a box where some anchor shape matches it with `iou_threshold` wherever it
    lies between the centres of the cells; a square box from (1 + sqrt(2)) strides up, at 0.5. Boxes
    below are matched only where they happen to lie well.

    Args:
        boxes: [N, 4], x_center, y_center, w, h as fractions of the model input; or [N, 2], w, h.
        layout: the strides to look at.
        smallest_px: the smallest object that matters, the root of its area in pixels of the model
            input: smaller boxes are left out, and a stride is missing that matches a square of this
            side wherever it lies.
        iou_threshold: what counts as a match, above 0 and below 1.
        sample_weight: [N], how much each box counts in shares, 0 or more; None is 1 each.

    Raises:
        TensorError: another shape, no box (left), or a side or a weight out of range.
        MediaPipeAnchorsError: `iou_threshold` or `smallest_px` is out of range.
    """
    threshold = check_threshold(iou_threshold)
    check_limit("smallest_px", smallest_px)
    columns = 2 if np.ndim(boxes) == 2 and np.shape(boxes)[1] == 2 else 4
    rows = check_sides("boxes", as_float64("boxes", boxes, (None, columns))[:, -2:])
    weights = weights_that_matter(rows, sample_weight, layout.input_size, smallest_px)
    reached = _Reached(rows, weights, layout, threshold, smallest_px)
    return [*reached.finest(), *reached.finer(), *reached.gaps(), *reached.superfluous()]


class _Reached:
    """Which boxes each stride reaches."""

    def __init__(
        self,
        wh: Floats,
        weights: Floats,
        layout: GridLayout,
        iou_threshold: float,
        smallest_px: float | None,
    ) -> None:
        self._layout, self._threshold = layout, iou_threshold
        self._weights, self._smallest = weights, smallest_px
        self._wh = wh * layout.input_size
        self._sizes = object_sizes(wh, layout.input_size)
        self._strides = sorted(set(layout.strides))

    def finest(self) -> list[str]:
        """How small an object the finest stride reaches, and the share of smaller boxes."""
        stride = self._strides[0]
        pixels = self._pixels(stride)
        half, smaller = (self._percent(self._sizes < limit) for limit in (pixels / 2, pixels))
        matters, whose = "", "boxes"
        if self._smallest is not None:
            whose = f"boxes of {self._smallest:g} pixels or more"
            reaches = "so" if pixels <= self._smallest else "not"
            matters = f", {reaches} the smallest that matters, of {self._smallest:g} pixels"
        share = (
            f"{half} of the {whose} are smaller than half of that ({pixels / 2:.1f} pixels, the "
            f"root of their area), {smaller} smaller than all of it."
        )
        if self._smallest is not None and self._smallest >= pixels / 2:
            share = f"{smaller} of the {whose} are smaller than that (by the root of their area)."
        return [
            f"Stride {stride} is the finest. It matches a square object from {pixels:.1f} pixels "
            f"up with IoU {self._threshold:g} wherever it lies{matters}.",
            share,
            f"By their true shapes, {self._percent(self._matched(stride))} of the {whose} are "
            "matched wherever they lie; the others only where they happen to lie well.",
        ]

    def finer(self) -> list[str]:
        """Finer strides that are missing, up to the first that reaches enough."""
        lines: list[str] = []
        stride = self._strides[0]
        if self._suffices(stride):
            return lines
        while stride > FINEST_STRIDE and not self._suffices(stride):
            stride = max(FINEST_STRIDE, 2 ** ((stride - 1).bit_length() - 1))
            lines.append(
                f"Stride {stride} is missing: it would match "
                f"{self._percent(self._matched(stride))} of the boxes wherever they lie, squares "
                f"from {self._pixels(stride):.1f} pixels up."
            )
        if not self._suffices(stride):
            missed = ~self._matched(stride)
            what = f"leaves {self._percent(missed)} out of reach"
            if self._share(missed) <= 1 - ENOUGH:
                what = f"matches squares from {self._pixels(stride):.1f} pixels up alone"
            lines.append(
                f"Even stride {stride} {what}: make the model input larger, or crop it to where "
                "the objects are."
            )
        return lines

    def gaps(self) -> list[str]:
        """Powers of two that are missing between two strides, with the boxes they would suit."""
        lines = []
        for fine, coarse in zip(self._strides, self._strides[1:], strict=False):
            stride = 2 ** fine.bit_length()
            while stride < coarse:
                mine = self._matched(stride) & ~self._matched(coarse)
                lines.append(
                    f"Stride {stride}, between {fine} and {coarse}, is missing: it would match "
                    f"{self._percent(mine)} of the boxes wherever they lie that stride {coarse} "
                    "does not."
                )
                stride *= 2
        return lines

    def superfluous(self) -> list[str]:
        """Fine strides without which as many boxes, but for 1 %, would be reached."""
        total = self._share(self._matched(self._strides[0]))
        enough = [
            each
            for each in self._strides
            if self._suffices(each) and self._share(self._matched(each)) >= total - 0.01
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
            f"matches {self._percent(self._matched(coarse))} of the boxes wherever they lie; the "
            f"finer strides hold {cost:,} of the {self._layout.num_anchors:,} anchors."
        ]

    def _suffices(self, stride: int) -> bool:
        """Whether it matches enough of the boxes, and the smallest object that matters."""
        is_near = self._smallest is None or self._pixels(stride) <= self._smallest
        return is_near and self._share(self._matched(stride)) >= ENOUGH

    def _pixels(self, stride: int) -> float:
        return reach_px(spacing_px(self._layout.input_size, stride), self._threshold)

    def _matched(self, stride: int) -> Flags:
        """The boxes that it matches wherever they lie."""
        spacing = spacing_px(self._layout.input_size, stride)
        return worst_iou(self._wh, spacing) >= self._threshold

    def _share(self, flags: Flags) -> float:
        return float(self._weights[flags].sum() / self._weights.sum())

    def _percent(self, flags: Flags) -> str:
        return f"{100 * self._share(flags):.0f} %"
